// Drags a person from one circle to another. Dropping fills and sends the person's own "Move to" form, so the drag
// and the menu do the same thing; the page that comes back says what it would cost before anything is kept.
import Sortable from "../vendor/sortable.esm.js";

function dropped(event) {
  const { item, from, to } = event;
  if (from === to) return;
  const form = item.querySelector("form[data-move]");
  const choice = form?.elements.namedItem("circle");
  if (choice) choice.value = to.dataset.circle;
  if (!choice || choice.value !== to.dataset.circle) {
    from.insertBefore(item, from.children[event.oldIndex] ?? null);
    return;
  }
  form.requestSubmit();
}

const mark = (event, on) => {
  document.querySelectorAll(".board-people.is-target").forEach((list) => list.classList.remove("is-target"));
  if (on && event.to !== event.from) event.to.classList.add("is-target");
};

export function enableBoard(root) {
  root.querySelectorAll("[data-circle]:not([data-board-ready])").forEach((list) => {
    list.dataset.boardReady = "";
    Sortable.create(list, {
      group: "circles",
      draggable: "[data-person]:not(.is-locked)",
      filter: "details, form, select, button",
      preventOnFilter: false,
      delay: 180,
      delayOnTouchOnly: true,
      animation: 0,
      sort: false,
      ghostClass: "board-ghost",
      onChange: (event) => mark(event, true),
      onEnd: (event) => { mark(event, false); dropped(event); },
    });
  });
}
