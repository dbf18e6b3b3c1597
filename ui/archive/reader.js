// The reader: shows what the address names, marks the place, and copies links to it.
let shown = ""; // the article on the page
const root = document.getElementById("cd-archive");

function follow(place) {
  if (place.view !== "archive") return;
  if (place.name === "article") send({ do: "open", id: place.id, passage: place.passage ?? "", quote: place.quote ?? "" });
  else if (root.classList.contains("cd-reading")) send({ do: "close" });
}
addEventListener("cd-view", (event) => follow(event.detail));
setTimeout(() => follow(copydesk.place()));

/** The address of what is on the page, where something else than the address led there. */
function settle(id) {
  const place = copydesk.place();
  if (place.view !== "archive" || (id ? place.name === "article" && place.id === id : place.name === "archive")) return;
  history.replaceState(null, "", id ? `#${new URLSearchParams({ article: id })}` : "#archive");
  dispatchEvent(new CustomEvent("cd-placed"));
}

watch("value", () => {
  const article = element.querySelector(".cd-article");
  const id = article?.dataset.id ?? "";
  const reading = element.querySelector(".cd-none") === null;
  root.classList.toggle("cd-reading", reading);
  const asked = element.querySelector("[data-focus]");
  if (asked && !article) settle(""); // removed just now
  else if (article) settle(id);
  if (asked) asked.focus();
  else if (article) {
    const place = copydesk.place();
    const part = element.closest("#cd-reader");
    const spot = article.querySelector("mark") ?? article.querySelector(".cd-at.cd-here");
    if (spot && (place.passage || place.quote)) spot.scrollIntoView({ block: "center" });
    else if (id !== shown) part.scrollTo({ top: 0 });
    if (id !== shown || !element.contains(document.activeElement)) article.focus({ preventScroll: true });
  } else if (!reading && shown) {
    [...document.querySelectorAll("#cd-rows .cd-pick")].find((row) => row.dataset.id === shown)?.focus();
  }
  shown = id;
});

addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing || !inView()) return;
  (element.querySelector('[data-do="keep"]') ?? element.querySelector(".cd-leave"))?.click();
});

function copyLink(button) {
  const { article, passage } = button.dataset;
  const parts = new URLSearchParams({ article, ...(passage && { passage }) });
  const say = (words) => (document.querySelector("#cd-archive .cd-heard").textContent = words);
  copydesk.copied(button, { "text/plain": `${location.origin}${location.pathname}#${parts}` }, say);
}

element.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest(".cd-leave") && copydesk.place().name === "archive") send({ do: "close" }); // there is no way to go
  const link = target?.closest("[data-copy]");
  const about = target?.closest("[data-ask]");
  if (link) copyLink(link);
  if (about) {
    const filter = about.dataset.ask ? { sources: [about.dataset.ask] } : {};
    location.hash = "#ask";
    dispatchEvent(new CustomEvent("cd-fill", { detail: { filter } }));
    setTimeout(() => document.querySelector("#cd-box textarea")?.focus());
  }
});
