// The playground's page. Python trains and holds everything; this side shows the last frame it got, and while it plays
// it asks for the next as soon as it has drawn that one.
const STEP_BUTTON = { class: "pg-step", title: "One epoch", "aria-label": "Step: one epoch" };
const RESET_BUTTON = { class: "pg-reset", title: "Back to epoch 0", "aria-label": "Reset: back to epoch 0" };

class Page {
  playing = false;
  // How many questions were asked, and which of them was answered last.
  asked = 0;
  answered = 0;
  // The next frame of the screen, if something is to be drawn in it.
  pending = 0;
  isSoon = false;

  constructor(model, el) {
    Object.assign(this, { model, fixed: model.get("fixed") });
    this.controls = new Controls(this);
    const bar = element(el, "div", { class: "pg-bar" });
    this.makeRun(element(bar, "div", { class: "pg-run" }));
    this.controls.fillBar(bar);
    this.problem = alarm(el);
    const main = element(el, "div", { class: "pg-main" });
    this.controls.fillSide(element(main, "div", { class: "pg-data" }));
    this.diagram = new Diagram(this, main);
    this.output = new Output(this, main);
    this.texts = new Texts(this, el);
  }

  makeRun(row) {
    this.playButton = button(row, "▶ Play", () => this.play(!this.playing), { class: "pg-play" });
    button(row, "▶❙", () => this.pauseAndAsk({ do: "train", epochs: 1 }), STEP_BUTTON);
    button(row, "↺", () => this.pauseAndAsk({ do: "reset" }), RESET_BUTTON);
    this.epoch = element(element(row, "div", { class: "pg-epoch" }, "epoch"), "b");
  }

  // Asking. Python answers every message with a frame that has its number.

  ask(message) {
    this.asked += 1;
    this.model.send({ number: this.asked, ...message });
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.diagram.sayWaiting(), 4000);
  }

  set(name, value) {
    this.ask({ do: "set", settings: { [name]: value } });
  }

  pauseAndAsk(message) {
    this.play(false);
    this.ask(message);
  }

  play(on) {
    this.playing = on && !this.moment.frame.message;
    this.playButton.textContent = this.playing ? "❚❚ Pause" : "▶ Play";
    this.output.sayAloud(!this.playing);
    if (this.playing) this.ask({ do: "train" });
  }

  onFrame() {
    // Another frame, from a cell or another view, can come before this one is drawn: its number is no answer.
    this.answered = Math.max(this.answered, this.model.get("frame").number);
    if (this.pending) return;
    // While it plays, more than one frame can come for one of the screen's; a single step is shown at once.
    if (this.playing) this.pending = requestAnimationFrame(() => this.goOn());
    else this.draw();
  }

  goOn() {
    this.pending = 0;
    this.draw();
    if (!this.playing) return;
    if (this.moment.frame.message || this.model.get("error")) this.play(false);
    else if (this.answered >= this.asked) this.ask({ do: "train" });
  }

  // Drawing.

  draw() {
    clearTimeout(this.waiting);
    this.moment = new Moment(this.fixed, this.model.get("frame"), this.model.get("data"));
    this.output.fit();
    this.diagram.show();
    this.controls.show(this.moment.now);
    this.epoch.textContent = this.moment.frame.epoch.toLocaleString("en");
    this.drawChosen();
    this.output.show();
    this.complain();
  }

  drawChosen() {
    this.output.draw();
    this.diagram.draw();
  }

  // Once, where the focus leaves one neuron and reaches another in one go.
  drawChosenSoon() {
    if (this.isSoon) return;
    this.isSoon = true;
    queueMicrotask(() => {
      this.isSoon = false;
      this.drawChosen();
    });
  }

  complain() {
    complain(this.problem, this.model.get("error") || this.moment.frame.message);
  }

  stop() {
    this.play(false);
    clearTimeout(this.waiting);
  }

  end() {
    this.playing = false;
    clearTimeout(this.waiting);
    cancelAnimationFrame(this.pending);
  }
}

function render({ model, el }) {
  el.classList.add("course-widget", "course-playground");
  const page = new Page(model, el);
  const { sheet } = page.diagram;
  const resized = new ResizeObserver(() => sheet.clientWidth && page.draw());
  const endings = [
    () => page.end(),
    () => resized.disconnect(),
    guardKeys(el),
    sayWhenLost(model, el, el, () => page.stop()),
    listen(model, {
      "change:frame": () => page.onFrame(),
      "change:error": () => page.complain(),
      "msg:custom": (message) => page.texts.receive(message),
    }),
  ];
  page.draw();
  page.play(false);
  resized.observe(sheet);
  return () => {
    for (const end of endings) end();
  };
}

export default { render };
