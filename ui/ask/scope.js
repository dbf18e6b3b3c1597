// Runs once in the form beside the question box: says what is chosen, and hands it to the part that is sent along.
element.addEventListener("submit", (event) => event.preventDefault());
const tell = () => {
  const form = element.querySelector("form");
  if (!form) return;
  const chosen = Object.fromEntries(new FormData(form));
  const parts = [chosen.source && `from ${chosen.source}`, chosen.since && `since ${chosen.since}`, chosen.until && `until ${chosen.until}`];
  const words = parts.filter(Boolean).join(", ");
  element.querySelector(".cd-scope-said").textContent = words ? `Only articles ${words}` : "All articles";
  element.querySelector(".cd-scope").classList.toggle("cd-narrowed", Boolean(words));
  dispatchEvent(new CustomEvent("cd-scope", { detail: JSON.stringify(chosen) }));
};
element.addEventListener("input", tell);
element.addEventListener("reset", () => setTimeout(tell));
watch("value", tell); // drawn anew, with nothing chosen
