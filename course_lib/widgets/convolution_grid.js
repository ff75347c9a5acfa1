// Grids of numbers, drawn as squares on a canvas: pictures, kernels, maps. Shared by the widgets of chapter 07.

const shade = (share) => Math.round(255 * (1 - clamped(share)));

// Paper to ink for a picture, or chalk on a board; white at 0, blue above and orange below for what may be negative.
function colourOf(value, most, { signed = false, chalk = false } = {}) {
  const share = Math.abs(value) / (most || 1);
  if (!signed && chalk) return colourOf(1 - clamped(share), 1);
  if (!signed) return `rgb(${shade(share)}, ${shade(share)}, ${shade(share)})`;
  const full = value >= 0 ? [0, 114, 178] : [213, 94, 0];
  return `rgb(${full.map((part) => Math.round(255 + clamped(share) * (part - 255))).join(", ")})`;
}

const largest = (values) => Math.max(...values.flat().map(Math.abs));

// The cells that a quick hand passes from one to another, the last one included.
function passed(from, to) {
  const steps = Math.max(...from.map((p, k) => Math.abs(to[k] - p)), 1);
  const at = (n) => from.map((p, k) => Math.round(p + (n / steps) * (to[k] - p)));
  return Array.from({ length: steps }, (_, n) => at(n + 1));
}

// A canvas for numbers in rows. onPlace: called with [row, column] where a hand or a key points
// cursor: whether that cell is framed while the canvas has the focus or the pointer
class Grid {
  constructor(parent, title, size, options = {}) {
    const part = element(parent, "figure", { class: "grid-part" });
    this.title = element(part, "figcaption", {}, title);
    const attributes = { width: 2 * size, height: 2 * size, role: "img", "aria-label": title };
    if (options.onPlace) attributes.tabindex = 0;
    this.canvas = element(part, "canvas", attributes);
    this.canvas.style.width = this.canvas.style.height = `${size}px`;
    Object.assign(this, { options, values: [[0]], size: 2 * size, cell: 1, marked: [0, 0], looks: {}, last: null });
    if (options.onPlace) this.listen();
  }

  listen() {
    const point = (event) => {
      const place = this.at(event);
      // A stroke begins on the picture, with the left button.
      if (!(event.buttons & 1)) this.last = null;
      const way = this.last ? passed(this.last, place) : [place];
      for (const between of way) this.options.onPlace(between, Boolean(this.last));
      if (this.last) this.last = place;
    };
    const redraw = () => this.draw(this.values, this.looks);
    this.canvas.onpointermove = point;
    for (const name of ["pointerenter", "pointerleave", "focus", "blur"]) this.canvas.addEventListener(name, redraw);
    this.canvas.onpointerdown = (event) => {
      event.preventDefault();
      if (event.button) return;
      this.last = this.at(event);
      this.canvas.focus();
      this.options.onPress?.(this.at(event));
      point(event);
    };
    this.canvas.onkeydown = (event) => this.onKey(event);
  }

  at({ offsetX, offsetY }) {
    const inside = (value, count) => clamped(Math.floor((2 * value) / this.cell), 0, count - 1);
    return [inside(offsetY, this.values.length), inside(offsetX, this.values[0].length)];
  }

  onKey(event) {
    const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    const sets = event.key === " " || event.key === "Enter";
    if (!by && !sets) return;
    event.preventDefault();
    const [row, column] = this.marked;
    if (by)
      this.options.onPlace(
        [row + by[0], column + by[1]].map((p, k) => this.clamp(p, k)),
        0,
      );
    else this.options.onPress?.(this.marked);
  }

  clamp(place, axis) {
    return clamped(place, 0, (axis ? this.values[0].length : this.values.length) - 1);
  }

  // frame: [row, column, rows, columns] of a frame around some cells; rate: of those, how far apart are the ones meant
  // most: what has the full colour; inner: like frame, what lies within its padding
  draw(values, looks = {}) {
    const { signed = false, chalk = false, most = largest(values) } = looks;
    const context = this.canvas.getContext("2d");
    Object.assign(this, { values, looks, cell: this.size / Math.max(values.length, values[0].length) });
    context.fillStyle = PAPER;
    context.fillRect(0, 0, this.size, this.size);
    // Whole pixels: no lines show through between the cells.
    const edge = (k) => Math.round(k * this.cell);
    for (const [i, row] of values.entries()) {
      for (const [j, value] of row.entries()) {
        context.fillStyle = colourOf(value, most, { signed, chalk });
        context.fillRect(edge(j), edge(i), edge(j + 1) - edge(j), edge(i + 1) - edge(i));
      }
    }
    this.drawEdges(context, looks);
  }

  // A frame of ink where cells are blue and orange, of vermilion where they are grey; around cells that are tiny.
  drawEdges(context, { signed = false, frame = null, inner = null, rate = 1 }) {
    const { cell, values } = this;
    const line = clamped(cell / 4, 3, 6);
    this.outline(context, [0, 0, values.length, values[0].length], GREY, 2, 0);
    if (inner) this.outline(context, inner, GREY, 3, 0);
    const colour = signed ? INK : VERMILION;
    if (frame) this.outline(context, frame, colour, line, cell < 20 ? line : -line / 2);
    if (frame && rate > 1) this.drawDots(context, frame, rate, colour);
    if (this.options.cursor && this.canvas.matches(":hover, :focus"))
      this.outline(context, [...this.marked, 1, 1], BLUE, line, cell < 20 ? line : -line / 2);
  }

  // Never outside the canvas, where nobody would see it.
  outline(context, [row, column, rows, columns], colour, line, out) {
    const inside = (value) => clamped(value, line / 2, this.size - line / 2);
    const [top, left] = [row, column].map((p) => inside(p * this.cell - out));
    const [bottom, right] = [row + rows, column + columns].map((p) => inside(p * this.cell + out));
    Object.assign(context, { strokeStyle: colour, lineWidth: line });
    context.strokeRect(left, top, right - left, bottom - top);
  }

  // A dot on each cell that is multiplied, where the kernel's cells lie apart.
  drawDots(context, [top, left, rows, columns], rate, colour) {
    context.fillStyle = colour;
    for (let row = top; row < top + rows; row += rate) {
      for (let column = left; column < left + columns; column += rate) {
        context.beginPath();
        context.arc((column + 0.5) * this.cell, (row + 0.5) * this.cell, clamped(this.cell / 5, 3, 8), 0, 2 * Math.PI);
        context.fill();
      }
    }
  }
}

// Send at most one message in so many milliseconds while a hand moves; the last one is always sent.
class Teller {
  constructor(model, pause = 30) {
    Object.assign(this, { model, pause, timer: null, sent: -Infinity });
  }

  tell(trait, value) {
    this.model.set(trait, value);
    this.timer ??= setTimeout(() => this.send(), this.sent + this.pause - performance.now());
  }

  send() {
    Object.assign(this, { timer: null, sent: performance.now() });
    this.model.save_changes();
  }
}
