// Clicks and keys of the chat window. Everything is delegated from the document, for Gradio redraws its parts freely.
(() => {
  const root = document.documentElement;
  const motion = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth");
  let opener = null;

  function showTurn(turn) {
    document.querySelectorAll(".cd-panel").forEach((panel) => {
      panel.classList.toggle("cd-active", panel.dataset.turn === turn);
    });
  }

  function openDrawer(from) {
    opener = from;
    root.classList.add("cd-drawer");
  }

  function closeDrawer() {
    root.classList.remove("cd-drawer");
    opener?.focus({ preventScroll: true });
    opener = null;
  }

  function showSource(chip) {
    const { turn, n } = chip.dataset;
    const source = document.getElementById(`cd-${turn}-${n}`);
    if (!source) return;
    showTurn(turn);
    openDrawer(chip);
    document.querySelectorAll(".cd-here").forEach((other) => other.classList.remove("cd-here"));
    source.classList.add("cd-here");
    chip.classList.add("cd-here");
    const mark = source.querySelector("mark") ?? source;
    const side = document.getElementById("cd-side");
    const top = source.getBoundingClientRect().top - side.getBoundingClientRect().top + side.scrollTop;
    const low = mark.getBoundingClientRect().bottom - side.getBoundingClientRect().top + side.scrollTop;
    // The source's head at the top of the panel, unless that leaves the quote below its edge.
    side.scrollTo({ top: Math.max(top - 16, low + 24 - side.clientHeight), behavior: motion() });
    source.focus({ preventScroll: true });
  }

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const chip = target?.closest(".cd-chip");
    const opened = target?.closest(".cd-open");
    if (chip) showSource(chip);
    else if (opened) {
      showTurn(opened.dataset.turn);
      openDrawer(opened);
    } else if (target?.closest("#cd-close") || (root.classList.contains("cd-drawer") && !target?.closest("#cd-side"))) {
      closeDrawer();
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    const stop = document.getElementById("cd-stop");
    if (stop && stop.offsetParent !== null) stop.click();
    else if (root.classList.contains("cd-drawer")) closeDrawer();
  });

  // Keep the newest line in view while an answer grows, unless the reader has scrolled up.
  let lastTurn = null;
  const nearEnd = () => root.scrollHeight - innerHeight - scrollY < 160;
  let following = true;
  addEventListener("scroll", () => (following = nearEnd()), { passive: true });
  new MutationObserver(() => {
    const turn = document.querySelector("#cd-current .cd-turn");
    const number = turn?.dataset.turn ?? null;
    if (number !== lastTurn) {
      lastTurn = number;
      following = true;
      if (number) document.querySelector("#cd-box textarea")?.focus({ preventScroll: true });
    }
    if (turn && following) scrollTo({ top: root.scrollHeight });
  }).observe(document, { subtree: true, childList: true, characterData: true });
})();
