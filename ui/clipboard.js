// Copying, as `copydesk.copy({type: text})`: resolves to whether it worked.
(() => {
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
})();
