// Starts what a page carries. Each part looks for its own markup, also in what htmx brings in later.
import { closeMenus, watchMenus } from "./menu.js";
import { enableCopy } from "./copy.js";
import { enableAutosize } from "./autosize.js";
import { enablePrint } from "./print.js";

async function start(root) {
  enableCopy(root);
  enableAutosize(root);
  enablePrint(root);
  if (root.querySelector("[data-availability]")) {
    const { enableAvailability } = await import("./availability.js");
    root.querySelectorAll("[data-availability]").forEach(enableAvailability);
  }
  if (root.querySelector("[data-circle]")) {
    const { enableBoard } = await import("./board.js");
    enableBoard(root);
  }
  if (root.querySelector("[data-live]")) {
    const { enableLive } = await import("./live.js");
    root.querySelectorAll("[data-live]").forEach(enableLive);
  }
}

watchMenus();
start(document);

document.body.addEventListener("htmx:load", (event) => {
  const added = event.detail.elt;
  if (added === document.body) return;
  closeMenus();
  start(added.parentElement ?? added);
  const heading = added.matches("[data-focus]") ? added : added.querySelector("[data-focus]");
  if (heading) {
    heading.tabIndex = -1;
    heading.focus();
  }
});
