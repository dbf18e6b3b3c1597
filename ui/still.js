// Runs before anything is painted: hands Gradio what it starts from, and takes the still page away part by part as the
// application's own parts come, with what has been typed by then.
(() => {
  const root = document.documentElement;
  const given = (id) => JSON.parse(document.getElementById(id).textContent);
  [globalThis.gradio_config, globalThis.gradio_api_info, globalThis.__gradio_mode__] = [given("gradio-config"), given("gradio-api"), "app"];

  // The application starts once this page has been painted: run before that, its scripts would hold the paint up.
  function start() {
    const { style, script } = document.querySelector("gradio-app").dataset;
    const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", crossOrigin: "", href: style });
    document.head.append(sheet, Object.assign(document.createElement("script"), { type: "module", crossOrigin: "", src: script }));
  }
  document.addEventListener("DOMContentLoaded", () => {
    if (document.hidden) start(); // which is not painted
    else requestAnimationFrame(() => setTimeout(start));
  });

  const theme = new URLSearchParams(location.search).get("__theme");
  root.classList.toggle("dark", theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches));

  const part = (name) => document.getElementById(`cd-still-${name}`);
  let asked = false;

  function ask(event) {
    event.preventDefault();
    const box = part("dock").querySelector("textarea");
    if (!box.value.trim()) return;
    asked = box.readOnly = true;
    part("dock").querySelector("button").setAttribute("aria-disabled", "true");
  }
  document.addEventListener("submit", (event) => {
    if (event.target.closest("#cd-still-dock")) ask(event);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.closest?.("#cd-still-dock textarea")) ask(event);
  });

  // What was typed and not asked outlives a page loaded anew, as Gradio does after a lost connection.
  document.addEventListener("input", (event) => {
    if (event.target.closest?.("#cd-box, #cd-still-dock")) sessionStorage.setItem("cd-unsent", event.target.value);
  });
  document.addEventListener("DOMContentLoaded", () => {
    part("dock").querySelector("textarea").value = sessionStorage.getItem("cd-unsent") ?? "";
  });

  function handOver(box) {
    const typed = part("dock").querySelector("textarea");
    const [text, from, to, here] = [typed.value, typed.selectionStart, typed.selectionEnd, document.activeElement];
    part("dock").remove();
    if (text) {
      box.value = text;
      box.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (root.dataset.view === "ask" && (here === typed || here === document.body || here === box)) {
      box.focus({ preventScroll: true });
      box.setSelectionRange(from, to);
    }
  }

  const waiting = new MutationObserver(() => {
    const box = part("dock") && document.querySelector("#cd-box textarea");
    if (box) handOver(box);
    if (part("head") && document.querySelector("#cd-head .cd-masthead")) {
      part("head").remove();
      root.classList.remove("dark"); // from now on Gradio's, on the body
    }
    if (asked && !part("dock") && !part("head") && document.querySelector("#cd-hello .cd-welcome, #cd-current .cd-turn")) {
      asked = false; // now that what the page opens with has come, and can't come on top of the answer
      setTimeout(() => document.getElementById("cd-ask")?.click());
    }
    if (document.body && document.readyState !== "loading" && !part("dock") && !part("head") && !asked) waiting.disconnect();
  });
  waiting.observe(document, { subtree: true, childList: true });
})();
