// A box of one line cannot hold the end of a line: the browser would drop it, and so lose it from the text.
const SIGNS = { "\n": "⏎", "\t": "⇥" };
const toField = (value) => String(value).replace(/[\n\t]/g, (end) => SIGNS[end]);
const fromField = (shown) => shown.replaceAll("⏎", "\n").replaceAll("⇥", "\t");

// A picture that Python draws, with boxes and sliders above it. What is typed, moved or pointed at goes to Python as
// one state; what Python answers, a drawing and a sentence, is shown.
class Live {
  constructor(model, el) {
    this.model = model;
    this.el = el;
    this.fields = {};
    this.pinned = "";
    this.row = element(el, "div", { class: "live-row" });
    for (const spec of model.get("controls")) this.make(spec);
    this.problem = alarm(el);
    this.picture = element(el, "div", { class: "course-picture", role: "group" });
    this.words = readout(el, "course-text");
    this.picture.onclick = ({ target }) => this.choose(target.closest("[data-cell]"), true);
    this.picture.onpointerover = ({ target }) => this.choose(target.closest("[data-cell]"), false);
    this.picture.onkeydown = (event) => this.onPictureKey(event);
  }

  // A control, by its kind: a text, a slider, a list to choose from, or a button.
  make({ kind, name, label, ...rest }) {
    if (kind === "button") {
      this.fields[name] = button(this.row, label, () => this.press(name));
      return;
    }
    const holder = element(this.row, "label", { class: `live-${kind}` }, label);
    const attributes = { "aria-label": label, spellcheck: "false", autocomplete: "off" };
    const field = element(holder, kind === "list" ? "select" : "input", attributes);
    if (kind === "slide") Object.assign(field, { type: "range", ...rest });
    if (kind === "text") Object.assign(field, { type: "text", maxLength: rest.most });
    for (const option of rest.options ?? []) element(field, "option", { value: option }, option);
    if (kind === "slide") this.fields[`${name} shown`] = element(holder, "output");
    const read = { slide: Number, text: fromField, list: String }[kind];
    field.oninput = () => this.send({ [name]: read(field.value) });
    this.fields[name] = field;
  }

  send(change) {
    this.model.set("state", { ...this.model.get("state"), ...change });
    this.model.save_changes();
  }

  // Python draws for a wide or for a narrow page.
  measure(width) {
    if (!width || width < 520 === this.model.get("narrow")) return;
    this.el.classList.toggle("live-narrow", width < 520);
    this.words.style.minHeight = "";
    this.model.set("narrow", width < 520);
    this.model.save_changes();
  }

  press(name) {
    this.model.set("pressed", [name, (this.model.get("pressed")[1] ?? 0) + 1]);
    this.model.save_changes();
  }

  // Of what was pointed at only a change is sent, and nothing once a click has pinned a place: the hand that goes on to
  // the next control would choose others on its way. A second click on the pinned place frees it.
  choose(node, clicked) {
    if (!node) return;
    const cell = node.dataset.cell;
    if (clicked) {
      this.pinned = this.model.get("pins") && this.pinned !== cell ? cell : "";
      this.press(cell);
    } else if (!this.pinned && cell !== this.model.get("state").cell) this.send({ cell });
  }

  // Arrow keys choose as the hand does. In a table, whose cells are "row,column", up and down go to another row.
  onPictureKey(event) {
    const stops = [...this.picture.querySelectorAll("[data-cell]")];
    const chosen = stops.findIndex((stop) => stop.dataset.cell === this.model.get("state").cell);
    // Where nobody has chosen yet, Python has.
    const now = chosen < 0 ? stops.findIndex((stop) => "marked" in stop.dataset) : chosen;
    const row = stops.filter((stop) => stop.dataset.cell.startsWith("0,")).length || 1;
    const step = { ArrowLeft: -1, ArrowUp: -row, ArrowRight: 1, ArrowDown: row }[event.key];
    if (step && stops.length) {
      event.preventDefault();
      const { cell } = stops[Math.max(now + step in stops ? now + step : now, 0)].dataset;
      this.pinned = this.model.get("pins") ? cell : "";
      this.send({ cell });
      if (this.pinned) this.press(cell);
    }
    if (event.key === "Enter" && !event.shiftKey && now >= 0) this.press(stops[now].dataset.cell);
  }

  draw() {
    this.picture.innerHTML = this.model.get("drawing");
    const told = this.model.get("words");
    if (this.words.innerHTML !== told) {
      this.words.innerHTML = told;
      // What a long sentence has needed stays: so the page does not jump back and forth.
      if (this.words.scrollHeight > (parseFloat(this.words.style.minHeight) || 0))
        this.words.style.minHeight = `${this.words.scrollHeight}px`;
    }
    this.picture.setAttribute("aria-label", this.words.textContent || "picture");
    this.picture.tabIndex = 0;
    complain(this.problem, this.model.get("error"));
  }

  drawFields() {
    // Python has let go of the place, as for the next page of a tour: so does the hand.
    if (!this.model.get("state").cell) this.pinned = "";
    for (const [name, value] of Object.entries(this.model.get("state"))) {
      const field = this.fields[name];
      // Not while somebody types in it: the cursor would jump.
      if (field && field !== document.activeElement) field.value = toField(value);
      const shown = this.fields[`${name} shown`];
      if (shown) shown.textContent = String(Math.round(value * 100) / 100);
    }
  }
}

function render({ model, el }) {
  el.classList.add("course-widget", "course-live");
  const live = new Live(model, el);
  const draw = () => live.draw();
  const width = new ResizeObserver(() => live.measure(el.clientWidth));
  const begin = () => {
    live.drawFields();
    live.draw();
    width.observe(el);
  };
  const handlers = { ...onChanges(["drawing", "words", "error"], draw), "change:state": () => live.drawFields() };
  const end = enliven(model, el, begin, handlers);
  return () => {
    width.disconnect();
    end();
  };
}

export default { render };
