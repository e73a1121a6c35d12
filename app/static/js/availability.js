// Turns the two lists of hours into a half-hour grid that is painted by pointer or keyboard. The lists stay the
// fields that are sent: every change of the grid is written back into them.
import { format, parse, starts } from "./hours.js";

const PER_DAY = 48;
const clock = (half) => `${Math.floor(half / 2)}:${half % 2 ? "30" : "00"}`;

class Grid {
  constructor(root) {
    this.root = root;
    this.drawn = root.querySelector("[data-availability-drawn]");
    this.list = root.querySelector("[data-availability-list]");
    this.can = root.querySelector("[name=can]");
    this.prefer = root.querySelector("[name=prefer]");
    this.table = root.querySelector("table");
    this.status = root.querySelector("[data-availability-status]");
    this.days = [...this.table.querySelectorAll("thead .long-day")].map((day) => day.textContent);
    this.shown = Number(root.dataset.shown);
    this.range = [Number(root.dataset.first) * 2, Number(root.dataset.last) * 2];
    this.mode = "can";
    this.past = [];
    this.stroke = null;
    this.focused = null;
    this.wire();
  }

  // States: index of the half hour in the week -> "can" or "prefer".
  read() {
    const can = parse(this.can.value);
    const prefer = parse(this.prefer.value);
    if (!can || !prefer) return false;
    this.states = new Map([...can].map((cell) => [cell, "can"]));
    prefer.forEach((cell) => this.states.set(cell, "prefer"));
    if ([...this.states.keys()].some((cell) => cell >= this.shown * PER_DAY)) this.shown = this.days.length;
    const halves = [...this.states.keys()].map((cell) => cell % PER_DAY);
    this.range = [Math.min(this.range[0], ...halves), Math.max(this.range[1], ...halves.map((half) => half + 1))];
    return true;
  }

  write() {
    const cells = [...this.states.keys()];
    this.can.value = format(cells);
    this.prefer.value = format(cells.filter((cell) => this.states.get(cell) === "prefer"));
    this.total();
  }

  draw() {
    const body = this.table.tBodies[0];
    body.replaceChildren();
    [...this.table.querySelectorAll("thead th")].forEach((head, day) => { head.hidden = day >= this.shown; });
    [...this.table.querySelectorAll("col:not(.hours)")].forEach((column, day) => { column.hidden = day >= this.shown; });
    const weekend = this.root.querySelector("[data-availability-weekend]");
    if (weekend) weekend.hidden = this.shown === this.days.length;
    for (let half = this.range[0]; half < this.range[1]; half += 1) {
      const row = body.insertRow();
      row.className = half % 2 ? "on-half" : "on-hour";
      if (half === this.range[1] - 1) row.classList.add("last");
      const head = document.createElement("th");
      head.scope = "row";
      const words = document.createElement("span");
      words.textContent = clock(half);
      if (half % 2) words.className = "visually-hidden";
      head.append(words);
      row.append(head);
      this.days.slice(0, this.shown).forEach((_name, day) => {
        const cell = row.insertCell();
        cell.setAttribute("role", "gridcell");
        cell.dataset.cell = day * PER_DAY + half;
        cell.tabIndex = -1;
        const slot = document.createElement("span");
        slot.className = "slot";
        cell.append(slot);
      });
    }
    this.show();
    const first = this.cell(this.focused) ?? this.cell([...this.states.keys()][0]) ?? body.querySelector("td");
    first.tabIndex = 0;
  }

  cell(index) {
    return index == null ? null : this.table.querySelector(`td[data-cell="${index}"]`);
  }

  show() {
    this.table.querySelectorAll("td[data-cell]").forEach((cell) => {
      const index = Number(cell.dataset.cell);
      const state = this.states.get(index) ?? "none";
      cell.dataset.state = state;
      const day = this.days[Math.floor(index / PER_DAY)];
      const word = this.root.dataset[`word${state[0].toUpperCase()}${state.slice(1)}`];
      cell.setAttribute("aria-label", `${day} ${clock(index % PER_DAY)}, ${word}`);
      cell.setAttribute("aria-selected", String(state !== "none"));
    });
  }

  total() {
    document.querySelectorAll("[data-availability-totals]").forEach((box) => {
      const cells = new Set(this.states.keys());
      const prefer = [...this.states.values()].filter((state) => state === "prefer").length;
      const count = starts(cells, Number(this.root.dataset.minutes));
      const put = (name, value) => { box.querySelector(`[data-total=${name}]`).textContent = value.toLocaleString(document.documentElement.lang); };
      put("can", cells.size / 2);
      put("prefer", prefer / 2);
      put("starts", count);
      const enough = count >= Number(box.dataset.enough);
      box.querySelector("[data-enough-yes]").hidden = !enough;
      box.querySelector("[data-enough-no]").hidden = enough;
    });
  }

  remember() {
    this.past.push(new Map(this.states));
    if (this.past.length > 100) this.past.shift();
  }

  paint(cells, mode) {
    cells.forEach((cell) => (mode === "clear" ? this.states.delete(cell) : this.states.set(cell, mode)));
    this.show();
    this.write();
  }

  // The half hours of the rectangle between two corners.
  between(from, to) {
    const [days, halves] = [(c) => Math.floor(c / PER_DAY), (c) => c % PER_DAY].map((part) => [part(from), part(to)].sort((a, b) => a - b));
    const cells = [];
    for (let day = days[0]; day <= days[1]; day += 1) {
      for (let half = halves[0]; half <= halves[1]; half += 1) cells.push(day * PER_DAY + half);
    }
    return cells;
  }

  // A single press with the mode that a half hour already has clears it.
  modeFor(cell) {
    return (this.states.get(cell) ?? "clear") === this.mode ? "clear" : this.mode;
  }

  move(index, { paint = false } = {}) {
    const next = this.cell(index);
    if (!next) return;
    this.table.querySelectorAll('td[tabindex="0"]').forEach((cell) => { cell.tabIndex = -1; });
    next.tabIndex = 0;
    this.focused = index;
    next.focus();
    if (paint) {
      this.remember();
      this.paint([index], this.mode);
    }
  }

  undo() {
    const before = this.past.pop();
    if (!before) return;
    this.states = before;
    this.show();
    this.write();
    this.say(this.root.dataset.wordUndone);
  }

  say(words) {
    this.status.textContent = words;
  }

  wire() {
    this.root.querySelectorAll("[data-paint]").forEach((button) => button.addEventListener("click", () => {
      this.mode = button.dataset.paint;
      this.root.querySelectorAll("[data-paint]").forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
    }));
    this.table.addEventListener("pointerdown", (event) => this.begin(event));
    this.table.addEventListener("pointermove", (event) => this.extend(event));
    this.table.addEventListener("pointerup", (event) => this.finish(event));
    this.table.addEventListener("pointercancel", () => this.cancel());
    this.table.addEventListener("keydown", (event) => this.key(event));
    this.on("undo", () => this.undo());
    this.on("copy", () => this.copyMonday());
    this.on("hours", (button) => {
      this.range = [0, PER_DAY];
      button.hidden = true;
      this.draw();
    });
    this.on("weekend", () => {
      this.shown = this.days.length;
      this.draw();
    });
    this.on("last", (button) => this.fill(button.dataset.can, button.dataset.prefer));
    this.on("as-list", () => {
      this.view(false);
      this.can.focus();
    });
    this.on("as-grid", () => {
      if (!this.read()) {
        this.invalid().reportValidity();
        return;
      }
      this.past = [];
      this.draw();
      this.view(true);
      this.total();
    });
    [this.can, this.prefer].forEach((area) => area.addEventListener("input", () => area.setCustomValidity("")));
  }

  // The list that cannot be read; the form's own answer names the piece, so the browser only points at the field.
  invalid() {
    const area = parse(this.can.value) ? this.prefer : this.can;
    area.setCustomValidity(this.root.querySelector(`#${area.id}-hint`).textContent);
    return area;
  }

  on(name, act) {
    const button = this.root.querySelector(`[data-availability-${name}]`);
    button?.addEventListener("click", () => act(button));
  }

  view(grid) {
    this.drawn.hidden = !grid;
    this.list.hidden = grid;
    this.root.querySelector("[data-availability-back]").hidden = grid;
  }

  copyMonday() {
    this.remember();
    for (let half = 0; half < PER_DAY; half += 1) {
      const state = this.states.get(half);
      for (let day = 1; day < this.shown; day += 1) {
        if (state) this.states.set(day * PER_DAY + half, state);
        else this.states.delete(day * PER_DAY + half);
      }
    }
    this.show();
    this.write();
    this.say(this.root.dataset.wordCopied);
  }

  // The hours of another time instead of these; undo brings these back.
  fill(can, prefer) {
    this.remember();
    [this.can.value, this.prefer.value] = [can, prefer];
    if (!this.read()) return;
    this.draw();
    this.write();
    this.say(this.root.dataset.wordFilled);
  }

  begin(event) {
    const cell = event.target.closest("td[data-cell]");
    if (!cell || event.button > 0 || this.stroke) return;
    event.preventDefault();
    const index = Number(cell.dataset.cell);
    this.table.setPointerCapture(event.pointerId);
    this.stroke = { from: index, to: index, before: new Map(this.states), single: this.modeFor(index) };
    this.move(index);
    this.preview();
  }

  extend(event) {
    if (!this.stroke) return;
    const over = document.elementFromPoint(event.clientX, event.clientY)?.closest?.("td[data-cell]");
    if (!over || !this.table.contains(over) || Number(over.dataset.cell) === this.stroke.to) return;
    this.stroke.to = Number(over.dataset.cell);
    this.preview();
  }

  preview() {
    const { from, to, before, single } = this.stroke;
    this.states = new Map(before);
    this.paint(this.between(from, to), from === to ? single : this.mode);
  }

  finish() {
    if (!this.stroke) return;
    this.past.push(this.stroke.before);
    this.say(this.cell(this.stroke.to)?.getAttribute("aria-label") ?? "");
    this.stroke = null;
  }

  cancel() {
    if (!this.stroke) return;
    this.states = this.stroke.before;
    this.stroke = null;
    this.show();
    this.write();
  }

  key(event) {
    const cell = event.target.closest("td[data-cell]");
    if (!cell) return;
    const index = Number(cell.dataset.cell);
    const rightward = document.documentElement.dir === "rtl" ? -PER_DAY : PER_DAY;
    const steps = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -rightward, ArrowRight: rightward };
    if (event.key in steps) {
      const sameDay = Math.abs(steps[event.key]) !== 1 || Math.floor(index / PER_DAY) === Math.floor((index + steps[event.key]) / PER_DAY);
      event.preventDefault();
      if (sameDay) this.move(index + steps[event.key], { paint: event.shiftKey });
    } else if (event.key === "Home" || event.key === "End") {
      event.preventDefault();
      const day = Math.floor(index / PER_DAY) * PER_DAY;
      this.move(day + (event.key === "Home" ? this.range[0] : this.range[1] - 1));
    } else if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      this.remember();
      this.paint([index], this.modeFor(index));
      this.say(cell.getAttribute("aria-label"));
    } else if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.undo();
    }
  }
}

export function enableAvailability(root) {
  if (root.dataset.ready) return;
  root.dataset.ready = "yes";
  const grid = new Grid(root);
  // What cannot be read, or was refused, stays as the list so that nothing written is lost.
  const refused = root.querySelector("[aria-invalid]");
  if (refused?.value.trim() || !grid.read()) {
    root.querySelector("[data-availability-back]").hidden = false;
    return;
  }
  grid.draw();
  grid.view(true);
  grid.total();
}
