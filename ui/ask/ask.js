// Clicks and keys of the view where questions are asked. Everything is delegated from the document, for Gradio redraws its parts freely.
(() => {
  const root = document.documentElement;
  const side = () => document.getElementById("cd-side");
  const motion = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth");
  let opener = null;

  function showTurn(turn) {
    document.querySelectorAll(".cd-panel").forEach((panel) => {
      panel.classList.toggle("cd-active", panel.dataset.turn === turn);
    });
  }

  addEventListener("cd-marked", ({ detail }) => showTurn(detail.turn)); // beside what a link leads to, its sources

  function openDrawer(from) {
    opener = from;
    side().classList.add("cd-raised");
  }

  const raised = () => side()?.classList.contains("cd-raised");

  function closeDrawer() {
    side().classList.remove("cd-raised");
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
    const panel = side();
    const view = panel.getBoundingClientRect();
    const top = source.getBoundingClientRect().top - view.top;
    const low = mark.getBoundingClientRect().bottom - view.top;
    if (top < 0 || low > panel.clientHeight) {
      // The source's head goes to the top of the panel, unless that leaves the quote below its edge.
      const by = Math.max(top - 44, low + 24 - panel.clientHeight);
      panel.scrollBy({ top: by, behavior: motion() });
    }
    source.focus({ preventScroll: true });
  }

  addEventListener("cd-nearest", ({ detail }) => {
    showTurn(detail.turn);
    openDrawer(detail.from);
    const nearest = document.querySelector(".cd-panel.cd-active .cd-others");
    nearest?.closest("details")?.setAttribute("open", "");
    nearest?.previousElementSibling.scrollIntoView({ block: "nearest" });
    nearest?.querySelector("summary")?.focus({ preventScroll: true });
  });

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const chip = target?.closest(".cd-chip");
    const opened = target?.closest(".cd-open");
    const article = target?.closest(".cd-read");
    if (article) {
      if (raised() && article.hash) closeDrawer();
    } else if (chip) showSource(chip);
    else if (opened) {
      showTurn(opened.dataset.turn);
      openDrawer(opened);
    } else if (target?.closest("#cd-close") || (raised() && !target?.closest("#cd-side"))) {
      closeDrawer();
    }
  });

  // What was asked and is not on the page yet: Escape stops that too, once it is there.
  let sent = 0;
  let unwanted = false;
  const stoppable = () => [document.getElementById("cd-stop")].find((stop) => stop && stop.offsetParent !== null);
  const asks = () => {
    if (!document.querySelector("#cd-box textarea")?.value.trim() || busy()) return;
    [sent, unwanted, heard] = [performance.now(), false, performance.now()];
    sessionStorage.removeItem("cd-unsent");
  };
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest("#cd-ask")) asks();
  }, { capture: true });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.closest?.("#cd-box")) asks();
  }, { capture: true });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    const stop = stoppable();
    if (stop) stop.click();
    else if (sent) unwanted = true;
    else if (raised()) closeDrawer();
  });

  // An answer comes over one long connection, with a sign of life each second. When that falls silent, ask how the
  // answer stands by another way: it may have gone on, or ended, without the page's hearing of it.
  const SILENCE = 4000;
  const busy = () => document.querySelector("#cd-current [aria-busy]") !== null;
  let heard = 0;
  let meant = ""; // the answer that is to be shown as the newest
  addEventListener("cd-told", ({ detail }) => (meant = detail.answer ?? meant));
  let strange = false;
  setInterval(() => {
    // What a stream said last may come after another thread was opened, and stand in its place; or a part of it is lost,
    // so that an answer which has ended seems one that can be stopped. Look again.
    const stale = (newest()?.dataset.id ?? "") !== meant || (newest() && !sent && !busy() && stoppable());
    if (stale && strange) document.getElementById("cd-look")?.click();
    strange = stale && !strange;
    if (!(sent || busy()) || performance.now() - heard < SILENCE) return;
    heard = performance.now();
    if (sent && heard - sent > 3 * SILENCE) sent = 0;
    document.getElementById("cd-look")?.click();
  }, 1000);

  // Said aloud once an answer has ended: how it stands and what it says. While it grows nothing is said but that it does.
  let told = "";
  function tell(turn) {
    const place = document.getElementById("cd-said");
    const state = `${turn.dataset.id || turn.dataset.turn} ${turn.hasAttribute("aria-busy") ? "busy" : turn.dataset.phase}`;
    if (!place || state === told) return;
    const came = told.endsWith(" busy");
    told = state;
    const text = (all) => [...turn.querySelectorAll(all)].map((part) => part.textContent.trim());
    if (state.endsWith(" busy")) place.textContent = "Searching the archive.";
    else if (came) place.textContent = `${text(".cd-status .cd-label")}: ${text(".cd-checked").join(" ") || text(".cd-status .cd-notice")}`;
  }

  // Keep the newest line in view while an answer grows, but not at the cost of its question, not once the reader has
  // scrolled elsewhere, and not for what is drawn later.
  const SETTLED = 1000; // milliseconds after it ended, or what is clicked before
  let lastTurn = null;
  const newest = () => document.querySelector("#cd-current .cd-turn");
  const head = () => (getComputedStyle(document.getElementById("cd-head")).position === "sticky" ? document.getElementById("cd-head").offsetHeight : 0);
  const goal = (turn) => Math.min(root.scrollHeight - innerHeight, turn.getBoundingClientRect().top + scrollY - head());
  let following = true;
  addEventListener("scroll", () => (following = !newest() || Math.abs(goal(newest()) - scrollY) < 160), { passive: true });
  let drawn = null;
  let grew = 0;
  document.addEventListener("click", () => (grew = -SETTLED), { capture: true });
  let beat = "";
  new MutationObserver(() => {
    const turn = newest();
    const sign = document.querySelector("#cd-beat .cd-sign")?.textContent ?? ""; // Gradio's own clocks tick on whatever comes
    if (turn !== drawn || sign !== beat) [drawn, beat, heard] = [turn, sign, performance.now()];
    if (root.dataset.view !== "ask") return;
    const number = turn ? turn.dataset.id || turn.dataset.turn : null;
    if (number !== lastTurn) {
      following = true;
      sent = 0;
      document.querySelector(".cd-scope")?.removeAttribute("open"); // its summary says what is set
      if (number) document.querySelector("#cd-box textarea")?.focus({ preventScroll: true });
    }
    if (turn) tell(turn);
    if (unwanted && stoppable()) {
      unwanted = false;
      stoppable().click();
    }
    if (number !== lastTurn || busy()) grew = performance.now();
    lastTurn = number;
    if (turn && following && performance.now() - grew < SETTLED && copydesk.place().name !== "answer") scrollTo({ top: goal(turn) });
  }).observe(document, { subtree: true, childList: true, characterData: true });
})();
