// Cards to leaf through, each with a diagram and words: kinds of layers, kinds of networks. A part of a diagram that
// has data-part can be clicked, and then says what it does.
class Cards {
  constructor(model, el) {
    this.model = model;
    const row = element(el, "div", { class: "card-names", role: "group", "aria-label": "choose" });
    this.names = model.get("names").map((name, k) => button(row, name, () => this.tell("chosen", k)));
    this.controls = element(el, "div", { class: "grid-row" });
    this.picture = element(el, "div", { class: "course-picture", role: "img", tabindex: 0 });
    this.picture.title = "Press on a part, or choose one with the arrow keys.";
    this.picture.onclick = ({ target }) => {
      const part = target.closest("[data-part]");
      if (part) this.tell("part", Number(part.dataset.part));
    };
    this.said = readout(el, "card-said");
    this.words = element(el, "div", { class: "course-text" });
    this.problem = alarm(el);
  }

  tell(trait, value) {
    this.model.set(trait, value);
    this.model.save_changes();
  }

  onKey(event) {
    const { key, target } = event;
    const by = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!by) return;
    if (target === this.picture) {
      event.preventDefault();
      const last = this.picture.querySelectorAll("[data-part]").length - 1;
      this.tell("part", clamped(this.model.get("part") + by, 0, last));
    }
    if (!this.names.includes(target)) return;
    const next = clamped(this.names.indexOf(target) + by, 0, this.names.length - 1);
    this.names[next].focus();
    this.tell("chosen", next);
  }

  draw() {
    const chosen = this.model.get("chosen");
    for (const [k, name] of this.names.entries()) name.setAttribute("aria-pressed", k === chosen);
    this.picture.innerHTML = this.model.get("drawing");
    this.picture.setAttribute("aria-label", this.model.get("summary"));
    this.picture.querySelector(`[data-part="${this.model.get("part")}"]`)?.classList.add("card-part");
    this.said.textContent = this.model.get("said");
    this.words.innerHTML = this.model.get("words");
    this.drawControls();
    complain(this.problem, this.model.get("error"));
  }

  drawControls() {
    const settings = this.model.get("settings");
    const names = Object.keys(settings);
    // Where some cards have sizes, the others leave their room: nothing jumps.
    if (names.length) this.controls.parentNode.classList.add("card-sizes");
    if (names.join() !== [...this.controls.querySelectorAll("input")].map((box) => box.name).join()) {
      this.controls.replaceChildren();
      for (const name of names) this.makeControl(name);
    }
    for (const box of this.controls.querySelectorAll("input"))
      if (box !== document.activeElement) box.value = settings[box.name];
  }

  makeControl(name) {
    const attributes = { type: "number", min: 1, step: 1, name, "aria-label": name };
    const box = element(element(this.controls, "label", {}, name), "input", attributes);
    box.onchange = () => this.tell("settings", { ...this.model.get("settings"), [name]: Number(box.value) });
  }
}

function render({ model, el }) {
  el.classList.add("course-widget", "course-cards");
  const cards = new Cards(model, el);
  const draw = () => cards.draw();
  const onKey = (event) => cards.onKey(event);
  el.addEventListener("keydown", onKey);
  const events = ["chosen", "part", "drawing", "said", "words", "settings", "error"];
  return enliven(model, el, draw, onChanges(events, draw), () => el.removeEventListener("keydown", onKey));
}

export default { render };
