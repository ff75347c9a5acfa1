// The playground's right side: the picture of one neuron at its largest, both losses over the epochs, and the values.
const CURVES = "Training loss (solid) and test loss (dashed) over the epochs";

class Output {
  constructor(page, parent) {
    this.page = page;
    this.sheet = element(parent, "div", { class: "course-picture pg-sheet pg-right" });
    this.makePicture();
    this.rest = element(this.sheet, "div", { class: "pg-rest" });
    element(this.rest, "div", { class: "pg-key" }, "● class 1   ■ class 0   ○ □ test points");
    const ticks = element(this.rest, "div", { class: "pg-ticks" });
    this.showTest = this.makeTick(ticks, "test points", true);
    this.twoSides = this.makeTick(ticks, "two sides only", false);
    this.curves = element(this.rest, "canvas", { class: "pg-curves", role: "img", "aria-label": CURVES });
    this.values = element(element(this.rest, "table", { class: "pg-values" }), "tbody", { role: "status" });
  }

  makePicture() {
    this.box = element(this.sheet, "div");
    this.title = element(this.box, "h4");
    this.canvas = element(this.box, "canvas", { class: "pg-large", role: "img" });
    element(this.box, "div", { class: "pg-scale" });
    const ends = element(this.box, "div", { class: "pg-ends" });
    this.ends = Array.from({ length: 3 }, () => element(ends, "span"));
  }

  makeTick(parent, label, checked) {
    const row = element(parent, "label");
    const box = element(row, "input", { type: "checkbox", "aria-label": label });
    box.checked = checked;
    box.onchange = () => this.draw();
    row.append(label);
    return box;
  }

  // Take the room that there is.
  fit() {
    const size = clamped(this.sheet.clientWidth - 18, 200, 310);
    if (size === this.size) return;
    this.size = size;
    for (const part of [this.box, this.rest]) part.style.width = `${size}px`;
  }

  show() {
    const { curve, frame } = this.page.moment;
    drawCurves(this.curves, curve, this.size, 112);
    const row = (part, k) => {
      const right = oneDigit(100 * frame.accuracy[k]);
      return `<tr><td>${part}</td><td>loss ${signed(curve.at(k - 2), 3)}</td><td>${right} % right</td></tr>`;
    };
    this.values.innerHTML = row("━ training", 0) + row("╌ test", 1);
  }

  // While it plays, the values change too often to be read aloud.
  sayAloud(on) {
    this.values.setAttribute("aria-live", on ? "polite" : "off");
  }

  // The node that the mouse is on, or else the chosen one.
  draw() {
    const { moment, diagram } = this.page;
    const { grid, reach } = moment.fixed;
    const node = diagram.hover ?? diagram.chosen;
    const lut = this.twoSides.checked ? SIDES : moment.shadesOf(node);
    this.picture = enlarge(moment.bytesOf(node), grid, lut, this.picture);
    drawLarge(this.canvas, this.picture, moment.data, reach, this.showTest.checked, this.size);
    this.say(node);
  }

  // What the strongest colours stand for: for a neuron, values from a limit on; for a feature, its own strongest.
  endsOf({ layer }, strongest) {
    if (layer === 0) return [signed(-strongest, 1), "0", signed(strongest, 1)];
    const { hidden } = this.page.moment.fixed;
    return [`${signed(-hidden, 0)} or less`, "0", `${signed(hidden, 0)} or more`];
  }

  say(node) {
    const { moment } = this.page;
    const name = moment.nodeName(node);
    const isOutput = moment.isOutput(node);
    const [low, high] = moment.rangeOf(node);
    const words = isOutput ? ["0", "½", "1 (sure)"] : this.endsOf(node, Math.max(1, Math.abs(low), Math.abs(high)));
    for (const [k, end] of this.ends.entries()) end.textContent = words[k];
    const [least, most] = [low, high].map((value) => signed(isOutput ? 1 / (1 + Math.exp(-value)) : value));
    this.title.textContent = name;
    this.canvas.setAttribute("aria-label", `${name}: values from ${least} to ${most} over the plane, with the points`);
  }
}
