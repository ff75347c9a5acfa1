// A pad to draw a digit on, by mouse, finger or keyboard. Python turns the strokes into the 8 × 8 picture
// and reads it; this side draws what both made. Points run from 0 to 1, x to the right and y down.
const SIZE = 240;
const STEP = 0.04;
const MOVES = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
// At most one message in so many milliseconds while the hand moves.
const PAUSE = 40;
const HELP = "Drawing pad. Arrow keys move the pen, the space bar sets it down or lifts it, Delete clears the pad.";
const SEEN = "The drawing as 8 by 8 shades of grey";

// The canvas and the pen on it. changed: called whenever a hand has changed the strokes
class Pad {
  constructor(parent, strokes, changed) {
    Object.assign(this, { strokes, changed, pen: { x: 0.5, y: 0.5, down: false } });
    const size = { width: SIZE * 2, height: SIZE * 2 };
    const attributes = { ...size, tabindex: 0, role: "img", "aria-label": HELP, class: "pad" };
    this.canvas = element(parent, "canvas", attributes);
    drag(
      this.canvas,
      (point) => this.begin(point),
      (point) => this.go(point),
    );
    this.canvas.onkeydown = (event) => this.onKey(event);
    this.canvas.onfocus = () => this.draw();
    this.canvas.onblur = () => this.draw();
    button(parent, "Clear", () => this.wipe(), { class: "course-button pad-clear" });
  }

  begin(point) {
    this.show([...this.strokes, [point]]);
    this.changed();
  }

  go(point) {
    this.strokes.at(-1).push(point);
    this.draw();
    this.changed();
  }

  wipe() {
    this.pen.down = false;
    this.show([]);
    this.changed();
  }

  show(strokes) {
    this.strokes = strokes;
    this.draw();
  }

  onKey(event) {
    if (event.key in MOVES) this.movePen(...MOVES[event.key]);
    else if (event.key === " ") this.turnPen();
    else if (event.key === "Delete" || event.key === "Backspace") this.wipe();
    else return;
    event.preventDefault();
  }

  movePen(right, down) {
    const { pen } = this;
    Object.assign(pen, { x: clamped(pen.x + right), y: clamped(pen.y + down) });
    if (pen.down) this.go([pen.x, pen.y]);
    else this.draw();
  }

  turnPen() {
    const { pen } = this;
    pen.down = !pen.down;
    if (pen.down) this.begin([pen.x, pen.y]);
    else this.draw();
  }

  draw() {
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    Object.assign(context, { lineWidth: 34, lineCap: "round", lineJoin: "round", strokeStyle: INK });
    for (const stroke of this.strokes) this.drawStroke(context, stroke);
    // Who draws with the mouse needs no pen.
    if (this.canvas.matches(":focus-visible")) this.drawPen(context);
  }

  drawStroke(context, stroke) {
    const { width, height } = this.canvas;
    // A line from a point to itself is a dot, because its ends are round.
    const points = stroke.length === 1 ? [...stroke, ...stroke] : stroke;
    context.beginPath();
    for (const [x, y] of points) context.lineTo(x * width, y * height);
    context.stroke();
  }

  drawPen(context) {
    const { x, y, down } = this.pen;
    Object.assign(context, { lineWidth: 4, strokeStyle: down ? VERMILION : BLUE });
    context.beginPath();
    context.arc(x * this.canvas.width, y * this.canvas.height, 14, 0, 2 * Math.PI);
    context.stroke();
  }
}

// The ten bars of what it reads, and the digit in words.
class Reading {
  constructor(parent) {
    this.bars = Array.from({ length: 10 }, (_, digit) => this.makeBar(parent, digit));
    this.words = readout(parent, "reading");
  }

  makeBar(parent, digit) {
    const line = element(parent, "div", { class: "bar-line" });
    element(line, "span", { class: "bar-digit" }, digit);
    const track = element(line, "span", { class: "bar-track" });
    return { bar: element(track, "span", { class: "bar" }), share: element(line, "span", { class: "bar-share" }) };
  }

  draw(shares, reading) {
    for (const [digit, { bar, share }] of this.bars.entries()) {
      bar.style.width = `${100 * (shares[digit] ?? 0)}%`;
      bar.classList.toggle("best", digit === reading);
      share.textContent = shares.length ? `${Math.round(100 * shares[digit])} %` : "";
    }
    this.words.textContent = shares.length ? `It reads ${reading}.` : "Nothing is drawn yet.";
  }
}

// picture: 64 numbers, 0 for paper and 1 for ink
function drawSeen(canvas, picture) {
  const context = canvas.getContext("2d");
  for (const [i, ink] of picture.entries()) {
    const shade = Math.round(255 * (1 - ink));
    context.fillStyle = `rgb(${shade}, ${shade}, ${shade})`;
    context.fillRect((i % 8) * 20, Math.floor(i / 8) * 20, 20, 20);
  }
}

// The strokes on their way to Python: at once, but not too often; the last state is always sent.
class Sender {
  constructor(model) {
    Object.assign(this, { model, timer: null, sent: -Infinity });
  }

  send(pad) {
    this.timer ??= setTimeout(
      () => {
        Object.assign(this, { timer: null, sent: performance.now() });
        this.model.set("strokes", structuredClone(pad.strokes));
        this.model.save_changes();
      },
      this.sent + PAUSE - performance.now(),
    );
  }
}

function column(row, title, attributes = {}) {
  const part = element(row, "div", attributes);
  element(part, "div", { class: "pad-title" }, title);
  return part;
}

function render({ model, el }) {
  el.classList.add("course-widget", "course-digit-pad");
  const row = element(el, "div", { class: "course-picture pad-row" });
  const sender = new Sender(model);
  const strokes = () => structuredClone(model.get("strokes"));
  const pad = new Pad(column(row, "Draw a digit here"), strokes(), () => sender.send(pad));
  const middle = column(row, "What the network sees");
  const seen = element(middle, "canvas", { width: 160, height: 160, role: "img", "aria-label": SEEN, class: "seen" });
  const reading = new Reading(column(row, "What it reads", { class: "pad-right" }));
  const problem = alarm(el);

  const draw = () => {
    drawSeen(seen, model.get("picture"));
    reading.draw(model.get("probabilities"), model.get("reading"));
    complain(problem, model.get("error"));
  };
  const onStrokes = () => {
    const isNew = JSON.stringify(model.get("strokes")) !== JSON.stringify(pad.strokes);
    if (isNew && !sender.timer) pad.show(strokes());
  };
  const handlers = {
    "change:strokes": onStrokes,
    ...onChanges(["picture", "probabilities", "reading", "error"], draw),
  };
  pad.draw();
  return enliven(model, el, draw, handlers, () => clearTimeout(sender.timer));
}

export default { render };
