// Positional codes. Python computes and draws; the position is dragged on the map or the curve, or turned at a clock.
const [WIDE, HIGH, FIRST, LAST] = [760, 430, 16, 736];
const CLOCKS = { first: 70, beside: 180, middle: 206, reach: 48 };

class Codes {
  constructor(model, el) {
    this.model = model;
    const row = element(el, "div", { class: "attention-row" });
    this.scheme = element(element(row, "label", {}, "code "), "select", { "aria-label": "code" });
    this.scheme.onchange = () => this.tell("scheme", this.scheme.value);
    this.base = this.slider(row, "base", { min: 1, max: 19.5, step: 0.5 }, () => 2 ** Number(this.base.value));
    this.position = this.slider(row, "position", { min: 0, step: 1 }, () => Number(this.position.value));
    this.picture = element(el, "div", { class: "course-picture", role: "img", tabindex: 0 });
    drag(
      this.picture,
      (place) => this.grab(place),
      (place) => this.move(place),
    );
    this.picture.onkeydown = (event) => this.onKey(event);
    this.words = readout(el, "course-text");
    this.problem = alarm(el);
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

  // A hand that is grabbed turns by as much as the pointer goes round its clock, and takes the position with it.
  grab([x, y]) {
    const clock = Math.round((x * WIDE - CLOCKS.first) / CLOCKS.beside);
    const around = this.around(clock, [x, y]);
    const speed = this.model.get("speeds")[clock];
    this.hand = speed && around.far < CLOCKS.reach ? { clock, speed, angle: around.angle } : null;
    this.turned = this.model.get("position");
    if (!this.hand) this.move([x, y]);
  }

  // Where a point lies as seen from a clock: 0 is at the top, and time goes to the right.
  around(clock, [x, y]) {
    const [right, down] = [x * WIDE - CLOCKS.first - CLOCKS.beside * clock, y * HIGH - CLOCKS.middle];
    return { angle: Math.atan2(right, -down), far: Math.hypot(right, down) };
  }

  move(place) {
    if (!this.hand) {
      const share = (place[0] * WIDE - FIRST) / (LAST - FIRST);
      this.tell("position", clamped(Math.floor(share * (this.last() + 1)), 0, this.last()));
      return;
    }
    const { angle } = this.around(this.hand.clock, place);
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

  draw() {
    this.drawSchemes();
    this.picture.innerHTML = this.model.get("picture");
    this.words.textContent = this.model.get("sentence");
    this.picture.setAttribute("aria-label", this.model.get("sentence"));
    this.scheme.value = this.model.get("scheme");
    this.base.disabled = !this.model.get("speeds").length;
    this.position.max = this.last();
    this.position.value = this.model.get("position");
    this.base.value = Math.log2(this.model.get("base"));
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
  const traits = ["picture", "sentence", "error", "scheme", "position", "base", "count", "schemes", "speeds"];
  const endings = [
    guardKeys(el),
    sayWhenLost(model, el, el),
    listen(model, Object.fromEntries(traits.map((trait) => [`change:${trait}`, draw]))),
  ];
  draw();
  el.dataset.ready = "true";
  return () => {
    for (const end of endings) end();
  };
}

export default { render };
