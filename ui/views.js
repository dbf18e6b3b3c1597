// Which of the page's views is shown, told by the address. Views are parts of one page, so that a conversation outlives
// a look at the archive. An address names a view, or a thing that a view shows:
//   #ask  #thread=ID  #answer=ID   #archive  #article=ID&passage=ID&quote=START-END   #evaluation  #run=ID
// Parts of the page ask `copydesk.place()`, and hear of changes by the event "cd-view" (its detail is the new place).
(() => {
  const root = document.documentElement;
  const VIEW_OF = {
    ask: "ask", thread: "ask", answer: "ask", archive: "archive", article: "archive", evaluation: "evaluation", run: "evaluation",
  };

  /** {view, name, id, ...others}: `name` and `id` are the first part of the address, `others` what follows it. */
  function place() {
    const parts = [...new URLSearchParams(location.hash.slice(1))];
    const [name, id] = parts[0] ?? ["ask", ""];
    return { ...Object.fromEntries(parts.slice(1)), view: VIEW_OF[name] ?? "ask", name, id };
  }

  const scrolled = {};
  function mark() {
    document.querySelectorAll(".cd-views a").forEach((link) => {
      const here = link.dataset.view === root.dataset.view;
      if (here === link.hasAttribute("aria-current")) return;
      if (here) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    });
  }
  function show() {
    const [before, now] = [root.dataset.view, place()];
    if (before !== now.view) {
      if (before) scrolled[before] = scrollY;
      root.dataset.view = now.view;
      mark();
      scrollTo({ top: scrolled[now.view] ?? 0 });
    }
    dispatchEvent(new CustomEvent("cd-view", { detail: now }));
  }
  globalThis.copydesk = { place };
  addEventListener("hashchange", show);
  show();
  new MutationObserver(mark).observe(document, { subtree: true, childList: true });
})();
