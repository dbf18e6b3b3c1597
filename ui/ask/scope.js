// Runs once in the line above the question box: says which articles are chosen and which question is being edited, and
// hands both to the part that is sent along.
element.addEventListener("submit", (event) => event.preventDefault());
const day = (iso) => new Date(iso).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const tell = () => {
  const form = element.querySelector(".cd-scope form");
  if (!form) return;
  const chosen = Object.fromEntries(new FormData(form));
  const parts = [chosen.source && `from ${chosen.source}`, chosen.since && `since ${day(chosen.since)}`, chosen.until && `until ${day(chosen.until)}`];
  const words = parts.filter(Boolean).join(", ");
  const said = words ? `Only articles ${words}` : "All articles";
  element.querySelector(".cd-scope-said").textContent = chosen.as_of ? `${said}, as of ${day(chosen.as_of)}` : said;
  element.querySelector(".cd-scope").classList.toggle("cd-narrowed", Boolean(words || chosen.as_of));
  dispatchEvent(new CustomEvent("cd-scope", { detail: JSON.stringify(chosen) }));
};
element.addEventListener("input", tell);
element.addEventListener("reset", () => setTimeout(tell));
watch("value", tell); // drawn anew, with nothing chosen

// Fill the form, as for a question that is to be asked of the same articles: {filter, instead, question}.
addEventListener("cd-fill", ({ detail }) => {
  const form = element.querySelector(".cd-scope form");
  if (!form) return;
  if (detail.filter) {
    const { sources, since, until, as_of } = detail.filter;
    const source = sources?.[0] ?? "";
    if (![...form.source.options].some((option) => option.value === source)) form.source.add(new Option(source, source));
    [form.source.value, form.since.value, form.until.value, form.as_of.value] = [source, since ?? "", until ?? "", as_of ?? ""];
  }
  form.instead.value = detail.instead ?? "";
  const line = element.querySelector(".cd-editing");
  line.hidden = !detail.instead;
  const question = detail.question ?? "";
  line.querySelector("q").textContent = question.length > 90 ? `${question.slice(0, 80).trimEnd()} …` : question;
  tell();
});
