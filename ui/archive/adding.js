// Files chosen, or dropped anywhere on the page: copied to the server one by one, then taken in together.
const LARGEST = 50_000_000; // bytes, as rag/http/guard.py allows
const bar = () => document.querySelector("#cd-bar .cd-adding");
const box = () => element.querySelector(".cd-files"); // there only where adding is allowed
const tell = (data) => dispatchEvent(new CustomEvent("cd-archive-do", { detail: data }));
let copying = null; // stops the copying under way
let taking = false; // the server is at work
let waiting = []; // files dropped meanwhile, or before the view was drawn

function show(words, done, total) {
  const part = bar();
  part.hidden = false;
  const stage = part.querySelector(".cd-stage");
  if (stage.textContent !== words) document.querySelector("#cd-bar .cd-heard").textContent = words;
  stage.textContent = words;
  const progress = part.querySelector("progress");
  if (total) [progress.max, progress.value] = [total, done];
  else progress.removeAttribute("value");
  part.querySelector(".cd-far").textContent = total ? `${done.toLocaleString("en")} of ${total.toLocaleString("en")}` : "";
}

function rest() {
  [copying, taking, bar().hidden] = [null, false, true];
  const stop = bar().querySelector(".cd-halt");
  [stop.disabled, stop.textContent] = [false, "Stop"];
  document.querySelector("#cd-bar .cd-heard").textContent = "";
  if (waiting.length) copy(waiting.splice(0));
}

async function copy(files) {
  if (copying || taking || !box()) {
    waiting.push(...files);
    return;
  }
  if (!files.length) return;
  copying = new AbortController();
  scrollTo({ top: 0 });
  const { signal } = copying;
  const names = [];
  const refused = [];
  for (const [n, file] of files.entries()) {
    if (signal.aborted) break;
    show("Copying files", n, files.length);
    if (file.size > LARGEST) {
      refused.push([file.name, "It is larger than 50 MB: use copydesk ingest."]);
      continue;
    }
    try {
      const answer = await fetch(`v1/uploads/${encodeURIComponent(file.name)}`, { method: "PUT", body: file, signal });
      const told = await answer.json();
      if (answer.ok) names.push(told.name);
      else refused.push([file.name, told.error]);
    } catch {
      refused.push([file.name, "It could not be copied."]);
    }
  }
  copying = null;
  taking = true;
  if (signal.aborted) tell({ do: "give-up", names });
  else {
    show("Reading files", 0, names.length);
    send({ do: "take-in", names: [...new Set(names)], refused });
  }
}

addEventListener("cd-intake", ({ detail }) => {
  if (!taking) return;
  if (detail.words) show(detail.words, Number(detail.done), Number(detail.total));
  else rest();
});

document.addEventListener("click", (event) => {
  const stop = event.target instanceof Element ? event.target.closest(".cd-halt") : null;
  if (!stop || stop.disabled) return;
  [stop.disabled, stop.textContent] = [true, "Stopping …"];
  if (copying) copying.abort();
  else tell({ do: "stop-adding" });
});

element.addEventListener("change", (event) => {
  if (!event.target.matches(".cd-files")) return;
  copy([...event.target.files]);
  event.target.value = "";
});
watch("value", () => box() && waiting.length && copy(waiting.splice(0)));

// --- dropping ---

const elsewhere = () => document.querySelector("[data-elsewhere]") !== null; // the visitor may only read
const over = (on) => document.documentElement.classList.toggle("cd-over", on);
const carries = (event) => event.dataTransfer?.types.includes("Files");

/** All files of what was dropped, folders opened; hidden ones left aside. */
async function unpacked(entries) {
  const found = [];
  for (const entry of entries) {
    if (entry instanceof File) found.push(entry);
    else if (entry.name.startsWith(".")) continue;
    else if (entry.isFile) found.push(await new Promise((done, fail) => entry.file(done, fail)));
    else {
      const reader = entry.createReader();
      for (;;) {
        const some = await new Promise((done, fail) => reader.readEntries(done, fail)); // a hundred at a time
        if (!some.length) break;
        found.push(...(await unpacked(some)));
      }
    }
  }
  return found;
}

document.addEventListener("dragover", (event) => {
  if (!carries(event)) return;
  event.preventDefault();
  if (elsewhere()) event.dataTransfer.dropEffect = "none";
  else over(true);
});
document.addEventListener("dragleave", (event) => event.relatedTarget || over(false));
document.addEventListener("drop", async (event) => {
  over(false);
  if (!carries(event)) return;
  event.preventDefault();
  if (elsewhere()) return;
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile()).filter(Boolean);
  if (!inView()) location.hash = "#archive";
  copy(await unpacked(entries));
});
