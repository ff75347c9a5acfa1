// A box of one line cannot hold the end of a line: the browser would drop it, and so lose it from the text.
const SIGNS = { "\n": "⏎", "\t": "⇥" };
const toField = (value) => String(value).replace(/[\n\t]/g, (end) => SIGNS[end]);
const fromField = (shown) => shown.replaceAll("⏎", "\n").replaceAll("⇥", "\t");

const [PLAY, PAUSE] = ["▶ play", "⏸ pause"];
const KEYS = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Enter", " ", "Delete"]);

// The cell under the pointer now. A click would not do: there is none where the drawing was exchanged between down and
// up, as after every cell that the hand has passed.
const cellUnder = ({ clientX, clientY }) => document.elementFromPoint(clientX, clientY)?.closest("[data-cell]");

const box = (node) => node.getBoundingClientRect();
const isNear = (one, other) => typeof one === "number" && typeof other === "number" && Math.abs(one - other) < 1e-9;
// The number of a value among the options of a control; of the nearest one, where Python has chosen another number.
function placeOf(options, value) {
  const exact = options.findIndex(([, option]) => option === value || isNear(option, value));
  if (exact >= 0 || typeof value !== "number") return Math.max(exact, 0);
  const far = options.map(([, option]) => Math.abs(option - value));
  return far.indexOf(Math.min(...far));
}

// How a control is made of an empty label. Each gives back {field, read, show}: what takes the focus, its value for
// Python, and how it shows Python's.
const makers = {
  text(holder, { label, most }) {
    const field = element(holder, "input", { "aria-label": label, spellcheck: "false", autocomplete: "off" });
    Object.assign(field, { type: "text", maxLength: most });
    const show = (value) => {
      field.value = toField(value);
    };
    return { field, read: () => fromField(field.value), show };
  },
  slide(holder, { label, min, max, step }) {
    const field = element(holder, "input", { type: "range", "aria-label": label, min, max, step });
    const said = element(holder, "output");
    const show = (value) => {
      field.value = value;
      said.textContent = String(Math.round(value * 100) / 100).replace("-", "−");
    };
    return { field, read: () => Number(field.value), show };
  },
  stops(holder, { label, options }) {
    const ends = { min: 0, max: options.length - 1, step: 1 };
    const field = element(holder, "input", { type: "range", "aria-label": label, ...ends });
    const said = element(holder, "output");
    const longest = Math.max(...options.map(([shown]) => shown.length));
    said.style.minWidth = `${longest}ch`;
    const show = (value) => {
      field.value = placeOf(options, value);
      [said.textContent] = options[field.value];
      field.setAttribute("aria-valuetext", said.textContent);
    };
    return { field, read: () => options[field.value][1], show };
  },
  list(holder, { label, options }) {
    const field = element(holder, "select", { "aria-label": label });
    for (const [shown] of options) element(field, "option", {}, shown);
    const show = (value) => {
      field.selectedIndex = placeOf(options, value);
    };
    return { field, read: () => options[field.selectedIndex][1], show };
  },
  check(holder, { label }) {
    const field = element(holder, "input", { type: "checkbox", "aria-label": label });
    holder.prepend(field);
    const show = (value) => {
      field.checked = value;
    };
    return { field, read: () => field.checked, show };
  },
};

// A picture that Python draws, with boxes and sliders above it. What is typed, moved or pointed at goes to Python as
// one state; what Python answers, a drawing and a sentence, is shown.
class Live {
  constructor(model, el) {
    this.model = model;
    this.el = el;
    this.fields = {};
    this.pinned = "";
    this.row = element(el, "div", { class: "live-row" });
    for (const spec of model.get("controls")) this.make(spec);
    this.problem = alarm(el);
    this.picture = element(el, "div", { class: "course-picture", role: "group" });
    this.words = readout(el, "course-text");
    this.picture.onpointerdown = (event) => {
      this.held = event.button === 0 ? cellUnder(event)?.dataset.cell : null;
    };
    this.picture.onpointerup = (event) => {
      const node = cellUnder(event);
      if (node && node.dataset.cell === this.held) this.choose(node, true);
    };
    // A click that no pointer has made, as from a screen reader.
    this.picture.onclick = ({ target, detail }) => detail || this.choose(target.closest("[data-cell]"), true);
    this.picture.onpointerover = ({ target }) => this.choose(target.closest("[data-cell]"), false);
    this.picture.onkeydown = (event) => (model.get("drags") ? this.onHandKey(event) : this.onPictureKey(event));
    if (model.get("drags")) this.followHand();
  }

  // A control, by its kind: one of those above, or buttons.
  make({ kind, name, label, ...rest }) {
    if (kind === "button" || kind === "play") button(this.row, label, () => this.press(name));
    if (kind === "play") this.player = button(this.row, PLAY, () => this.play(this.timer ? "" : name));
    if (!makers[kind]) return;
    const holder = element(this.row, "label", { class: `live-${kind}` }, label);
    const control = makers[kind](holder, { label, ...rest });
    control.field.oninput = () => {
      const value = control.read();
      this.send({ [name]: value });
      if (kind !== "text") control.show(value);
    };
    this.fields[name] = control;
  }

  // Press again and again, each time that the last press is answered and seen.
  play(name) {
    clearInterval(this.timer);
    const go = () => {
      if (this.model.get("finished") || this.model.get("error")) this.play("");
      else if (!this.waiting().length) this.press(name);
    };
    this.timer = name && setInterval(go, 60);
    if (this.player) this.player.textContent = name ? PAUSE : PLAY;
  }

  // A hand on the drawing, from where it goes down to where it is lifted, in the drawing's own units.
  followHand() {
    this.picture.classList.add("live-hand");
    const inUnits = ([x, y]) => {
      const svg = this.picture.querySelector("svg");
      const [around, own, { width, height }] = [box(this.picture), box(svg), svg.viewBox.baseVal];
      const across = (around.left + x * around.width - own.left) / own.width;
      const down = (around.top + y * around.height - own.top) / own.height;
      return [clamped(across) * width, clamped(down) * height];
    };
    const tell = (place) => {
      this.model.set("dragged", { grip: this.grip, start: this.start, place });
      this.model.save_changes();
    };
    const begin = (place) => {
      this.play("");
      // Another number than that of any hand before, also in a second view of the same widget.
      this.grip = Math.random();
      this.start = inUnits(place);
      tell(this.start);
    };
    drag(this.picture, begin, (place) => tell(inUnits(place)));
  }

  send(change) {
    this.model.set("state", { ...this.model.get("state"), ...change });
    this.model.save_changes();
  }

  // Python draws for a wide or for a narrow page.
  measure(width) {
    if (!width || width < 520 === this.model.get("narrow")) return;
    this.el.classList.toggle("live-narrow", width < 520);
    this.words.style.minHeight = "";
    this.model.set("narrow", width < 520);
    this.model.save_changes();
  }

  // What was pressed and not answered yet: Python may be busy, and then the page sends its last state only.
  waiting() {
    return this.model.get("presses").filter(([, number]) => number > this.model.get("answered"));
  }

  press(name) {
    const [, last] = this.model.get("presses").at(-1) ?? ["", 0];
    this.model.set("presses", [...this.waiting(), [name, Math.max(last, this.model.get("answered")) + 1]]);
    this.model.save_changes();
  }

  // Of what was pointed at only a change is sent, and nothing once a click has pinned a place: the hand that goes on to
  // the next control would choose others on its way. A second click on the pinned place frees it.
  choose(node, clicked) {
    if (!node) return;
    const cell = node.dataset.cell;
    if (clicked) {
      this.pinned = this.model.get("pins") && this.pinned !== cell ? cell : "";
      this.press(cell);
    } else if (!this.pinned && cell !== this.model.get("state").cell) this.send({ cell });
  }

  // Arrow keys choose as the hand does. In a table, whose cells are "row,column", up and down go to another row.
  onPictureKey(event) {
    const stops = [...this.picture.querySelectorAll("[data-cell]")];
    const chosen = stops.findIndex((stop) => stop.dataset.cell === this.model.get("state").cell);
    // Where nobody has chosen yet, Python has.
    const now = chosen < 0 ? stops.findIndex((stop) => "marked" in stop.dataset) : chosen;
    const row = stops.filter((stop) => stop.dataset.cell.startsWith("0,")).length || 1;
    const step = { ArrowLeft: -1, ArrowUp: -row, ArrowRight: 1, ArrowDown: row }[event.key];
    if (step && stops.length) {
      event.preventDefault();
      const { cell } = stops[Math.max(now + step in stops ? now + step : now, 0)].dataset;
      this.pinned = this.model.get("pins") ? cell : "";
      this.send({ cell });
      if (this.pinned) this.press(cell);
    }
    if (event.key === "Enter" && !event.shiftKey && now >= 0) this.press(stops[now].dataset.cell);
  }

  // Where a hand moves things, arrow keys are the hand: Python is told of them.
  onHandKey(event) {
    if (!KEYS.has(event.key) || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.press(event.key);
  }

  draw() {
    this.picture.innerHTML = this.model.get("drawing");
    const told = this.model.get("words");
    if (this.words.innerHTML !== told) {
      this.words.innerHTML = told;
      // What a long sentence has needed stays: so the page does not jump back and forth.
      if (this.words.scrollHeight > (parseFloat(this.words.style.minHeight) || 0))
        this.words.style.minHeight = `${this.words.scrollHeight}px`;
    }
    this.picture.setAttribute("aria-label", this.words.textContent || "picture");
    this.picture.tabIndex = 0;
    complain(this.problem, this.model.get("error"));
  }

  drawFields() {
    // Python has let go of the place, as for the next page of a tour: so does the hand.
    if (!this.model.get("state").cell) this.pinned = "";
    for (const [name, value] of Object.entries(this.model.get("state"))) {
      const control = this.fields[name];
      // Not while somebody types in it: the cursor would jump.
      const typed = control?.field.type === "text" && control.field === document.activeElement;
      if (control && !typed) control.show(value);
    }
  }
}

function render({ model, el }) {
  el.classList.add("course-widget", "course-live");
  const live = new Live(model, el);
  const draw = () => live.draw();
  const width = new ResizeObserver(() => live.measure(el.clientWidth));
  const begin = () => {
    live.drawFields();
    live.draw();
    width.observe(el);
  };
  const handlers = { ...onChanges(["drawing", "words", "error"], draw), "change:state": () => live.drawFields() };
  const end = enliven(model, el, begin, handlers, () => live.play(""));
  return () => {
    width.disconnect();
    end();
  };
}

export default { render };
