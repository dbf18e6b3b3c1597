// Runs once in the part that ties the page's scripts to the server: what they ask for goes out, what was done comes back.
const STREAMED = ["retry", "widen", "as-typed", "follow"]; // these bring an answer
addEventListener("cd-do", ({ detail }) => (STREAMED.includes(detail.do) ? trigger("again", detail) : trigger("act", detail)));
watch("value", () => {
  const said = element.querySelector("i");
  if (said) dispatchEvent(new CustomEvent("cd-told", { detail: { ...said.dataset } }));
});
setTimeout(() => dispatchEvent(new Event("cd-wired")));
