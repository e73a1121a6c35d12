// Runs the clock of a session by the second between two answers of the server, which says where the circle is.
// Speaker changes and the last half minute are announced; the seconds are not.
const HALF = 30;
let current = null;
let ticking = 0;

const clock = (seconds) => {
  const size = Math.abs(seconds);
  return `${seconds < 0 ? "+" : ""}${Math.floor(size / 60)}:${String(size % 60).padStart(2, "0")}`;
};

function say(words) {
  const place = document.querySelector("[data-live-say]");
  if (place && words) place.textContent = words;
}

class Live {
  constructor(root) {
    this.root = root;
    this.since = Date.now();
    this.part = (name) => root.querySelector(`[data-live-${name}]`);
    this.phase = root.dataset.phase;
    this.turn = root.dataset.turn ?? "";
    this.left = Number(root.dataset.left);
    this.runs = this.phase === "running" || this.phase === "by_clock";
    this.warned = this.left <= HALF;
  }

  number(name) {
    return Number(this.root.dataset[name]);
  }

  // Seconds since the server drew this part.
  get passed() {
    return Math.max(0, Math.floor((Date.now() - this.since) / 1000));
  }

  tick() {
    this.time();
    if (!this.turn || !this.runs) return;
    const left = this.left - this.passed;
    this.part("clock").textContent = clock(left);
    this.arc(left);
    this.part("left").hidden = left < 0;
    this.part("over").hidden = left >= 0;
    this.pace();
    if (left <= HALF && !this.warned) {
      this.warned = true;
      say(this.root.dataset.sayHalf);
    }
  }

  arc(left) {
    const share = left < 0 ? 1 : Math.min(1, left / this.number("whole"));
    this.part("arc").setAttribute("stroke-dasharray", `${share * 100} 200`);
    this.part("arc").setAttribute("stroke-dashoffset", (share - 1) * 100);
    this.part("ring").classList.toggle("is-over", left < 0);
  }

  pace() {
    const elapsed = this.number("elapsed") + this.passed;
    const minutes = this.part("minutes");
    minutes.textContent = minutes.dataset.liveMinutes.replace("{n}", Math.floor(elapsed / 60));
    this.bar(this.number("stepStart") + Math.min(this.number("inStep") + this.passed, this.number("stepSeconds")));
    const words = this.part("late");
    if (!words) return;
    const ends = this.number("stepStart") + this.number("stepSeconds");
    const late = elapsed + Math.max(0, this.number("remaining") - this.passed) - ends;
    const count = Math.floor(Math.abs(late) / 60);
    const text = count === 0 ? words.dataset.onTime : (late > 0 ? words.dataset.behind : words.dataset.ahead);
    words.textContent = text.replace("{n}", count);
    words.classList.toggle("is-late", late >= 60);
  }

  // The bar's parts are in proportion to their minutes, so a share of the whole says how far each is filled.
  bar(done) {
    const bar = this.root.querySelector(".share-bar");
    const parts = [...bar.querySelectorAll(".share-part")];
    const widths = parts.map((part) => Number(part.getAttribute("width")));
    let fill = (done / this.number("all")) * widths.reduce((sum, width) => sum + width, 0);
    bar.querySelectorAll(".share-done").forEach((part) => part.remove());
    parts.forEach((part, place) => {
      if (fill <= 0) return;
      const filled = part.cloneNode();
      filled.setAttribute("class", "share-done");
      filled.setAttribute("width", Math.min(fill, widths[place]));
      part.after(filled);
      fill -= widths[place];
    });
  }

  time() {
    const place = document.querySelector("[data-live-time]");
    const now = new Date((this.number("now") + this.passed) * 1000);
    const words = new Intl.DateTimeFormat("en-GB", { hour: "numeric", minute: "2-digit", hourCycle: "h23", timeZone: place.dataset.zone });
    const [hour, minute] = words.format(now).split(":");
    const shown = place.textContent.replace(/\d+:\d\d/, `${Number(hour)}:${minute}`);
    if (shown !== place.textContent) place.textContent = shown;
  }

  // What is new since the part that stood here before.
  announce(before) {
    const { dataset } = this.root;
    if (before.turn !== this.turn && this.turn) say(dataset.sayTurn);
    else if (before.phase !== this.phase) say({ paused: dataset.sayPaused, running: dataset.sayRunning, over: dataset.sayOver }[this.phase]);
  }
}

// An answer that is another page (signed out meanwhile) or a refusal (a form open too long) is met by loading afresh;
// without a connection the clock runs on and says so.
function watchAnswers() {
  const offline = document.querySelector("[data-live-offline]");
  const ours = (event) => event.detail.target?.id === "live-now";
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (!ours(event)) return;
    offline.hidden = true;
    if (!event.detail.shouldSwap || event.detail.serverResponse.includes('id="live-now"')) return;
    event.detail.shouldSwap = false;
    window.location.reload();
  });
  document.body.addEventListener("htmx:responseError", (event) => {
    if (ours(event) && event.detail.xhr.status === 400) window.location.reload();
  });
  document.body.addEventListener("htmx:sendError", (event) => {
    if (ours(event)) offline.hidden = false;
  });
}

export function enableLive(root) {
  if (root === current?.root) return;
  const before = current;
  current = new Live(root);
  if (before) {
    if (before.turn === current.turn && before.warned && current.left <= before.left) current.warned = true;
    current.announce(before);
  }
  const end = document.querySelector("[data-live-end]");
  if (end) end.hidden = !["running", "paused"].includes(current.phase);
  if (!ticking) {
    ticking = setInterval(() => current.tick(), 1000);
    watchAnswers();
  }
  current.tick();
}
