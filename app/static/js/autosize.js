// Text areas marked data-autosize grow with what is written in them; the sheet's own rows are the least height.
const grow = (area) => {
  area.rows = Number(area.dataset.rows);
  while (area.scrollHeight > area.clientHeight + 2 && area.rows < 40) area.rows += 1;
};

export function enableAutosize(root) {
  root.querySelectorAll("textarea[data-autosize]:not([data-rows])").forEach((area) => {
    area.dataset.rows = area.rows;
    area.addEventListener("input", () => grow(area));
    grow(area);
  });
}
