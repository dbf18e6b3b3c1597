// How far an ingest is, and what became of it: adding.js shows it.
watch("value", () => dispatchEvent(new CustomEvent("cd-intake", { detail: { ...element.querySelector(".cd-step")?.dataset } })));
