// The list of saved threads: a column where there is room, else a drawer. Delegated from the document, as Gradio redraws.
(() => {
  const send = (data) => dispatchEvent(new CustomEvent("cd-do", { detail: data }));
  const column = () => document.getElementById("cd-threads");
  const finder = () => document.getElementById("cd-threads-find");
  const MANY = 12; // as in threads.py
  let opener = null;

  const raised = () => column()?.classList.contains("cd-raised");
  function open(from) {
    opener = from;
    column().classList.add("cd-raised");
    send({ do: "list", search: finder().value });
    (column().querySelector("[aria-current]") ?? document.getElementById("cd-threads-close")).focus();
  }
  function close() {
    if (!raised()) return;
    column().classList.remove("cd-raised");
    if (column().contains(document.activeElement)) opener?.focus({ preventScroll: true });
    opener = null;
  }
  addEventListener("cd-threads-done", close);

  /** What stands under a row's link: nothing, the choice between two acts, the form for its title, the last question
   * before it is deleted. */
  function face(row, name) {
    const open = document.querySelector(".cd-thread.cd-unfolded");
    if (name && open && open !== row) face(open, "");
    for (const other of ["acts", "name", "sure"]) row.querySelector(`.cd-thread-${other}`).hidden = other !== name;
    row.classList.toggle("cd-unfolded", name !== "");
    row.querySelector(".cd-thread-more").setAttribute("aria-expanded", String(name !== ""));
    const first = { acts: ".cd-thread-acts button", name: ".cd-thread-name input", sure: ".cd-thread-sure button" }[name];
    row.querySelector(first ?? ".cd-thread-more").focus();
    if (name === "name") row.querySelector(first).select();
  }

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const button = target?.closest("#cd-threads-open, #cd-threads-close, #cd-threads [data-act], #cd-threads a");
    if (!button) {
      if (raised() && !target?.closest("#cd-threads")) close();
      return;
    }
    const row = button.closest(".cd-thread");
    if (button.id === "cd-threads-open") open(button);
    else if (button.id === "cd-threads-close") close();
    else if (button.matches("a")) {
      if (button.hasAttribute("aria-current")) close();
    } else face(row, button.dataset.act === "acts" && row.matches(".cd-unfolded") ? "" : button.dataset.act);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest?.(".cd-thread-name");
    if (!form) return;
    event.preventDefault();
    send({ do: "rename", id: form.dataset.id, title: form.elements.title.value });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    const row = event.target.closest?.(".cd-thread.cd-unfolded");
    if (row) face(row, "");
    else if (raised()) close();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation(); // it is not meant for the answer
  }, { capture: true });

  let waiting = 0;
  document.addEventListener("input", (event) => {
    if (event.target !== finder()) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => send({ do: "list", search: finder().value }), 200);
  });

  // Answers under way in other threads end unseen: look again while there are any.
  setInterval(() => {
    if (!document.hidden && document.querySelector("#cd-threads [data-busy]")) send({ do: "list", search: finder().value });
  }, 3000);

  let drawn = null;
  new MutationObserver(() => {
    const list = document.querySelector("#cd-threads-list .cd-kept, #cd-threads-list .cd-threads-none");
    if (list === drawn || !finder()) return;
    drawn = list;
    finder().hidden = !finder().value && Number(list?.dataset.count ?? 0) <= MANY;
    if (column().contains(document.activeElement) || document.activeElement !== document.body) return;
    const undo = column().querySelector(".cd-removed button");
    if (raised() || undo) (undo ?? column().querySelector("[aria-current]"))?.focus({ preventScroll: true });
  }).observe(document, { subtree: true, childList: true });
})();
