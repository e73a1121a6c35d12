// "Copy the link": <a href="…" data-copy="text" data-copied="Copied"> copies; without script it is the link itself.
export function enableCopy(root) {
  root.querySelectorAll("[data-copy]:not([data-copy-ready])").forEach((control) => {
    control.dataset.copyReady = "";
    const words = control.querySelector("[data-copy-words]") ?? control;
    const before = words.textContent;
    words.setAttribute("aria-live", "polite");
    control.addEventListener("click", async (event) => {
      if (!navigator.clipboard) return;
      event.preventDefault();
      try {
        await navigator.clipboard.writeText(control.dataset.copy);
      } catch {
        if (control.href) window.location.assign(control.href);
        return;
      }
      words.textContent = control.dataset.copied;
      setTimeout(() => { words.textContent = before; }, 3000);
    });
  });
}
