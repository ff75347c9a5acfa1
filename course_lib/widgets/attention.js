// A sentence whose words look at each other. Python reads, computes and draws; this side points, types and presses.
const NAMES = ["scores", "scale", "mask", "softmax"];

class Looker {
  constructor(model, el) {
    this.model = model;
    this.pinned = false;
    this.makeText(element(el, "div", { class: "attention-row" }));
    // What is refused is said where it was typed.
    this.problem = alarm(el);
    this.makeStages(element(el, "div", { class: "attention-row" }));
    this.heads = element(el, "div", { class: "attention-row", role: "group", "aria-label": "heads" });
    const pictures = element(el, "div", { class: "attention-pictures" });
    this.frame = element(pictures, "div", { class: "attention-frame" });
    this.picture = this.makePicture(this.frame, { tabindex: 0, "aria-roledescription": "arrow keys choose words" });
    this.grid = this.makePicture(pictures, { "aria-label": "the numbers of one head" });
    this.fold = new Fold(this, element(this.frame, "div", { class: "attention-fold", role: "group" }));
    this.words = readout(el, "course-text");
  }

  get(name) {
    return this.model.get(name);
  }

  tell(changes) {
    for (const [trait, value] of Object.entries(changes)) this.model.set(trait, value);
    this.model.save_changes();
  }

  // What Python is to bring about: numbered, because the same wish once more would be no change.
  wish(what) {
    this.tell({ wish: { ...what, turn: (this.get("wish").turn ?? 0) + 1 } });
  }

  makePicture(parent, attributes) {
    const picture = element(parent, "div", { class: "course-picture", role: "img", ...attributes });
    picture.onpointerover = ({ target, buttons }) => {
      // Who drags a number on across the words means the number.
      const looks = buttons > 0 ? !this.fold.held : !this.pinned;
      if (looks) this.point(target, buttons > 0);
    };
    picture.onpointerdown = ({ target }) => this.press(target);
    picture.onkeydown = (event) => this.onKey(event);
    return picture;
  }

  makeText(row) {
    const label = element(row, "label", {}, "sentence");
    const attributes = { type: "text", spellcheck: "false", autocomplete: "off", "aria-label": "sentence" };
    this.text = element(label, "input", attributes);
    this.text.onchange = () => this.tell({ text: this.text.value });
    button(row, "as trained", () => this.wish({ what: "trained" }), { title: "q and k as the network computes them" });
  }

  makeStages(row) {
    const press = (stage) => () => this.tell({ stage });
    this.stages = NAMES.map((name, stage) => button(row, `${stage + 1} ${name}`, press(stage)));
    button(row, "next ▶", () => this.tell({ stage: (this.get("stage") + 1) % NAMES.length }));
    const label = element(row, "label", {});
    this.causal = element(label, "input", { type: "checkbox" });
    label.append(" causal");
    this.causal.onchange = () => this.tell({ causal: this.causal.checked });
  }

  // Hovering chooses who looks, while none is pinned; pressed, a number of the map chooses who is looked at, too.
  point(target, pressed) {
    const { word, key } = target.dataset ?? {};
    const changes = {};
    if (word !== undefined && (pressed || key === undefined)) changes.word = Number(word);
    if (key !== undefined && word !== undefined && pressed) changes.key = Number(key);
    if (Object.entries(changes).some(([name, value]) => this.get(name) !== value)) this.tell(changes);
  }

  // A click pins a word on the left, and a second one frees it. A word on the right unfolds its row, or folds it.
  press(target) {
    const { word, key } = target.dataset ?? {};
    if (word !== undefined) this.pin(key !== undefined || !this.pinned || this.get("word") !== Number(word));
    if (key === undefined || word !== undefined) return this.point(target, true);
    const folds = this.get("unfolded") && this.get("key") === Number(key);
    this.tell({ key: Number(key), unfolded: !folds });
  }

  pin(pinned) {
    this.pinned = pinned;
    this.frame.classList.toggle("attention-pinned", pinned);
  }

  onKey(event) {
    const { ArrowUp: up, ArrowDown: down, ArrowLeft: left, ArrowRight: right, Enter: enter } = { [event.key]: true };
    if (!(up || down || left || right || enter) || event.shiftKey) return;
    event.preventDefault();
    if (enter) return this.tell({ unfolded: !this.get("unfolded") });
    const name = up || down ? "word" : "key";
    if (name === "word") this.pin(true);
    const last = this.get("words").length - 1;
    this.tell({ [name]: clamped(this.get(name) + (down || right ? 1 : -1), 0, last) });
  }

  // Two buttons for each head: one chooses its map, and pressed again puts its lines off or on; one shows it alone.
  drawHeads() {
    const shown = this.get("shown");
    if (this.heads.children.length !== shown.length) {
      this.heads.replaceChildren();
      for (const head of shown.keys()) this.makeHead(head);
    }
    const alone = shown.filter(Boolean).length === 1;
    shown.forEach((on, head) => {
      const chip = this.heads.children[head];
      chip.classList.toggle("attention-chosen", head === this.get("head"));
      chip.children[0].setAttribute("aria-pressed", on);
      chip.children[1].setAttribute("aria-pressed", on && alone);
    });
  }

  makeHead(head) {
    const colours = this.get("colours");
    const chip = element(this.heads, "span", { class: "attention-head" });
    chip.style.borderColor = colours[head % colours.length];
    button(chip, `head ${head + 1}`, () => {
      const shown = [...this.get("shown")];
      shown[head] = head !== this.get("head") || !shown[head];
      this.tell({ shown, head });
    }).title = "its map; pressed again, its lines off or on";
    button(chip, "solo", () => this.solo(head), { "aria-label": `head ${head + 1} alone, or all heads again` });
  }

  // It alone; pressed once more, all are back.
  solo(head) {
    const shown = this.get("shown").map((_, other) => other === head);
    const already = shown.every((on, other) => on === this.get("shown")[other]);
    this.tell({ shown: already ? shown.map(() => true) : shown, head });
  }

  draw() {
    this.picture.innerHTML = this.get("picture");
    this.grid.innerHTML = this.get("grid");
    this.picture.setAttribute("aria-label", this.get("sentence"));
    this.words.textContent = this.get("sentence");
    for (const [stage, one] of this.stages.entries()) one.setAttribute("aria-pressed", stage === this.get("stage"));
    this.causal.checked = this.get("causal");
    if (this.text !== document.activeElement) this.text.value = this.get("text");
    this.drawHeads();
    this.fold.draw();
    complain(this.problem, this.get("error"));
  }
}

function render({ model, el }) {
  el.classList.add("course-widget", "course-attention");
  const looker = new Looker(model, el);
  const draw = () => looker.draw();
  // Once for all that changes together.
  return enliven(model, el, draw, { change: draw });
}

export default { render };
