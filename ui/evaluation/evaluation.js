// Runs once in each part of the evaluation view (Gradio's js_on_load): `element` is the part, `trigger` tells the server.
// What is shown is told by the address (see ui/evaluation/events.py); the head part sends it, and asks how a run goes on.
const here = () => document.documentElement.dataset.view === "evaluation";

if (element.querySelector(".cd-ev-head-part")) {
  const send = (data) => trigger("click", { ...copydesk.place(), ...data });
  const show = () => here() && send({ do: "show" });
  addEventListener("cd-view", show);
  setTimeout(show);
  setInterval(() => {
    if (here() && !document.hidden && element.querySelector("[data-running]")) send({ do: "tick" });
  }, 1000);
  let pressed = false;
  element.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-do]") : null;
    if (!button || button.disabled) return;
    pressed = true;
    send({ ...button.dataset });
  });
  watch("value", () => {
    // the button that was pressed has given way to its counterpart
    if (pressed && document.activeElement === document.body) element.querySelector("[data-do]")?.focus();
    pressed = false;
  });
}

if (element.querySelector(".cd-ev-history-part")) {
  const ticked = () => [...element.querySelectorAll(".cd-ev-tick input:checked")];
  let last = null;
  element.addEventListener("change", (event) => {
    if (!event.target.matches(".cd-ev-tick input")) return;
    const chosen = ticked();
    if (chosen.length > 2) chosen.find((box) => box !== event.target && box !== last).checked = false;
    last = event.target;
    const button = element.querySelector(".cd-ev-compare button");
    button.disabled = ticked().length !== 2;
  });
  element.addEventListener("click", (event) => {
    if (!event.target.closest(".cd-ev-compare button")) return;
    const [newer, older] = ticked().map((box) => box.value).sort().reverse();
    location.hash = new URLSearchParams({ run: newer, with: older });
    document.getElementById("cd-ev-report").scrollIntoView({ block: "start" });
  });
}

if (element.querySelector(".cd-ev-misses-part")) {
  const chosen = { kind: "", tag: "" };
  function filter() {
    const said = element.querySelector(".cd-ev-filter [role=status]");
    if (!said) return;
    let shown = 0;
    for (const miss of element.querySelectorAll(".cd-ev-list > li")) {
      const kind = !chosen.kind || miss.dataset.kind.split(" ").includes(chosen.kind);
      const tag = !chosen.tag || miss.dataset.tags.split("\n").includes(chosen.tag);
      miss.hidden = !(kind && tag);
      shown += kind && tag;
    }
    said.textContent = chosen.kind || chosen.tag ? `${shown} of ${said.dataset.total} shown` : "";
  }
  element.addEventListener("change", (event) => {
    if (event.target.name in chosen) chosen[event.target.name] = event.target.value;
    filter();
  });
  watch("value", () => {
    for (const menu of element.querySelectorAll("select")) {
      menu.value = chosen[menu.name];
      if (menu.selectedIndex < 0) menu.value = chosen[menu.name] = "";
    }
    filter();
  });
}

if (element.querySelector(".cd-ev-trace-part")) {
  const bottom = () => document.getElementById("cd-ev-bottom");
  const opener = (id) => [...document.querySelectorAll("#cd-evaluation .cd-pick")].find((link) => link.hash.endsWith(`question=${encodeURIComponent(id)}`));
  let open = "";
  watch("value", () => {
    const trace = element.querySelector(".cd-ev-trace");
    const id = trace?.dataset.question ?? "";
    bottom().classList.toggle("cd-reading", trace !== null);
    for (const link of document.querySelectorAll("#cd-ev-misses .cd-pick")) {
      const current = link.dataset.question === id;
      link.closest("li").classList.toggle("cd-here", current);
      if (current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    if (id && id !== open) {
      element.closest("#cd-ev-trace").scrollTo({ top: 0 });
      trace.focus({ preventScroll: true });
      const top = trace.getBoundingClientRect().top;
      if (top < 0 || top > innerHeight - 120) bottom().scrollIntoView({ block: "start" });
    } else if (!id && open) opener(open)?.focus({ preventScroll: true });
    open = id;
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && here() && !event.isComposing) element.querySelector(".cd-ev-close a")?.click();
  });
  // A citation here opens its source below, not the panel of the conversation.
  element.addEventListener("click", (event) => {
    const chip = event.target.closest(".cd-chip, .cd-open");
    if (!chip) return;
    event.stopPropagation();
    event.preventDefault();
    const n = chip.dataset.n;
    const source = element.querySelector(n ? `.cd-source[data-n="${Number(n)}"]` : ".cd-panel");
    element.querySelectorAll(".cd-source.cd-here").forEach((other) => other.classList.remove("cd-here"));
    if (n) source?.classList.add("cd-here");
    source?.scrollIntoView({ block: "center" });
    source?.focus({ preventScroll: true });
  });
}
