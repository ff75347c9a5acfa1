// One neuron, unrolled. Python computes and draws; this side drags the inputs and chooses the step.
// How far an input of 1 lies above its line, as a share of the picture's height: see drawing/unrolled.py.
const [MIDDLE, REACH] = [222 / 330, 32 / 330];
const WEIGHT = { min: -2, max: 2, step: 0.1 };
// On a narrow page the drawing is cut between two steps, and its right half stands below, with the names once more.
const [WIDE, HIGH, NARROW] = [680, 330, 580];
// The names of the rows lie to the left of this; what belongs to a step lies so near to its middle.
const [NAMES, NEAR] = [110, 40];

class Unrolled {
  constructor(model, el) {
    [this.model, this.el] = [model, el];
    const row = element(el, "div", { class: "strips-row" });
    this.sliders = { w: this.slider(row, "w", "w, of the input"), u: this.slider(row, "u", "u, of the state") };
    button(row, "◀ step", () => this.walk(-1));
    button(row, "step ▶", () => this.walk(1));
    this.player = button(row, "▶ play", () => this.play());
    this.frame = element(el, "div");
    this.pictures = [0, 1].map((half) => this.makePicture(half));
    this.words = readout(el, "course-text");
    this.problem = alarm(el);
  }

  makePicture(half) {
    const picture = element(this.frame, "div", {
      class: "course-picture unroll-picture",
      role: "group",
      tabindex: 0,
      "aria-description": "Left and right choose the step; up, down, Page Up and Page Down change its input.",
    });
    const at = ([x, y]) => {
      const [from, to, names] = this.parts()[half];
      return [from - names + x * (to - from + names), y];
    };
    drag(
      picture,
      (place) => this.grab(at(place)),
      (place) => this.move(at(place)),
    );
    picture.onkeydown = (event) => this.onKey(event);
    return picture;
  }

  // From where to where each picture shows the drawing, and how wide the names are that it shows besides.
  parts() {
    const places = this.model.get("places");
    const half = Math.ceil(places.length / 2);
    // Beyond the number of the last input and the name of the arrow.
    const cut = Math.max(places[half - 1] + 49, (places[half - 1] + places[half]) / 2 + 6);
    if (this.el.clientWidth >= NARROW) return [[0, WIDE, 0]];
    return [
      [0, cut, 0],
      [cut, WIDE, NAMES],
    ];
  }

  slider(row, name, words) {
    const label = element(row, "label", {}, words);
    const slider = element(label, "input", { type: "range", "aria-label": words, ...WEIGHT });
    slider.said = element(label, "output", { class: "strips-number" });
    slider.oninput = () => this.tell(name, Number(slider.value));
    return slider;
  }

  tell(trait, value) {
    this.model.set(trait, value);
    this.model.save_changes();
  }

  count() {
    return this.model.get("inputs").length;
  }

  walk(by) {
    this.tell("step", clamped(this.model.get("step") + by, 1, this.count()));
  }

  // From the first step to the last, a second for each; pressed again, it stops.
  play() {
    if (this.timer) return this.stop();
    this.player.textContent = "■ stop";
    this.tell("step", 1);
    this.timer = setInterval(() => {
      this.walk(1);
      if (this.model.get("step") >= this.count()) this.stop();
    }, 900);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.player.textContent = "▶ play";
  }

  // The column under the pointer, if any. Where its input lies it is taken by the knob; elsewhere its step is chosen.
  grab([x, y]) {
    const nearest = this.model.get("places").findIndex((place) => Math.abs(place - x) <= NEAR);
    this.held = nearest >= 0 && Math.abs(y - MIDDLE) <= REACH * 1.3 ? nearest : null;
    if (nearest < 0) return;
    if (this.held === null) this.tell("step", nearest + 1);
    else this.move([x, y]);
  }

  move([, y]) {
    if (this.held !== null) this.change(this.held, (MIDDLE - y) / REACH);
  }

  change(place, value) {
    const inputs = [...this.model.get("inputs")];
    inputs[place] = Math.round(clamped(value, -1, 1) * 10) / 10;
    if (inputs[place] !== this.model.get("inputs")[place]) this.tell("inputs", inputs);
  }

  onKey(event) {
    const walk = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const more = { ArrowUp: 0.1, ArrowDown: -0.1, PageUp: 0.5, PageDown: -0.5 }[event.key];
    if (!walk && !more) return;
    event.preventDefault();
    const place = this.model.get("step") - 1;
    if (walk) this.walk(walk);
    else this.change(place, this.model.get("inputs")[place] + more);
  }

  drawPictures() {
    const parts = this.parts();
    const shown = this.pictures.slice(0, parts.length);
    // Put in anew, a picture would lose the pointer that drags it.
    if (this.frame.children.length !== shown.length) this.frame.replaceChildren(...shown);
    for (const [half, picture] of shown.entries()) {
      const [from, to, names] = parts[half];
      picture.setAttribute("aria-label", this.model.get("sentence"));
      picture.innerHTML = this.model.get("picture");
      const whole = picture.firstElementChild;
      if (names) repeatNames(whole, from, to);
      whole.setAttribute("viewBox", `${from - names} 0 ${to - from + names} ${HIGH}`);
      whole.setAttribute("width", to - from + names);
    }
  }

  draw() {
    this.drawPictures();
    this.words.textContent = this.model.get("sentence");
    for (const [name, slider] of Object.entries(this.sliders)) {
      const value = this.model.get(name);
      slider.value = value;
      // One digit where it says all, as of what slides; two as in the sentence.
      slider.said.textContent = value.toFixed(Math.abs(value - value.toFixed(1)) < 1e-9 ? 1 : 2).replace("-", "−");
    }
    complain(this.problem, this.model.get("error"));
  }
}

// Put the names of the rows to the left of what is shown from a place on.
function repeatNames(whole, from, to) {
  const [steps, names] = [whole.cloneNode(true), whole.querySelector("[data-names]")];
  for (const [name, value] of Object.entries({ x: from, width: to - from, viewBox: `${from} 0 ${to - from} ${HIGH}` }))
    steps.setAttribute(name, value);
  names.setAttribute("transform", `translate(${from - NAMES} 0)`);
  whole.replaceChildren(steps, names);
}

function render({ model, el }) {
  el.classList.add("course-widget", "course-strips");
  const unrolled = new Unrolled(model, el);
  const draw = () => unrolled.draw();
  const width = new ResizeObserver(() => unrolled.drawPictures());
  width.observe(el);
  const end = enliven(model, el, draw, { change: draw }, () => unrolled.stop());
  return () => {
    width.disconnect();
    end();
  };
}

export default { render };
