// Runs once in each part of the archive view (Gradio's js_on_load): `element` is the part, `trigger` tells the server.
// Clicks on [data-do] are sent as they are; what they mean stands in ui/archive.py.
const send = (data) => trigger("click", data);

element.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-do]") : null;
  if (button && !button.disabled) send({ ...button.dataset });
});

if (element.querySelector(".cd-rows-part")) {
  const refresh = () => document.documentElement.dataset.view === "archive" && send({ do: "refresh" });
  addEventListener("cd-view", refresh);
  setTimeout(refresh);
}

if (element.querySelector(".cd-find-part")) {
  let waiting = 0;
  const unfold = () => element.querySelector("details")?.toggleAttribute("open", innerWidth > 960);
  watch("value", unfold);
  const find = () => {
    clearTimeout(waiting);
    const form = element.querySelector("form");
    form.since.max = form.until.value;
    form.until.min = form.since.value;
    if (!form.reportValidity()) return;
    const asked = Object.fromEntries(new FormData(form));
    send({ do: "find", ...asked, undated: "undated" in asked });
  };
  element.addEventListener("input", (event) => {
    clearTimeout(waiting);
    // a date is typed part by part, and is empty until it is whole
    waiting = setTimeout(find, event.target.type === "search" ? 250 : 60);
  });
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    find();
  });
  element.addEventListener("click", (event) => {
    if (!event.target.matches(".cd-clear")) return;
    for (const field of element.querySelectorAll(".cd-field")) field.value = field.name === "sort" ? field.value : "";
    element.querySelector("[name=undated]").checked = false;
    find();
    element.querySelector("[name=q]").focus();
  });
}

if (element.querySelector(".cd-reader-part")) {
  let shown = "";
  const follow = (place) => {
    const [start, end] = (place.quote ?? "").split("-");
    if (place.name === "article") send({ do: "open", id: place.id, start, end });
  };
  addEventListener("cd-view", (event) => follow(event.detail));
  setTimeout(() => follow(copydesk.place()));
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.documentElement.dataset.view === "archive") {
      (element.querySelector('[data-do="keep"]') ?? element.querySelector('[data-do="close"]'))?.click();
    }
  });
  watch("value", () => {
    const article = element.querySelector(".cd-article");
    const id = article?.dataset.id ?? "";
    document.getElementById("cd-archive").classList.toggle("cd-reading", element.querySelector(".cd-none") === null);
    for (const row of document.querySelectorAll("#cd-rows .cd-pick")) {
      const here = row.dataset.id === id;
      row.closest("li").classList.toggle("cd-here", here);
      if (here) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
    const last = [...document.querySelectorAll("#cd-rows .cd-pick")].find((row) => row.dataset.id === shown);
    const asked = element.querySelector("[data-focus]");
    if (asked) asked.focus();
    else if (article && id !== shown) {
      article.focus({ preventScroll: true });
      const part = element.closest("#cd-reader");
      const quote = article.querySelector("mark");
      if (quote) quote.scrollIntoView({ block: "center" });
      else part.scrollTo({ top: 0 });
    } else if (!article && shown) (last ?? element.querySelector("[role=status]"))?.focus();
    shown = id;
  });
}

if (element.querySelector(".cd-add-part")) {
  const zone = document.getElementById("cd-archive");
  const LARGEST = 50_000_000; // as rag/guard.py allows
  let busy = false;

  async function copy(files) {
    const said = element.querySelector(".cd-sent"); // there only where adding is allowed
    if (!said || busy || !files.length) return;
    busy = true;
    const names = [];
    const refused = [];
    for (const [n, file] of files.entries()) {
      if (file.size > LARGEST) {
        refused.push([file.name, "It is larger than 50 MB: use copydesk ingest."]);
        continue;
      }
      said.textContent = `Copying ${n + 1} of ${files.length} …`;
      try {
        const answer = await fetch(`v1/uploads/${encodeURIComponent(file.name)}`, { method: "PUT", body: file });
        const told = await answer.json();
        if (answer.ok) names.push(told.name);
        else refused.push([file.name, told.error]);
      } catch {
        refused.push([file.name, "It could not be copied."]);
      }
    }
    said.textContent = "";
    busy = false;
    send({ do: "take-in", names, refused });
  }

  element.addEventListener("change", (event) => {
    if (!event.target.matches(".cd-files")) return;
    copy([...event.target.files]);
    event.target.value = "";
  });
  const over = (on) => zone.classList.toggle("cd-over", on);
  const carries = (event) => element.querySelector(".cd-files") && event.dataTransfer?.types.includes("Files");
  zone.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    over(true);
  });
  zone.addEventListener("dragleave", (event) => !zone.contains(event.relatedTarget) && over(false));
  zone.addEventListener("drop", (event) => {
    over(false);
    if (!carries(event)) return;
    event.preventDefault();
    copy([...event.dataTransfer.files]);
  });
}
