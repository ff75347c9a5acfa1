// A kernel over a picture. Python convolves; this side draws, and takes what a hand does.
const NUMBERS = { strides: "stride", dilation_rate: "dilation" };

class KernelView {
  constructor(model, el) {
    Object.assign(this, { model, teller: new Teller(model) });
    this.makeSettings(element(el, "div", { class: "grid-row" }));
    const row = element(el, "div", { class: "course-picture grid-row grid-pictures" });
    this.picture = new Grid(row, "picture: press to paint", 220, {
      onPlace: (place, pressed) => this.overPicture(place, pressed),
      onPress: (place) => this.begin(place),
      cursor: true,
    });
    this.middle = element(row, "div", { class: "grid-middle" });
    const weights = element(this.middle, "div");
    element(weights, "div", {}, "kernel: change it");
    this.weights = element(weights, "div", { class: "grid-weights" });
    this.formula = element(this.middle, "div", { class: "grid-products" });
    this.map = new Grid(row, "map: point at it", 220, { onPlace: (place) => this.teller.tell("place", place) });
    this.words = readout(el, "course-text");
    this.problem = alarm(el);
    this.ink = null;
  }

  makeSettings(row) {
    this.choices = [
      this.makeChoice(row, "picture", "pictures", "image"),
      this.makeChoice(row, "kernel", "presets", "kernel"),
    ];
    this.size = this.makeNumber(row, "size", (value) => this.resize(value));
    this.numbers = Object.entries(NUMBERS).map(([name, words]) => [
      name,
      this.makeNumber(row, words, (value) => this.change({ [name]: value })),
    ]);
    const padding = element(row, "label", {}, "padding");
    this.padding = element(padding, "select", { "aria-label": "padding" });
    for (const name of ["valid", "same"]) element(this.padding, "option", { value: name }, name);
    this.padding.onchange = () => this.change({ padding: this.padding.value });
  }

  // A list to choose from: what a trait holds by name becomes the value of another. It shows the name of what is held,
  // and nothing's once that has been changed by hand: then it can be chosen again. Gives what shows the name.
  makeChoice(row, words, offered, trait) {
    const box = element(element(row, "label", {}, words), "select", { "aria-label": words });
    for (const name of ["choose one …", ...Object.keys(this.model.get(offered))])
      element(box, "option", { value: name }, name);
    box.onchange = () => {
      const chosen = this.model.get(offered)[box.value];
      if (chosen) this.teller.tell(trait, chosen);
    };
    const names = new Map(
      Object.entries(this.model.get(offered)).map(([name, value]) => [JSON.stringify(value), name]),
    );
    return () => {
      box.value = names.get(JSON.stringify(this.model.get(trait))) ?? "choose one …";
    };
  }

  makeNumber(row, words, changed) {
    const box = element(element(row, "label", {}, words), "input", {
      type: "number",
      min: 1,
      max: 9,
      "aria-label": words,
    });
    box.onchange = () => changed(Number(box.value));
    return box;
  }

  change(settings) {
    this.teller.tell("settings", { ...this.model.get("settings"), ...settings });
  }

  // The old weights stay in the middle of the new kernel, and all of them if there can be no such kernel.
  resize(size) {
    const possible = Number.isInteger(size) && size >= 1 && size <= 9;
    complain(this.problem, possible ? this.model.get("error") : "the size must be a whole number from 1 to 9");
    if (!possible) return;
    const old = this.model.get("kernel");
    const shift = Math.floor((old.length - size) / 2);
    const all = Array.from({ length: size }, (_, k) => k);
    this.teller.tell(
      "kernel",
      all.map((i) => all.map((j) => old[i + shift]?.[j + shift] ?? 0)),
    );
  }

  // Of a place in the padded picture, that in the picture itself.
  inside([row, column]) {
    const [image, padded] = [this.model.get("image"), this.model.get("padded")];
    const [top, left] = this.before(image, padded);
    const place = [row - top, column - left];
    return image[place[0]]?.[place[1]] === undefined ? null : place;
  }

  before(image, padded) {
    return [padded.length - image.length, padded[0].length - image[0].length].map((extra) => Math.floor(extra / 2));
  }

  begin(place) {
    const at = this.inside(place);
    if (!at) return;
    this.ink = this.model.get("image")[at[0]][at[1]] > 0.5 ? 0 : 1;
    this.paint(at);
  }

  overPicture(place, pressed) {
    this.picture.marked = place;
    const at = this.inside(place);
    if (pressed && at && this.ink !== null) this.paint(at);
    this.drawPicture();
  }

  paint([row, column]) {
    const image = this.model.get("image").map((line) => [...line]);
    if (image[row][column] === this.ink) return;
    image[row][column] = this.ink;
    this.teller.tell("image", image);
  }

  drawPicture() {
    const [image, padded] = [this.model.get("image"), this.model.get("padded")];
    const rate = this.model.get("settings").dilation_rate;
    const reach = rate * (this.model.get("products").length - 1) + 1;
    const lines = [image.length, image[0].length];
    const inner =
      `${lines}` === `${[padded.length, padded[0].length]}` ? null : [...this.before(image, padded), ...lines];
    const frame = [...this.model.get("corner"), reach, reach];
    this.picture.draw(padded, { most: 1, chalk: true, frame, rate, inner });
  }

  draw() {
    this.drawPicture();
    const y = this.model.get("y");
    this.map.marked = this.model.get("place");
    this.map.draw(y, { signed: true, frame: [...this.model.get("place"), 1, 1] });
    this.drawWeights(this.model.get("kernel"));
    const settings = this.model.get("settings");
    for (const [name, box] of this.numbers) box.value = settings[name];
    this.padding.value = settings.padding;
    for (const show of this.choices) show();
    this.words.textContent = this.model.get("sentence");
    complain(this.problem, this.model.get("error"));
  }

  drawWeights(kernel) {
    const n = kernel.length;
    this.size.value = n;
    if (this.weights.children.length !== n * n) this.makeWeights(n);
    // A large one goes under the picture and its map, which stay side by side.
    this.middle.classList.toggle("grid-wide", n > 4);
    const boxes = [...this.weights.children];
    const products = this.model.get("products").flat();
    for (const [k, box] of boxes.entries()) {
      if (box !== document.activeElement) box.value = kernel.flat()[k];
      box.style.background = colourOf(kernel.flat()[k] / 2, largest(kernel), { signed: true });
      box.title = `product ${products[k] ?? ""}`;
    }
    this.formula.replaceChildren();
    element(this.formula, "div", {}, "products here");
    const table = element(this.formula, "div", { class: "grid-weights" });
    table.style.gridTemplateColumns = `repeat(${this.model.get("products").length}, 1fr)`;
    for (const value of products) element(table, "span", {}, value.toFixed(2).replace("-", "−"));
  }

  makeWeights(n) {
    this.weights.replaceChildren();
    this.weights.style.gridTemplateColumns = `repeat(${n}, 1fr)`;
    for (let k = 0; k < n * n; k++) {
      const name = `weight in row ${Math.floor(k / n) + 1}, column ${(k % n) + 1}`;
      const box = element(this.weights, "input", { type: "number", step: 0.5, "aria-label": name });
      box.onchange = () => {
        if (box.value) this.setWeight(k, Number(box.value));
        else box.value = this.model.get("kernel").flat()[k];
      };
    }
  }

  setWeight(k, value) {
    const kernel = this.model.get("kernel").map((row) => [...row]);
    kernel[Math.floor(k / kernel.length)][k % kernel.length] = value;
    this.teller.tell("kernel", kernel);
  }
}

function render({ model, el }) {
  el.classList.add("course-widget", "course-kernel");
  const view = new KernelView(model, el);
  const draw = () => view.draw();
  const events = ["padded", "kernel", "settings", "y", "place", "sentence", "error"];
  return enliven(model, el, draw, onChanges(events, draw), () => clearTimeout(view.teller.timer));
}

export default { render };
