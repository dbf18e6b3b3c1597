// Runs first in each part of the archive view (Gradio's js_on_load): `element` is the part, `trigger` tells the server.
// Clicks on [data-do] are sent as they are; what they mean stands in ui/archive/events.py.
const send = (data) => trigger("click", data);
const inView = () => document.documentElement.dataset.view === "archive";

element.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-do]") : null;
  if (button && !button.disabled) send({ ...button.dataset });
});
