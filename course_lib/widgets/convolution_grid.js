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

// A canvas for numbers in rows. onPlace: called with [row, column] where a hand or a key points
class Grid {
  constructor(parent, title, size, options = {}) {
    const part = element(parent, "figure", { class: "grid-part" });
    this.title = element(part, "figcaption", {}, title);
    const attributes = { width: 2 * size, height: 2 * size, role: "img", "aria-label": title };
    if (options.onPlace) attributes.tabindex = 0;
    this.canvas = element(part, "canvas", attributes);
    this.canvas.style.width = this.canvas.style.height = `${size}px`;
    Object.assign(this, { options, values: [[0]], size: 2 * size, cell: 1, marked: [0, 0] });
    if (options.onPlace) this.listen();
  }

  listen() {
    const point = (event) => this.options.onPlace(this.at(event), event.buttons & 1);
    this.canvas.onpointermove = point;
    this.canvas.onpointerdown = (event) => {
      event.preventDefault();
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

  // frame: [row, column, rows, columns] of a frame around some cells; most: what has the full colour
  draw(values, { signed = false, chalk = false, most = largest(values), frame = null } = {}) {
    const context = this.canvas.getContext("2d");
    this.values = values;
    this.cell = this.size / Math.max(values.length, values[0].length);
    context.fillStyle = PAPER;
    context.fillRect(0, 0, this.size, this.size);
    for (const [i, row] of values.entries()) {
      for (const [j, value] of row.entries()) {
        context.fillStyle = colourOf(value, most, { signed, chalk });
        context.fillRect(j * this.cell, i * this.cell, Math.ceil(this.cell), Math.ceil(this.cell));
      }
    }
    this.drawEdges(context, values, frame, signed);
  }

  // A frame of ink where cells are blue and orange, of vermilion where they are grey; around cells that are tiny.
  drawEdges(context, values, frame, signed) {
    const { cell } = this;
    Object.assign(context, { strokeStyle: GREY, lineWidth: 2 });
    context.strokeRect(1, 1, values[0].length * cell - 2, values.length * cell - 2);
    if (!frame) return;
    const [row, column, rows, columns] = frame;
    const line = clamped(cell / 4, 3, 6);
    const out = cell < 20 ? line : -line / 2;
    Object.assign(context, { strokeStyle: signed ? INK : VERMILION, lineWidth: line });
    const sides = [columns * cell + 2 * out, rows * cell + 2 * out];
    context.strokeRect(column * cell - out, row * cell - out, ...sides);
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
