// The unfolded row of the widget Attention: q, k, and q × k element by element, then their sum, scaled, masked, and as
// a weight. Each is a box to type in, or to drag up and down. What is wished for besides q and k, Python brings about.
const RESULTS = ["sum", "scaled", "softmax"];

// As many digits as a box has room for.
const fitting = (value) => value.toFixed([99.995, 999.95].filter((end) => Math.abs(value) < end).length);

class Fold {
  constructor(looker, node) {
    this.looker = looker;
    this.node = node;
  }

  draw() {
    const place = this.looker.get("fold");
    const { q, k } = this.rows();
    this.node.hidden = !place.length || !q || !k;
    if (this.node.hidden) return;
    ["left", "top", "width", "height"].forEach((side, i) => {
      this.node.style.setProperty(`--${side}`, `${100 * place[i]}%`);
    });
    if (this.width !== q.length) this.make(q.length);
    const products = q.map((value, i) => value * k[i]);
    for (const [i, value] of [...q, ...k, ...products].entries()) this.write(this.cells[i], value);
    for (const [i, value] of products.entries()) this.shade(this.cells[2 * q.length + i], value);
    this.drawResults();
    const [asks, answers] = [this.word("word"), this.word("key")];
    this.node.setAttribute("aria-label", `how “${asks}” looks at “${answers}”`);
    this.names[0].title = `what “${asks}” asks for`;
    this.names[1].title = `what “${answers}” answers to`;
  }

  word(name) {
    return this.looker.get("words")[this.looker.get(name)];
  }

  rows() {
    const [head, word, key] = ["head", "word", "key"].map((name) => this.looker.get(name));
    return { q: this.looker.get("q")[head]?.[word], k: this.looker.get("k")[head]?.[key] };
  }

  // What is being typed stays as it is, until Enter says that it is all.
  write(cell, value) {
    if (cell !== document.activeElement || [this.dragged, this.finished].includes(cell)) cell.value = fitting(value);
  }

  shade(cell, product) {
    const share = Math.round(clamped(Math.abs(product) / 2) * 100);
    const colour = product < 0 ? NEGATIVE_SHADE : POSITIVE_SHADE;
    cell.style.background = `color-mix(in srgb, ${colour} ${share}%, ${PAPER})`;
  }

  // As far as the stage is.
  drawResults() {
    const [sum, scaled, masked, weight] = this.looker.get("sums");
    const stage = this.looker.get("stage");
    for (const [i, value] of [sum, scaled, weight].entries()) this.write(this.results[i], value);
    this.steps.forEach((step, at) => {
      step.hidden = at > stage;
    });
    this.mask.textContent = masked === null ? "masked: −∞" : "not masked";
  }

  make(width) {
    this.node.replaceChildren();
    [this.width, this.cells, this.names] = [width, [], []];
    for (const [what, name] of Object.entries({ q: "q", k: "k", product: "q × k" })) {
      const row = element(this.node, "div", { class: "attention-numbers" });
      this.names.push(element(row, "b", {}, name));
      for (let i = 0; i < width; i++) this.cells.push(this.box(row, what, i, `${name}, number ${i + 1}`));
    }
    this.makeResults(element(this.node, "div", { class: "attention-results" }), width);
  }

  makeResults(node, width) {
    const step = (text) => element(node, "label", {}, text);
    const [sum, scaled, mask, softmax] = ["sum", `÷ √${width}`, "", "softmax"].map(step);
    this.steps = [sum, scaled, mask, softmax];
    this.mask = mask;
    this.results = [sum, scaled, softmax].map((label, i) => this.box(label, RESULTS[i], 0, RESULTS[i]));
  }

  box(parent, what, at, label) {
    const step = what === "softmax" ? 0.05 : 0.1;
    const box = element(parent, "input", { type: "number", step, "aria-label": label });
    box.oninput = () => {
      this.finished = null;
      if (box.value !== "") this.wish(what, Number(box.value), at);
    };
    box.onkeydown = ({ key }) => key === "Enter" && this.finish(box);
    box.onblur = () => this.draw();
    // Who scrolls the page over it means the page.
    box.onwheel = () => box.blur();
    this.makeDraggable(box, what, at, step / 10);
    return box;
  }

  finish(box) {
    this.finished = box;
    this.draw();
  }

  // Up and down changes the number, ten times finer than the arrow keys; a click alone only puts the cursor there.
  makeDraggable(box, what, at, step) {
    box.onpointerdown = ({ clientY: y }) => {
      const value = Number(box.value);
      this.held = true;
      const move = (event) => {
        const by = y - event.clientY;
        if (!(event.buttons & 1) || (this.dragged !== box && Math.abs(by) < 4)) return;
        event.preventDefault();
        this.dragged = box;
        this.wish(what, Number((value + step * by).toFixed(3)), at);
      };
      this.follow(move, () => {
        this.held = this.dragged = null;
      });
    };
  }

  // The pointer, wherever on the page it goes, until it is let go.
  follow(move, end) {
    const until = new AbortController();
    const stop = () => {
      until.abort();
      end();
    };
    document.addEventListener("pointermove", move, { signal: until.signal });
    for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, stop, { signal: until.signal });
  }

  wish(what, value, at) {
    const looker = this.looker;
    if (what !== "q" && what !== "k") {
      return looker.wish({ what, value: what === "softmax" ? clamped(value, 0.001, 0.999) : value, at });
    }
    const numbers = structuredClone(looker.get(what));
    numbers[looker.get("head")][looker.get(what === "q" ? "word" : "key")][at] = value;
    looker.tell({ [what]: numbers });
  }
}
