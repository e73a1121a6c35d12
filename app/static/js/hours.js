// Text such as "Mon 09:00-12:00 13:00-17:30; Tue 10:00-11:00" to half hours of the week and back.
const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const NAMES = new Map(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"].flatMap((name, day) => [[name, day], [name.slice(0, 3), day]]));
const PER_DAY = 48;
const SPELL = /^(\d{1,2}):(00|30)\s*[-–]\s*(\d{1,2}):(00|30)(?=\s|$)/;

// A set of half hours (Monday 0:00 is 0), or null when a piece of the text cannot be read.
export function parse(text) {
  const cells = new Set();
  for (const piece of text.split(/[;\n]/).map((part) => part.trim()).filter(Boolean)) {
    const [, name, times] = /^(\S+)\s*(.*)$/.exec(piece);
    const day = NAMES.get(name.replace(/:$/, "").toLowerCase());
    if (day === undefined || !times) return null;
    let rest = times.replaceAll(",", " ").trim();
    while (rest) {
      const found = SPELL.exec(rest);
      if (!found) return null;
      const [start, end] = [found[1] * 2 + (found[2] === "30" ? 1 : 0), found[3] * 2 + (found[4] === "30" ? 1 : 0)];
      if (end <= start || end > PER_DAY) return null;
      for (let half = start; half < end; half += 1) cells.add(day * PER_DAY + half);
      rest = rest.slice(found[0].length).trim();
    }
  }
  return cells;
}

const clock = (half) => `${String(Math.floor(half / 2)).padStart(2, "0")}:${half % 2 ? "30" : "00"}`;

// One line a day, touching spells joined; "" for none.
export function format(cells) {
  const lines = [];
  DAYS.forEach((name, day) => {
    const halves = [...cells].filter((cell) => Math.floor(cell / PER_DAY) === day).map((cell) => cell % PER_DAY).sort((a, b) => a - b);
    const spells = [];
    halves.forEach((half) => {
      const last = spells.at(-1);
      if (last && last[1] === half) last[1] = half + 1;
      else spells.push([half, half + 1]);
    });
    if (spells.length) lines.push(`${name} ${spells.map(([from, to]) => `${clock(from)}-${clock(to)}`).join(" ")}`);
  });
  return lines.join(";\n");
}

// How many half hours a meeting of this length could start at, midnight and the week's end crossed.
export function starts(cells, minutes) {
  const steps = Math.ceil(minutes / 30);
  const week = PER_DAY * 7;
  return [...cells].filter((cell) => Array.from({ length: steps }, (_, step) => (cell + step) % week).every((next) => cells.has(next))).length;
}
