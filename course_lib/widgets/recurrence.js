// A text in several strips: point at a character, and every strip shows in colours what belongs to it. Python computes
// the colours and the sentences of all characters at once, so that pointing needs no kernel but for the chart.
class TextStrips {
  constructor(model, el) {
    this.model = model;
    this.pinned = false;
    this.makeText(element(el, "div", { class: "strips-row" }));
    // What is refused is said where it was typed.
    this.problem = alarm(el);
    this.frame = element(el, "div", { class: "course-picture strips" });
    const role = { role: "slider", tabindex: 0, "aria-label": "character looked at" };
    this.strips = element(this.frame, "div", role);
    this.strips.onpointerover = ({ target, buttons }) => {
      if (buttons > 0 || !this.pinned) this.pointAt(target);
    };
    this.strips.onpointerdown = ({ target }) => this.press(target);
    this.strips.onkeydown = (event) => this.onKey(event);
    element(this.frame, "div", { class: "strips-legend" }, model.get("legend"));
    // Between strips and chart, so that it is seen with either.
    this.words = readout(this.frame, "course-text");
    this.chart = element(this.frame, "div", { class: "strips-chart", role: "img" });
    this.chart.classList.toggle("strips-grip", model.get("span").length > 0);
    const take = (place) => this.take(place);
    drag(this.chart, take, take);
  }

  // In a chart along the text its dot can be dragged.
  take([x, y]) {
    const [left, top, width, height] = this.model.get("span");
    const [across, down] = [(x - left) / width, (y - top) / height];
    if (!(across >= -0.03 && across <= 1.03 && down >= 0 && down <= 1)) return;
    this.pin(true);
    this.look(Math.round(clamped(across) * this.last()));
  }

  makeText(row) {
    const label = element(row, "label", {}, "text");
    const attributes = { type: "text", spellcheck: "false", autocomplete: "off", "aria-label": "text" };
    this.box = element(label, "input", attributes);
    this.box.onchange = () => this.tell("text", this.box.value);
    if (this.model.get("units") > 0) this.makeUnit(row);
  }

  makeUnit(row) {
    const label = element(row, "label", { class: "strips-unit" }, "unit");
    const ends = { type: "range", min: 0, max: this.model.get("units") - 1, step: 1, "aria-label": "unit" };
    this.unit = element(label, "input", ends);
    this.number = element(label, "span", { class: "strips-number" });
    this.unit.oninput = () => this.tell("unit", Number(this.unit.value));
  }

  tell(trait, value) {
    if (this.model.get(trait) === value) return;
    this.model.set(trait, value);
    this.model.save_changes();
  }

  // The last place. A sign beyond the keyboard may be two of JavaScript's.
  last() {
    return [...this.model.get("text")].length - 1;
  }

  look(place) {
    this.tell("focus", clamped(place, 0, this.last()));
  }

  pointAt(target) {
    const cell = target.closest("[data-place]");
    if (cell) this.look(Number(cell.dataset.place));
  }

  // A click keeps a character, whatever the pointer passes on its way; a second click frees it.
  press(target) {
    this.strips.focus({ preventScroll: true });
    const cell = target.closest("[data-place]");
    if (!cell) return;
    this.pin(!this.pinned || Number(cell.dataset.place) !== this.model.get("focus"));
    this.pointAt(target);
  }

  pin(pinned) {
    this.pinned = pinned;
    this.strips.classList.toggle("strips-pinned", pinned);
  }

  onKey(event) {
    const { key } = event;
    const last = this.last();
    const now = this.model.get("focus");
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[key];
    const to = by ? now + by : { Home: 0, End: last }[key];
    if (to === undefined) return;
    event.preventDefault();
    this.pin(true);
    this.look(to);
  }

  // The characters: made anew only when there are others.
  build() {
    const [text, names] = [this.model.get("text"), this.model.get("names")];
    this.box.value = text;
    this.strips.replaceChildren();
    this.cells = names.map((name) => {
      element(this.strips, "div", { class: "strips-name" }, name);
      const line = element(this.strips, "div", { class: "strips-line" });
      return [...text].map((sign, place) =>
        element(line, "span", { class: "strips-cell", "data-place": place }, sign === " " ? "\u00a0" : sign),
      );
    });
    this.draw();
  }

  draw() {
    const [rows, focus] = [this.model.get("rows"), this.model.get("focus")];
    this.cells.forEach((cells, k) => {
      const shades = Array.isArray(rows[k]?.[0]) ? rows[k][focus] : rows[k];
      cells.forEach((cell, place) => {
        cell.style.background = shaded(shades?.[place] ?? 0);
        cell.classList.toggle("looked-at", place === focus);
      });
    });
    if (this.unit) {
      this.unit.value = this.model.get("unit");
      this.number.textContent = this.model.get("unit");
    }
    this.chart.innerHTML = this.model.get("chart");
    this.say(focus);
    complain(this.problem, this.model.get("error"));
  }

  say(focus) {
    const words = this.model.get("sentences")[focus] ?? "";
    this.words.textContent = words;
    this.chart.setAttribute("aria-label", `The same as lines. ${words}`);
    this.chart.hidden = !this.model.get("chart");
    const values = { "aria-valuemin": 1, "aria-valuemax": this.last() + 1, "aria-valuenow": focus + 1 };
    for (const [name, value] of Object.entries(values)) this.strips.setAttribute(name, value);
    this.strips.setAttribute("aria-valuetext", `character ${focus + 1}, ${[...this.model.get("text")][focus] ?? ""}`);
  }
}

// White at 0, blue at 1, orange at -1.
function shaded(value) {
  const part = clamped(Math.abs(value)) * 100;
  return `color-mix(in srgb, ${value > 0 ? POSITIVE_SHADE : NEGATIVE_SHADE} ${part.toFixed(1)}%, ${PAPER})`;
}

function render({ model, el }) {
  el.classList.add("course-widget", "course-strips");
  const strips = new TextStrips(model, el);
  const draw = () => strips.draw();
  const handlers = { "change:rows": () => strips.build(), ...onChanges(["focus", "unit", "error", "chart"], draw) };
  return enliven(model, el, () => strips.build(), handlers);
}

export default { render };
