// What the buttons of an answer do ([data-do]), and what the server says was done. Everything is delegated from the
// document, for Gradio redraws its parts freely. Text goes to the page as text only.
(() => {
  const send = (data) => dispatchEvent(new CustomEvent("cd-do", { detail: data }));
  const inView = () => document.documentElement.dataset.view === "ask";
  const box = () => document.querySelector("#cd-box textarea");
  const turnOf = (element) => element.closest(".cd-turn");
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  function write(text) {
    const area = box();
    if (!area) return;
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(area, text);
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function toBox() {
    const area = box();
    area?.focus();
    area?.setSelectionRange(area.value.length, area.value.length);
  }

  // --- copying ---

  function live(text) {
    const place = document.getElementById("cd-said");
    if (place) place.textContent = text;
  }

  async function copied(button, texts) {
    await copydesk.copied(button, texts, live);
    const menu = button.closest("details.cd-menu");
    if (menu?.contains(document.activeElement)) menu.querySelector("summary").focus();
    menu?.removeAttribute("open");
  }

  const address = (hash) => `${location.origin}${location.pathname}${hash}`;
  const template = (turn, form) => turn.querySelector(`template.cd-copy[data-as="${form}"]`)?.content.textContent ?? "";

  // --- what buttons do ---

  function edit(told) {
    write(told.question);
    dispatchEvent(new CustomEvent("cd-fill", { detail: { filter: JSON.parse(told.filter), instead: told.edit, question: told.question } }));
    toBox();
  }

  function unedit() {
    dispatchEvent(new CustomEvent("cd-fill", { detail: {} }));
  }

  function asOf(turn) {
    const form = document.querySelector(".cd-scope");
    if (!form) return;
    if (!box().value.trim()) write(turn.querySelector(".cd-question").textContent);
    form.open = true;
    form.querySelector("[name=as_of]").focus();
  }

  const DO = {
    copy(button, turn) {
      const form = button.dataset.as;
      const plain = template(turn, "plain");
      copied(button, form === "html" ? { "text/html": template(turn, "html"), "text/plain": plain } : { "text/plain": template(turn, form) });
    },
    link: (button, turn) => copied(button, { "text/plain": address(`#answer=${encodeURIComponent(turn.dataset.id)}`) }),
    "copy-passage-link"(button) {
      const { article, passage, quote } = button.dataset;
      const parts = new URLSearchParams({ article, ...(passage && { passage }), ...(quote && { quote }) });
      copied(button, { "text/plain": address(`#${parts}`) });
    },
    "as-of": (button, turn) => asOf(turn),
    "edit-cancel"() {
      unedit();
      write("");
      toBox();
    },
    nearest: (button, turn) => dispatchEvent(new CustomEvent("cd-nearest", { detail: { turn: turn.dataset.turn, from: button } })),
  };
  const SENT = ["retry", "widen", "as-typed", "edit", "rate", "rate-undo", "undo-edit", "new", "remove", "restore", "earlier"];

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("#cd-desk [data-do]") : null;
    if (!button || button.disabled || button.matches("form")) return;
    const what = button.dataset.do;
    const turn = turnOf(button);
    if (DO[what]) DO[what](button, turn);
    else if (SENT.includes(what)) {
      const id = button.dataset.id ?? turn?.dataset.id ?? "";
      if (what === "rate-undo" || button.getAttribute("aria-pressed") === "true") {
        kept = { id, value: "" };
        send({ do: "rate-undo", id });
        return;
      }
      if (what === "rate") kept = { id, value: button.dataset.value };
      send({ ...button.dataset, id });
    }
  });

  document.addEventListener("submit", (event) => {
    const form = event.target.closest?.("form[data-do=rate-reason]");
    if (!form) return;
    event.preventDefault();
    const id = turnOf(form).dataset.id;
    const reason = form.querySelector("input").value.trim();
    kept = { id, reason };
    send({ do: "rate-reason", id, reason });
  });

  // Another reason than the one that is kept can be saved; the same need not be.
  document.addEventListener("input", ({ target }) => {
    const form = target.closest?.("form[data-do=rate-reason]");
    if (!form) return;
    const kept = target.defaultValue !== "" && target.value.trim() === target.defaultValue;
    form.querySelector("button").hidden = kept;
    form.querySelector(".cd-saved").hidden = !kept;
  });

  // Once a rating is drawn, the keyboard's place is the question why; once that is saved, thanks are said.
  let kept = null;
  function settle() {
    const turn = kept && document.querySelector(`.cd-turn[data-id="${CSS.escape(kept.id ?? "")}"]`);
    if (!turn) return;
    const form = turn.querySelector("form[data-do=rate-reason]");
    const pressed = turn.querySelector("[data-do=rate][aria-pressed=true]")?.dataset.value ?? "";
    if (kept.reason !== undefined) {
      if (form?.querySelector("input")?.defaultValue !== kept.reason) return;
      live("Thanks, kept on this machine.");
      if (document.activeElement === document.body) form.querySelector("input").focus({ preventScroll: true });
    } else {
      if (pressed !== kept.value) return;
      (form?.querySelector("input") ?? turn.querySelector("[data-do=rate]"))?.focus({ preventScroll: true });
      form?.scrollIntoView({ block: "nearest" });
    }
    kept = null;
  }

  // The menu of copies opens where the question box does not lie over it, and goes when something else is pressed.
  const openMenu = () => document.querySelector("#cd-desk details.cd-menu[open]");
  document.addEventListener("toggle", ({ target }) => {
    if (!(target instanceof Element) || !target.matches("details.cd-menu[open]")) return;
    const list = target.querySelector("div");
    list.classList.remove("cd-up");
    list.classList.toggle("cd-up", list.getBoundingClientRect().bottom > document.getElementById("cd-dock").getBoundingClientRect().top);
  }, { capture: true });
  document.addEventListener("click", ({ target }) => {
    const menu = openMenu();
    if (menu && !menu.contains(target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && !event.isComposing ? openMenu() : null;
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
    event.preventDefault();
    event.stopImmediatePropagation(); // it is not meant for the answer
  }, { capture: true });

  // --- where the conversation stands ---

  let thread = "";
  let wired = false;

  /** Goes to where the address points; an address of the conversation that is shown already changes nothing. */
  function go() {
    if (!wired) return;
    const { name, id } = copydesk.place();
    if (name === "thread" && id !== thread) send({ do: "open", id });
    else if (name === "answer") send({ do: "answer", id });
    else if (name === "ask") point();
  }

  /** Has the address name the thread that is shown, so that a page loaded anew shows it again. */
  function point() {
    if (!inView()) return;
    const wanted = thread ? `#thread=${thread}` : "#ask";
    if (location.hash !== wanted && (thread || location.hash)) history.replaceState(history.state, "", wanted);
  }

  let marking = ""; // the answer to be marked once it is drawn
  function mark() {
    const turn = marking && document.querySelector(`.cd-turn[data-id="${CSS.escape(marking)}"]`);
    if (!turn) return;
    marking = "";
    document.querySelectorAll(".cd-marked").forEach((other) => other.classList.remove("cd-marked"));
    turn.classList.add("cd-marked");
    dispatchEvent(new CustomEvent("cd-marked", { detail: { turn: turn.dataset.turn } }));
    const head = turn.querySelector(".cd-question");
    if (!head.hasAttribute("tabindex")) head.tabIndex = -1;
    requestAnimationFrame(() => {
      head.focus({ preventScroll: true });
      turn.scrollIntoView({ block: "start", behavior: still.matches ? "auto" : "smooth" });
    });
  }

  addEventListener("cd-told", ({ detail: told }) => {
    document.documentElement.removeAttribute("data-opening");
    const { name, id } = copydesk.place();
    const moved = (told.thread ?? "") !== thread;
    if (told.edit) return edit(told);
    if (moved || told.asked) unedit();
    thread = told.thread ?? "";
    const kept = told.missing || (told.mark && name === "answer" && id === told.mark);
    if (!kept) point();
    marking = told.mark ?? "";
    mark();
    if (told.new || told.opened) dispatchEvent(new Event("cd-threads-done"));
    if (told.new) toBox();
    if (told.follow) send({ do: "follow" });
    if (told.asked || (moved && !told.opened && !told.new)) send({ do: "list", search: document.getElementById("cd-threads-find")?.value ?? "" });
  });

  addEventListener("cd-wired", () => {
    wired = true;
    go();
  });
  addEventListener("cd-view", go);

  // Another tab may have asked in this thread meanwhile.
  function peek() {
    const newest = document.querySelector("#cd-current .cd-turn")?.dataset.id;
    if (wired && thread && newest && !document.hidden) send({ do: "peek", answer: newest });
  }
  // Nor need the archive be as it was, once it was looked at: what is cited may have been removed.
  let elsewhere = false;
  addEventListener("cd-view", ({ detail }) => {
    if (detail.view === "ask" && elsewhere && wired && thread && detail.name !== "answer") send({ do: "peek", answer: "" });
    elsewhere = detail.view === "archive";
  });
  addEventListener("focus", peek);
  document.addEventListener("visibilitychange", peek);

  if (["thread", "answer"].includes(copydesk.place().name)) document.documentElement.dataset.opening = "";
  new MutationObserver(() => {
    settle();
    mark();
  }).observe(document, { subtree: true, childList: true });

  // --- keys ---

  const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");
  const keys = () => document.getElementById("cd-keys");

  document.addEventListener("keydown", (event) => {
    if (!inView() || event.isComposing || event.defaultPrevented || keys()?.open) return;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.altKey && event.code === "KeyN" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      send({ do: "new" });
    } else if (event.key === "ArrowUp" && plain && event.target === box() && !box().value) {
      event.preventDefault();
      send({ do: "edit", id: "" });
    } else if (event.key === "Escape" && event.target === box() && document.querySelector(".cd-editing:not([hidden])")) {
      DO["edit-cancel"]();
    } else if (plain && !typing(event.target) && event.key === "/") {
      event.preventDefault();
      toBox();
    } else if (plain && !typing(event.target) && event.key === "?") {
      event.preventDefault();
      keys()?.showModal();
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("#cd-keys-open")) keys()?.showModal();
    else if (event.target === keys()) keys().close(); // beside the dialog
  });
})();
