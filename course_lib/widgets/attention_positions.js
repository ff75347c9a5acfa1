// Positional codes. Python computes and draws; a pointer or the arrow keys choose the position on the picture.
const [FIRST, STEP, WIDE, COUNT] = [16, 18, 760, 40];

class Codes {
  constructor(model, el) {
    this.model = model;
    const row = element(el, "div", { class: "attention-row" });
    this.scheme = element(element(row, "label", {}, "code "), "select", { "aria-label": "code" });
    for (const name of ["sinusoidal", "rotary", "none"]) element(this.scheme, "option", { value: name }, name);
    this.scheme.onchange = () => this.tell("scheme", this.scheme.value);
    this.base = this.slider(row, "base", { min: 1, max: 20, step: 0.5 }, () => 2 ** Number(this.base.value));
    this.position = this.slider(row, "position", { min: 0, max: COUNT - 1, step: 1 }, () =>
      Number(this.position.value),
    );
    this.picture = element(el, "div", { class: "course-picture", role: "img", tabindex: 0 });
    const choose = ([x]) => this.tell("position", clamped(Math.floor((x * WIDE - FIRST) / STEP), 0, COUNT - 1));
    drag(this.picture, choose, choose);
    this.picture.onkeydown = (event) => this.onKey(event);
    this.words = readout(el, "course-text");
    this.problem = alarm(el);
  }

  slider(row, name, ends, value) {
    const slider = element(element(row, "label", {}, `${name} `), "input", {
      type: "range",
      "aria-label": name,
      ...ends,
    });
    slider.oninput = () => this.tell(name, value());
    return slider;
  }

  tell(trait, value) {
    if (this.model.get(trait) === value) return;
    this.model.set(trait, value);
    this.model.save_changes();
  }

  onKey(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    this.tell("position", clamped(this.model.get("position") + by, 0, COUNT - 1));
  }

  draw() {
    this.picture.innerHTML = this.model.get("picture");
    this.words.textContent = this.model.get("sentence");
    this.picture.setAttribute("aria-label", this.model.get("sentence"));
    this.scheme.value = this.model.get("scheme");
    this.position.value = this.model.get("position");
    this.base.value = Math.log2(this.model.get("base"));
    this.base.setAttribute("aria-valuetext", `base ${Math.round(this.model.get("base"))}`);
    complain(this.problem, this.model.get("error"));
  }
}

function render({ model, el }) {
  el.classList.add("course-widget", "course-attention");
  const codes = new Codes(model, el);
  const draw = () => codes.draw();
  const traits = ["picture", "sentence", "error", "scheme", "position", "base"];
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
