// Positional codes. Python computes and draws; the position is dragged on the map or the curve, or turned at a clock.
// Places are those of the drawing: the map has a column for each position, the curve a point.
const [WIDE, HIGH] = [760, 430];
const MAP = { from: 16, to: 736, top: 32, bottom: 144 };
const CURVE = { from: 56, to: 736, top: 262 };
// Each clock with its words, to its right.
const CLOCKS = { first: 70, beside: 180, middle: 206, reach: 48, words: 110 };
// On a narrow page the drawing is cut between two columns of the map, and its right half stands below.
const NARROW = 500;
const HALVES = [
  [0, 376],
  [376, WIDE],
];
// The bases of the slider: 2, 4, 10, 20, 40, 100 … 1000000.
const BASES = Array.from({ length: 18 }, (_, i) => [2, 4, 10][i % 3] * 10 ** Math.floor(i / 3));

class Codes {
  constructor(model, el) {
    [this.model, this.el] = [model, el];
    const row = element(el, "div", { class: "attention-row" });
    this.scheme = element(element(row, "label", {}, "code "), "select", { "aria-label": "code" });
    this.scheme.onchange = () => this.tell("scheme", this.scheme.value);
    this.base = this.slider(row, "base", { min: 0, max: BASES.length - 1, step: 1 }, () => BASES[this.base.value]);
    this.position = this.slider(row, "position", { min: 0, step: 1 }, () => Number(this.position.value));
    this.frame = element(el, "div");
    this.pictures = HALVES.map((_, half) => this.makePicture(half));
    this.words = readout(el, "course-text");
    this.problem = alarm(el);
  }

  makePicture(half) {
    const picture = element(this.frame, "div", { class: "course-picture", role: "img", tabindex: 0 });
    const at = ([x, y]) => {
      const [from, to] = this.parts()[half];
      return [from + x * (to - from), y * HIGH];
    };
    drag(
      picture,
      (place) => this.grab(at(place)),
      (place) => this.move(at(place)),
    );
    picture.onkeydown = (event) => this.onKey(event);
    return picture;
  }

  // From where to where each picture shows the drawing.
  parts() {
    return this.el.clientWidth < NARROW ? HALVES : [[0, WIDE]];
  }

  slider(row, name, ends, value) {
    const label = element(row, "label", {}, `${name} `);
    const slider = element(label, "input", { type: "range", "aria-label": name, ...ends });
    slider.oninput = () => this.tell(name, value());
    slider.said = element(label, "output");
    return slider;
  }

  tell(trait, value) {
    if (this.model.get(trait) === value) return;
    this.model.set(trait, value);
    this.model.save_changes();
  }

  last() {
    return this.model.get("count") - 1;
  }

  // A hand that is grabbed turns by as much as the pointer goes round its clock, and takes the position with it. On the
  // map and on the curve the position goes where the pointer is; elsewhere nothing begins.
  grab([x, y]) {
    const clock = Math.floor((x - CLOCKS.first + CLOCKS.reach) / CLOCKS.beside);
    const right = x - CLOCKS.first - CLOCKS.beside * clock;
    const speed = this.model.get("speeds")[clock];
    const near = Math.abs(y - CLOCKS.middle) < CLOCKS.reach && right < CLOCKS.words;
    this.hand = speed && near ? { clock, speed, angle: this.around(clock, [x, y]) } : null;
    this.turned = this.model.get("position");
    this.line = y >= MAP.top && y <= MAP.bottom ? MAP : y > CURVE.top ? CURVE : null;
    this.move([x, y]);
  }

  // In which direction a point lies from a clock: 0 is at the top, and time goes to the right.
  around(clock, [x, y]) {
    return Math.atan2(x - CLOCKS.first - CLOCKS.beside * clock, CLOCKS.middle - y);
  }

  move([x, y]) {
    if (this.hand) return this.turn(this.around(this.hand.clock, [x, y]));
    if (!this.line) return;
    const share = (x - this.line.from) / (this.line.to - this.line.from);
    const at = this.line === MAP ? Math.floor(share * (this.last() + 1)) : Math.round(share * this.last());
    this.tell("position", clamped(at, 0, this.last()));
  }

  turn(angle) {
    const by = angle - this.hand.angle;
    // The shorter way round.
    this.turned += (by - 2 * Math.PI * Math.round(by / (2 * Math.PI))) / this.hand.speed;
    this.turned = clamped(this.turned, 0, this.last());
    this.hand.angle = angle;
    this.tell("position", Math.round(this.turned));
  }

  onKey(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    this.tell("position", clamped(this.model.get("position") + by, 0, this.last()));
  }

  drawSchemes() {
    const names = this.model.get("schemes");
    if (this.scheme.children.length === names.length) return;
    this.scheme.replaceChildren();
    for (const name of names) element(this.scheme, "option", { value: name }, name);
  }

  drawPictures() {
    const parts = this.parts();
    const shown = this.pictures.slice(0, parts.length);
    // Put in anew, a picture would lose the pointer that drags it.
    if (this.frame.children.length !== shown.length) this.frame.replaceChildren(...shown);
    for (const [half, picture] of shown.entries()) {
      const [from, to] = parts[half];
      picture.setAttribute("aria-label", this.model.get("sentence"));
      picture.innerHTML = this.model.get("picture");
      picture.firstElementChild.setAttribute("viewBox", `${from} 0 ${to - from} ${HIGH}`);
      picture.firstElementChild.setAttribute("width", to - from);
    }
  }

  draw() {
    this.drawSchemes();
    this.drawPictures();
    this.words.textContent = this.model.get("sentence");
    this.scheme.value = this.model.get("scheme");
    this.base.disabled = !this.model.get("speeds").length;
    this.position.max = this.last();
    this.position.value = this.model.get("position");
    const far = BASES.map((base) => Math.abs(Math.log(base / this.model.get("base"))));
    this.base.value = far.indexOf(Math.min(...far));
    this.position.said.textContent = this.model.get("position");
    this.base.said.textContent = Math.round(this.model.get("base"));
    this.base.setAttribute("aria-valuetext", `base ${Math.round(this.model.get("base"))}`);
    complain(this.problem, this.model.get("error"));
  }
}

function render({ model, el }) {
  el.classList.add("course-widget", "course-attention");
  const codes = new Codes(model, el);
  const draw = () => codes.draw();
  const width = new ResizeObserver(() => codes.drawPictures());
  width.observe(el);
  const end = enliven(model, el, draw, { change: draw });
  return () => {
    width.disconnect();
    end();
  };
}

export default { render };
