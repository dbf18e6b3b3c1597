// The list: drawn when the view is shown, with the article marked that is read. Sends what other parts can't.
const refresh = () => inView() && send({ do: "refresh" });
let before = "";
addEventListener("cd-view", ({ detail }) => {
  if (detail.view === "archive" && before !== "archive") refresh();
  before = detail.view;
  mark();
});
setTimeout(() => {
  before = document.documentElement.dataset.view;
  refresh();
});
addEventListener("cd-archive-do", ({ detail }) => send(detail));

function mark() {
  const { name, id } = copydesk.place();
  for (const row of element.querySelectorAll(".cd-pick")) {
    const here = name === "article" && row.dataset.id === id;
    row.closest("li").classList.toggle("cd-here", here);
    if (here) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
}
addEventListener("cd-placed", mark);

let turned = false;
element.addEventListener("click", (event) => {
  if (event.target.closest?.('[data-do="page"]')) turned = true;
});
watch("value", () => {
  mark();
  if (!turned) return;
  turned = false;
  const first = element.querySelector(".cd-pick");
  first?.focus({ preventScroll: true });
  document.getElementById("cd-find").scrollIntoView({ block: "nearest" });
});
