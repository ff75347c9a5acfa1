// The playground's page. Python trains and holds everything; this side shows the last frame it got, and while it plays
// it asks for the next as soon as it has drawn that one.
const STEP_BUTTON = { class: "pg-step", title: "One epoch", "aria-label": "Step: one epoch" };
const RUN_BUTTON = { class: "pg-until", title: "Play until this epoch", "aria-label": "Run to this epoch" };
// Epochs a second; 0 for as many as there can be.
const SPEEDS = { "full speed": 0, "10 a second": 10, "2 a second": 2 };
const RESET_BUTTON = { class: "pg-reset", title: "Back to epoch 0", "aria-label": "Reset: back to epoch 0" };

class Page {
  playing = false;
  // How many questions were asked, and which of them was answered last.
  asked = 0;
  answered = 0;
  // The next frame of the screen, if something is to be drawn in it.
  pending = 0;
  // The epoch at which it stops playing, and what waits for the next one at a chosen speed.
  goal = Infinity;
  tick = 0;
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
    const until = { type: "text", inputmode: "numeric", "aria-label": "Epoch to run to" };
    this.until = element(element(row, "label", {}, "to epoch"), "input", until);
    this.until.value = "300";
    this.until.onkeydown = ({ key }) => key === "Enter" && this.runTo();
    button(row, "▶▶❙", () => this.runTo(), RUN_BUTTON);
    this.speed = element(element(row, "label", {}, "Speed"), "select", { "aria-label": "Speed" });
    for (const [name, rate] of Object.entries(SPEEDS)) this.speed.append(new Option(name, rate));
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

  // Play up to the epoch that is typed.
  runTo() {
    const [goal, { epoch }] = [typed(this.until.value), this.moment.frame];
    if (!Number.isInteger(goal) || goal < 1)
      this.refuse(`An epoch is a whole number from 1 up, not ${this.until.value}.`);
    else if (goal <= epoch) this.refuse(`Epoch ${epoch} has been reached: reset (↺), or run to a later one.`);
    else this.play(true, goal);
  }

  refuse(words) {
    this.play(false);
    complain(this.problem, words);
  }

  train() {
    this.tick = 0;
    if (!this.playing) return;
    const epochs = +this.speed.value ? 1 : this.goal - this.moment.frame.epoch;
    this.ask(Number.isFinite(epochs) ? { do: "train", epochs } : { do: "train" });
  }

  // goal: the epoch at which to stop
  play(on, goal = Infinity) {
    clearTimeout(this.tick);
    Object.assign(this, { goal, tick: 0 });
    this.playing = on && !this.moment.frame.message;
    this.playButton.textContent = this.playing ? "❚❚ Pause" : "▶ Play";
    this.output.sayAloud(!this.playing);
    this.train();
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
    const { message, epoch } = this.moment.frame;
    if (message || this.model.get("error") || epoch >= this.goal) this.play(false);
    else if (this.answered >= this.asked && !this.tick) this.trainInTime();
  }

  trainInTime() {
    const rate = +this.speed.value;
    if (rate) this.tick = setTimeout(() => this.train(), 1000 / rate);
    else this.train();
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
    clearTimeout(this.tick);
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
