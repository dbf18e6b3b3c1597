// What a reader has unfolded stays so when Gradio draws its part anew, as after an edit, a rating or the next question:
// details with a data-key are remembered by their turn and key. They are as they were before anything is painted.
(() => {
  const unfolded = new Map(); // "turn key" -> whether
  const drawn = new WeakSet();

  const turnOf = (fold) => fold.closest("#cd-desk [data-id]")?.dataset.id;
  const nameOf = (fold) => `${turnOf(fold)} ${fold.dataset.key}`;

  document.addEventListener("toggle", ({ target }) => {
    if (target instanceof Element && target.matches("details[data-key]") && turnOf(target)) unfolded.set(nameOf(target), target.open);
  }, { capture: true });

  new MutationObserver(() => {
    for (const fold of document.querySelectorAll("#cd-desk details[data-key]")) {
      if (drawn.has(fold)) continue;
      drawn.add(fold);
      fold.open = unfolded.get(nameOf(fold)) ?? fold.open;
    }
  }).observe(document, { subtree: true, childList: true });
})();
