// A computation graph to step through. Python reads the formula, computes and draws: each part of the drawing comes
// with the steps at which it is seen. This side chooses the parts of a step, so that stepping needs no kernel.
const FONT = 'font-family="system-ui, Helvetica, Arial, sans-serif" font-size="14"';

class Stepper {
  constructor(model, el) {
    this.model = model;
    this.makeInputs(element(el, "div", { class: "graph-row" }));
    this.makeSteps(element(el, "div", { class: "graph-row" }));
    this.picture = element(el, "div", { class: "course-picture", role: "img" });
    this.picture.onclick = ({ target }) => this.goTo(target.closest("[data-forward]"));
    this.words = readout(el, "course-text");
    this.problem = alarm(el);
  }

  makeInputs(row) {
    const label = element(row, "label", {}, "formula");
    const attributes = { type: "text", spellcheck: "false", autocomplete: "off", "aria-label": "formula" };
    this.formula = element(label, "input", attributes);
    this.formula.onchange = () => this.tell("expression", this.formula.value);
    this.numbers = element(row, "div", { class: "graph-row" });
  }

  makeSteps(row) {
    this.back = button(row, "◀ back", () => this.move(-1));
    this.slider = element(row, "input", { type: "range", min: 0, step: 1, "aria-label": "step" });
    this.slider.oninput = () => this.go(Number(this.slider.value));
    this.forth = button(row, "step ▶", () => this.move(1));
    this.count = element(row, "span");
  }

  tell(trait, value) {
    this.model.set(trait, value);
    this.model.save_changes();
  }

  go(step) {
    const inside = clamped(Math.round(step), 0, this.model.get("last"));
    if (Number.isFinite(inside) && inside !== this.model.get("step")) this.tell("step", inside);
  }

  move(by) {
    this.go(this.model.get("step") + by);
  }

  // To where a box computes; in the second half of the steps, to where it hands its gradient on.
  goTo(box) {
    const isBackward = this.model.get("step") > this.model.get("last") / 2;
    if (box) this.go(Number(isBackward ? box.dataset.backward : box.dataset.forward));
  }

  onKey({ key, target }) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (by && target.tagName === "BUTTON") this.move(by);
  }

  draw() {
    const [step, last] = [this.model.get("step"), this.model.get("last")];
    this.drawPicture(step);
    this.words.textContent = this.model.get("sentences")[step] ?? "";
    const what = `The computation graph of ${this.model.get("expression")}.`;
    this.picture.setAttribute("aria-label", `${what} ${this.words.textContent}`);
    this.slider.max = last;
    this.slider.value = step;
    this.slider.setAttribute("aria-valuetext", `step ${step} of ${last}`);
    this.count.textContent = `${step} of ${last}`;
    this.back.disabled = step <= 0;
    this.forth.disabled = step >= last;
    complain(this.problem, this.model.get("error"));
  }

  drawPicture(step) {
    const [width, height] = this.model.get("size");
    const seen = this.model.get("parts").filter(([from, to]) => from <= step && step < to);
    const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
    const parts = seen.map(([, , part]) => part).join("");
    this.picture.innerHTML = `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${FONT}>${parts}</svg>`;
  }

  drawFormula() {
    this.formula.value = this.model.get("expression");
    this.draw();
  }

  // A box for each name; those that are there already are kept, because one of them may have the focus.
  drawNumbers() {
    const values = this.model.get("values");
    const names = Object.keys(values);
    if (
      names.join() !==
      this.boxes()
        .map((box) => box.dataset.name)
        .join()
    ) {
      this.numbers.replaceChildren();
      for (const name of names) this.makeNumber(name);
    }
    for (const box of this.boxes()) {
      const value = values[box.dataset.name];
      if (box !== document.activeElement && Number.isFinite(value)) box.value = value;
    }
  }

  boxes() {
    return [...this.numbers.querySelectorAll("input")];
  }

  makeNumber(name) {
    const attributes = { type: "number", step: 0.1, "data-name": name, "aria-label": `value of ${name}` };
    const box = element(element(this.numbers, "label", {}, name), "input", attributes);
    // While something is being typed, a lone minus sign is no number yet: it waits for "change".
    box.oninput = () => box.value !== "" && this.send(name, box.value);
    box.onchange = () => this.send(name, box.value);
  }

  send(name, text) {
    const values = this.model.get("values");
    const value = text === "" ? "" : Number(text);
    if (values[name] !== value) this.tell("values", { ...values, [name]: value });
  }
}

function render({ model, el }) {
  el.classList.add("course-widget", "course-graph");
  const stepper = new Stepper(model, el);
  const draw = () => stepper.draw();
  const onKey = (event) => stepper.onKey(event);
  el.addEventListener("keydown", onKey);
  const begin = () => {
    stepper.drawNumbers();
    stepper.drawFormula();
  };
  const handlers = {
    "change:expression": () => stepper.drawFormula(),
    "change:values": () => stepper.drawNumbers(),
    ...onChanges(["step", "parts", "sentences", "error"], draw),
  };
  return enliven(model, el, begin, handlers, () => el.removeEventListener("keydown", onKey));
}

export default { render };
