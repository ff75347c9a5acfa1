// One neuron, unrolled. Python computes and draws; this side drags the inputs and chooses the step.
// How far an input of 1 lies above its line, as a share of the picture's height: see drawing/unrolled.py.
const [MIDDLE, REACH] = [222 / 330, 32 / 330];
const WEIGHT = { min: -2, max: 2, step: 0.1 };
// On a narrow page the drawing is cut between two steps, and its right half stands below.
const [WIDE, HIGH, NARROW] = [680, 330, 500];

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
      "aria-roledescription": "left and right choose the step, up and down change its input",
    });
    const at = ([x, y]) => {
      const [from, to] = this.parts()[half];
      return [from + x * (to - from), y];
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
    const places = this.model.get("places");
    const half = Math.ceil(places.length / 2);
    const cut = (places[half - 1] + places[half]) / 2;
    if (this.el.clientWidth >= NARROW) return [[0, WIDE]];
    return [
      [0, cut],
      [cut, WIDE],
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

  // The column nearest to the pointer. Where its input lies it is taken by the knob; above, its step is chosen.
  grab([x, y]) {
    const far = this.model.get("places").map((place) => Math.abs(place - x));
    const nearest = far.indexOf(Math.min(...far));
    this.held = Math.abs(y - MIDDLE) <= REACH * 1.3 ? nearest : null;
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
    const { ArrowLeft: left, ArrowRight: right, ArrowUp: up, ArrowDown: down } = { [event.key]: true };
    if (!(left || right || up || down)) return;
    event.preventDefault();
    const place = this.model.get("step") - 1;
    if (left || right) this.walk(right ? 1 : -1);
    else this.change(place, this.model.get("inputs")[place] + (up ? 0.1 : -0.1));
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
    this.drawPictures();
    this.words.textContent = this.model.get("sentence");
    for (const [name, slider] of Object.entries(this.sliders)) {
      slider.value = this.model.get(name);
      slider.said.textContent = this.model.get(name).toFixed(1).replace("-", "−");
    }
    complain(this.problem, this.model.get("error"));
  }
}

function render({ model, el }) {
  el.classList.add("course-widget", "course-strips");
  const unrolled = new Unrolled(model, el);
  const draw = () => unrolled.draw();
  const stop = () => unrolled.stop();
  const width = new ResizeObserver(() => unrolled.drawPictures());
  width.observe(el);
  const endings = [
    guardKeys(el),
    sayWhenLost(model, el, el, stop),
    listen(model, { change: draw }),
    stop,
    () => width.disconnect(),
  ];
  draw();
  el.dataset.ready = "true";
  return () => {
    for (const end of endings) end();
  };
}

export default { render };
