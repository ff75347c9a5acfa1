// A sentence whose words look at each other. Python reads, computes and draws; this side points, types and presses.
const NAMES = ["scores", "scale", "mask", "softmax"];

class Looker {
  constructor(model, el) {
    this.model = model;
    this.makeText(element(el, "div", { class: "attention-row" }));
    this.makeStages(element(el, "div", { class: "attention-row" }));
    this.heads = element(el, "div", { class: "attention-row", role: "group", "aria-label": "heads" });
    this.picture = element(el, "div", { class: "course-picture", role: "img", tabindex: 0 });
    this.picture.onpointerover = ({ target, buttons }) => this.point(target, buttons > 0);
    this.picture.onpointerdown = ({ target }) => this.point(target, true);
    this.picture.onkeydown = (event) => this.onKey(event);
    this.table = element(el, "table", { class: "attention-sum" });
    this.words = readout(el, "course-text");
    this.problem = alarm(el);
  }

  get(name) {
    return this.model.get(name);
  }

  tell(changes) {
    for (const [trait, value] of Object.entries(changes)) this.model.set(trait, value);
    this.model.save_changes();
  }

  makeText(row) {
    const label = element(row, "label", {}, "sentence");
    const attributes = { type: "text", spellcheck: "false", autocomplete: "off", "aria-label": "sentence" };
    this.text = element(label, "input", attributes);
    this.text.onchange = () => this.tell({ text: this.text.value });
  }

  makeStages(row) {
    const press = (stage) => () => this.tell({ stage });
    this.stages = NAMES.map((name, stage) => button(row, `${stage + 1} ${name}`, press(stage)));
    const label = element(row, "label", {});
    this.causal = element(label, "input", { type: "checkbox" });
    label.append(" causal");
    this.causal.onchange = () => this.tell({ causal: this.causal.checked });
  }

  // Hovering chooses who looks; a click chooses who is looked at, too.
  point(target, pressed) {
    const { word, key } = target.dataset ?? {};
    const changes = {};
    if (word !== undefined && (pressed || key === undefined)) changes.word = Number(word);
    if (key !== undefined && pressed) changes.key = Number(key);
    if (Object.entries(changes).some(([name, value]) => this.get(name) !== value)) this.tell(changes);
  }

  onKey(event) {
    const { ArrowUp: up, ArrowDown: down, ArrowLeft: left, ArrowRight: right } = { [event.key]: true };
    if (!(up || down || left || right)) return;
    event.preventDefault();
    const name = up || down ? "word" : "key";
    const last = this.get("words").length - 1;
    this.tell({ [name]: clamped(this.get(name) + (down || right ? 1 : -1), 0, last) });
  }

  // Two buttons for each head: its lines on or off, and it alone.
  drawHeads() {
    const shown = this.get("shown");
    if (this.heads.children.length !== shown.length) {
      this.heads.replaceChildren();
      for (const head of shown.keys()) this.makeHead(head);
    }
    shown.forEach((on, head) => {
      const chip = this.heads.children[head];
      chip.classList.toggle("attention-chosen", head === this.get("head"));
      chip.children[0].setAttribute("aria-pressed", on);
    });
  }

  makeHead(head) {
    const colours = this.get("colours");
    const chip = element(this.heads, "span", { class: "attention-head" });
    chip.style.borderColor = colours[head % colours.length];
    button(chip, `head ${head + 1}`, () => {
      const shown = [...this.get("shown")];
      shown[head] = !shown[head];
      this.tell({ shown, head });
    });
    const alone = () => this.tell({ shown: this.get("shown").map((_, other) => other === head), head });
    button(chip, "solo", alone, { "aria-label": `head ${head + 1} alone` });
  }

  // Three rows: q, k, and q × k element by element, with what becomes of their sum beside them.
  drawTable() {
    const [head, word, key] = ["head", "word", "key"].map((name) => this.get(name));
    const [q, k] = [this.get("queries")[head]?.[word], this.get("keys")[head]?.[key]];
    if (!q || !k) return;
    if (this.cells?.length !== 2 * q.length) this.makeTable(q.length);
    const [asks, answers] = [this.get("words")[word], this.get("words")[key]];
    this.names[0].textContent = `q of ${asks}`;
    this.names[1].textContent = `k of ${answers}`;
    [...q, ...k].forEach((value, i) => {
      const cell = this.cells[i];
      cell.setAttribute(
        "aria-label",
        `${this.names[Math.floor(i / q.length)].textContent}, number ${(i % q.length) + 1}`,
      );
      if (cell !== document.activeElement) cell.value = Number(value.toFixed(2));
    });
    q.forEach((value, i) => {
      const product = value * k[i];
      this.products[i].textContent = product.toFixed(2).replace("-", "−");
      const colour = `${product < 0 ? NEGATIVE_SHADE : POSITIVE_SHADE}${shade(product)}`;
      this.products[i].style.background = `linear-gradient(${colour}, ${colour}), ${PAPER}`;
    });
    this.drawSums(q.length);
  }

  drawSums(width) {
    const sums = this.get("sums").map((sum) => (sum === null ? "−∞" : sum.toFixed(2).replace("-", "−")));
    const says = [`sum ${sums[0]}`, `÷ √${width} = ${sums[1]}`, `masked: ${sums[2]}`, `softmax: ${sums[3]}`];
    this.sums.forEach((cell, stage) => {
      cell.textContent = stage <= this.get("stage") ? says[stage] : "";
    });
  }

  makeTable(width) {
    this.table.replaceChildren();
    this.cells = [];
    this.names = [];
    this.sums = [];
    for (const which of ["queries", "keys"]) {
      const row = element(this.table, "tr");
      this.names.push(element(row, "th", { scope: "row" }));
      for (let i = 0; i < width; i++) this.makeNumber(element(row, "td"), which, i);
      this.sums.push(
        element(row, "td", { class: "attention-result" }),
        element(row, "td", { class: "attention-result" }),
      );
    }
    const last = element(this.table, "tr");
    element(last, "th", { scope: "row" }, "q × k");
    this.products = Array.from({ length: width }, () => element(last, "td"));
  }

  makeNumber(cell, which, i) {
    const box = element(cell, "input", { type: "number", step: 0.1 });
    box.oninput = () => box.value !== "" && this.edit(which, i, Number(box.value));
    this.cells.push(box);
  }

  edit(which, i, value) {
    const numbers = structuredClone(this.get(which));
    numbers[this.get("head")][this.get(which === "queries" ? "word" : "key")][i] = value;
    this.tell({ [which]: numbers });
  }

  draw() {
    this.picture.innerHTML = this.get("picture");
    this.picture.setAttribute("aria-label", this.get("sentence"));
    this.words.textContent = this.get("sentence");
    for (const [stage, one] of this.stages.entries()) one.setAttribute("aria-pressed", stage === this.get("stage"));
    this.causal.checked = this.get("causal");
    if (this.text !== document.activeElement) this.text.value = this.get("text");
    this.drawHeads();
    this.drawTable();
    complain(this.problem, this.get("error"));
  }
}

const shade = (product) =>
  Math.round(clamped(Math.abs(product) / 2) * 255)
    .toString(16)
    .padStart(2, "0");

function render({ model, el }) {
  el.classList.add("course-widget", "course-attention");
  const looker = new Looker(model, el);
  const draw = () => looker.draw();
  const traits = ["picture", "sentence", "error", "stage", "causal", "shown", "head", "text", "sums"];
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
