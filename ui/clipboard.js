// Copying, as `copydesk.copy({type: text})`: resolves to whether it worked. `copydesk.copied(button, texts, say)` tells the
// reader as well, for a while, on the button and by `say`; resolves when the button is as it was.
(() => {
  const TOLD_MS = 2000;

  copydesk.copy = async (texts) => {
    try {
      if (texts["text/html"]) {
        const blobs = Object.entries(texts).map(([type, text]) => [type, new Blob([text], { type })]);
        await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
      } else await navigator.clipboard.writeText(texts["text/plain"]);
      return true;
    } catch {
      // browsers keep the clipboard from pages that came over plain HTTP from another machine; this way is left
      const put = (event) => {
        event.preventDefault();
        for (const [type, text] of Object.entries(texts)) event.clipboardData.setData(type, text);
      };
      document.addEventListener("copy", put, { once: true });
      const done = document.execCommand("copy");
      document.removeEventListener("copy", put);
      return done;
    }
  };

  const words = (button) => [...button.childNodes].findLast((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());

  copydesk.copied = async (button, texts, say) => {
    if (button.classList.contains("cd-copied")) return;
    button.classList.add("cd-copied");
    const said = (await copydesk.copy(texts)) ? "Copied" : "Could not copy";
    const label = button.querySelector(".cd-tip") ?? words(button) ?? button;
    const before = label.textContent;
    label.textContent = said;
    say(said);
    await new Promise((done) => setTimeout(done, TOLD_MS));
    label.textContent = before;
    button.classList.remove("cd-copied");
    say("");
  };
})();
