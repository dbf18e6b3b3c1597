// What was removed: stays unfolded while one after another is restored.
let open = false;
element.addEventListener("toggle", (event) => (open = event.target.open), { capture: true });
element.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  if (button) button.textContent = "Restoring …";
});
watch("value", () => {
  const fold = element.querySelector("details");
  if (!fold) return;
  const focused = document.activeElement === document.body;
  fold.open = open;
  if (open && focused && inView()) fold.querySelector("summary").focus({ preventScroll: true });
});
