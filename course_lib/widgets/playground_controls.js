// The playground's settings: lists, sliders and buttons that send what is chosen and show what Python holds.
const RATES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
const PENALTIES = [0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];
const BATCHES = [1, 2, 4, 8, 16, 32, 64, 128, 1000];

const spaced = (name) => name.replaceAll("_", " ");
const oneDigit = (value) => value.toFixed(1);
const percent = (share) => `${Math.round(100 * share)} %`;
const isFocused = (node) => document.activeElement === node;

// What is no number is sent as it was typed: Python has the sentence for it.
function typed(text) {
  const number = +text.replace("−", "-");
  return text.trim() && Number.isFinite(number) ? number : text;
}

class Controls {
  // page: whom to tell, by page.set(name, value)
  constructor(page) {
    Object.assign(this, { page, fixed: page.fixed, showers: [] });
  }

  // Show these settings, {name: value}.
  show(now) {
    for (const show of this.showers) show(now);
  }

  fillBar(bar) {
    const { optimizer, activation, initializer } = this.fixed.choices;
    this.addList(bar, "learning_rate", "Learning rate", RATES);
    this.addList(bar, "optimizer", "Optimizer", optimizer);
    this.addList(bar, "activation", "Activation", activation, spaced);
    this.addList(bar, "initializer", "Initialization", initializer, spaced);
    this.addList(bar, "l1", "L1 penalty", PENALTIES);
    this.addList(bar, "l2", "L2 penalty", PENALTIES);
  }

  fillSide(side) {
    element(side, "h4", {}, "Data");
    const sets = element(side, "div", { class: "pg-sets", role: "radiogroup", "aria-label": "Data set" });
    for (const data of this.fixed.choices.data) this.addSet(sets, data);
    this.addSlider(side, "noise", "Noise", 0.1, oneDigit);
    this.addSlider(side, "points", "Points", 20, String);
    this.addSlider(side, "train_share", "For training", 0.1, percent);
    this.addList(side, "batch_size", "Batch size", BATCHES, (size) => (size === 1000 ? "all" : String(size)));
    this.addSlider(side, "dropout", "Dropout", 0.1, oneDigit);
    this.addSeed(side);
  }

  addList(parent, name, label, options, say = String) {
    const box = element(element(parent, "label", {}, label), "select", { "aria-label": label });
    const option = (value) => new Option(say(value), JSON.stringify(value));
    const fill = (values) => box.replaceChildren(...values.map(option));
    fill(options);
    box.onchange = () => this.page.set(name, JSON.parse(box.value));
    this.showers.push((now) => {
      const value = JSON.stringify(now[name]);
      // A value that is not in the list joins it.
      const isThere = [...box.options].some((option) => option.value === value);
      if (!isThere) fill([...options, now[name]].sort((a, b) => a - b));
      if (box.value !== value) box.value = value;
    });
  }

  addSlider(parent, name, label, step, say) {
    const [min, max] = this.fixed.limits[name];
    const row = element(parent, "label", {}, label);
    const value = element(row, "b");
    const box = element(row, "input", { type: "range", min, max, step, "aria-label": label });
    const tell = (number) => {
      value.textContent = ` ${say(number)}`;
      box.setAttribute("aria-valuetext", say(number));
    };
    box.oninput = () => tell(+box.value);
    box.onchange = () => this.page.set(name, +box.value);
    this.showers.push((now) => {
      if (isFocused(box) && +box.value === now[name]) return;
      box.value = now[name];
      tell(now[name]);
    });
  }

  addSet(parent, data) {
    const choose = button(parent, "", () => this.page.set("data", data), { role: "radio" });
    const sample = element(choose, "canvas", { role: "img", "aria-label": `Points of the data set ${data}` });
    drawSample(sample, numbers(this.fixed.samples[data]), this.fixed.reach, 42);
    element(choose, "span", {}, data);
    this.showers.push((now) => choose.setAttribute("aria-checked", now.data === data));
  }

  addSeed(parent) {
    const attributes = { type: "text", inputmode: "numeric", "aria-label": "Seed of all random numbers" };
    const box = element(element(parent, "label", {}, "Seed"), "input", attributes);
    box.onchange = () => this.page.set("seed", typed(box.value));
    this.showers.push((now) => {
      if (!isFocused(box)) box.value = now.seed;
    });
  }
}
