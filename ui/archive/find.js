// The search form: sent as it is filled in.
let waiting = 0;
const unfold = () => element.querySelector("details")?.toggleAttribute("open", innerWidth > 960);
watch("value", unfold);
const find = () => {
  clearTimeout(waiting);
  const form = element.querySelector("form");
  form.since.max = form.until.value;
  form.until.min = form.since.value;
  if (!form.reportValidity()) return;
  const asked = Object.fromEntries(new FormData(form));
  send({ do: "find", ...asked, undated: "undated" in asked });
};
element.addEventListener("input", (event) => {
  clearTimeout(waiting);
  // a date is typed part by part, and is empty until it is whole
  waiting = setTimeout(find, event.target.type === "search" ? 250 : 60);
});
element.addEventListener("submit", (event) => {
  event.preventDefault();
  find();
});
element.addEventListener("click", (event) => {
  if (!event.target.matches(".cd-clear")) return;
  for (const field of element.querySelectorAll(".cd-field")) field.value = field.name === "sort" ? field.value : "";
  element.querySelector("[name=undated]").checked = false;
  find();
  element.querySelector("[name=q]").focus();
});
