// What the playground draws on canvases, other than the network: pictures of neurons, the points and the curves. Every
// sign and class has a shape or dashes besides its colour.
const FONT = "11px system-ui, sans-serif";
const LOGIT = 6;
// A dot of class 0 is darker than the palette's orange, to stand out from its own side; outlines are darker still.
const DARK_ORANGE = "#C98600";
const OUTLINES = ["#7A5200", "#004F7C"];

const bytesOfColour = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));

// From a byte to a colour, as a canvas holds it: orange, white in the middle, blue.
function colours(share) {
  const ends = [NEGATIVE_SHADE, POSITIVE_SHADE].map(bytesOfColour);
  return Int32Array.from({ length: 256 }, (_, i) => {
    const s = share((i - 127.5) / 127.5);
    const [r, g, b] = ends[s < 0 ? 0 : 1].map((value) => Math.round(255 + (value - 255) * Math.abs(s)));
    return (255 << 24) | (b << 16) | (g << 8) | r;
  });
}
// Values as they are; the output's, logits from -LOGIT to LOGIT, as probabilities; and only which side they are on.
const SHADES = colours((s) => s);
const SURE = colours((s) => Math.tanh((s * LOGIT) / 2));
const SIDES = colours(Math.sign);

function signed(number, digits = 2) {
  if (!Number.isFinite(number)) return "not a number";
  return `${+number.toFixed(digits) < 0 ? "−" : ""}${Math.abs(number).toFixed(digits)}`;
}

// A trait's bytes as numbers; a copy, because float32 numbers must begin at a multiple of four.
function numbers(view) {
  return new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

// A canvas as sharp as the screen, width by height pixels of the page.
function paper(canvas, width, height) {
  const scale = Math.max(window.devicePixelRatio || 1, 1.5);
  const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== w || canvas.height !== h) {
    Object.assign(canvas, { width: w, height: h });
    Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  }
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

// Bytes, one for each pixel, as a small canvas that can be drawn at any size; the canvas is used again.
function tile(bytes, grid, lut, canvas = document.createElement("canvas")) {
  if (canvas.width !== grid) Object.assign(canvas, { width: grid, height: grid });
  const context = canvas.getContext("2d");
  const image = context.createImageData(grid, grid);
  const pixels = new Int32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) pixels[i] = lut[bytes[i]];
  context.putImageData(image, 0, 0);
  return canvas;
}

// For each of the fine pixels of a row: the pixel before it, and how far it lies on the way to the next.
function between(fine, grid) {
  return Array.from({ length: fine }, (_, k) => {
    const at = clamped((k - 2) / 5, 0, grid - 1);
    const before = Math.min(Math.floor(at), grid - 2);
    return [before, at - before];
  });
}

// The same five times as fine: between pixels the value is interpolated and not the colour, which keeps edges sharp.
function enlarge(bytes, grid, lut, canvas) {
  const fine = 5 * grid;
  const values = new Uint8Array(fine * fine);
  const row = new Float32Array(grid);
  const places = between(fine, grid);
  for (let r = 0, k = 0; r < fine; r++) {
    const [low, down] = places[r];
    for (let c = 0; c < grid; c++) {
      row[c] = 0.5 + (1 - down) * bytes[low * grid + c] + down * bytes[(low + 1) * grid + c];
    }
    for (let c = 0; c < fine; c++, k++) {
      const left = places[c][0];
      values[k] = row[left] + places[c][1] * (row[left + 1] - row[left]);
    }
  }
  return tile(values, fine, lut, canvas);
}

// A point: class 1 a circle, class 0 a square; of training filled, of the test an outline.
function dot(context, x, y, isOne, isTest, size) {
  context.beginPath();
  if (isOne) context.arc(x, y, size, 0, 2 * Math.PI);
  else context.rect(x - 0.9 * size, y - 0.9 * size, 1.8 * size, 1.8 * size);
  if (!isTest) {
    context.fillStyle = isOne ? BLUE : DARK_ORANGE;
    context.fill();
  }
  context.lineWidth = isTest ? 1.2 : 0.9;
  context.strokeStyle = isTest ? OUTLINES[+isOne] : PAPER;
  context.stroke();
}

// One of the data sets, as a button shows it. points: x1, x2, class, and so on
function drawSample(canvas, points, reach, size) {
  const context = paper(canvas, size, size);
  const at = (v) => ((v / reach + 1) * size) / 2;
  context.fillStyle = PAPER;
  context.fillRect(0, 0, size, size);
  for (let i = 0; i < points.length; i += 3) {
    dot(context, at(points[i]), at(-points[i + 1]), points[i + 2] > 0.5, false, 1.9);
  }
}

// A neuron's picture, large, with the points on it. data: {points, train}, the points of training first
function drawLarge(canvas, picture, data, reach, showTest, size) {
  const context = paper(canvas, size, size);
  const at = (v) => ((v / reach + 1) * size) / 2;
  Object.assign(context, { imageSmoothingEnabled: true, imageSmoothingQuality: "high" });
  context.drawImage(picture, 0, 0, size, size);
  drawGrid(context, at, size);
  const { points, train } = data;
  const drawDots = (first, end, isTest) => {
    for (let i = first; i < end; i++) {
      dot(context, at(points[3 * i]), at(-points[3 * i + 1]), points[3 * i + 2] > 0.5, isTest, 3.1);
    }
  };
  if (showTest) drawDots(train, points.length / 3, true);
  drawDots(0, train, false);
  drawScales(context, at, size);
}

function drawGrid(context, at, size) {
  // Ink that is nearly transparent.
  Object.assign(context, { strokeStyle: `${INK}22`, lineWidth: 1 });
  for (const v of [-5, 0, 5]) {
    context.beginPath();
    context.moveTo(at(v), 0);
    context.lineTo(at(v), size);
    context.moveTo(0, at(v));
    context.lineTo(size, at(v));
    context.stroke();
  }
}

function drawScales(context, at, size) {
  Object.assign(context, { fillStyle: INK, font: FONT, textAlign: "center" });
  for (const v of [-5, 5]) context.fillText(signed(v, 0), at(v), size - 4);
  context.fillText("x₁", at(0), size - 4);
  context.textAlign = "left";
  for (const v of [-5, 5]) context.fillText(signed(v, 0), 3, at(-v) + 4);
  context.fillText("x₂", 3, at(0) + 4);
}

// Both losses over the epochs. curve: epoch, training loss, test loss, and so on
function drawCurves(canvas, curve, width, height) {
  const context = paper(canvas, width, height);
  const [left, right, top, bottom] = [34, width - 8, 8, height - 18];
  const last = Math.max(curve.at(-3), 1);
  const highest = highestLoss(curve);
  const x = (epoch) => left + ((right - left) * epoch) / last;
  const y = (loss) => bottom - ((bottom - top) * loss) / highest;
  Object.assign(context, { font: FONT, fillStyle: INK, strokeStyle: FAINT, lineWidth: 1, textAlign: "right" });
  drawLosses(context, highest, y, left, right);
  context.fillText(`epoch ${last}`, right, height - 4);
  drawCurve(context, curve, 1, x, y, GREEN, []);
  drawCurve(context, curve, 2, x, y, PURPLE, [6, 4]);
  context.setLineDash([]);
}

function highestLoss(curve) {
  let highest = 0.1;
  for (let i = 0; i < curve.length; i++) if (i % 3 && Number.isFinite(curve[i])) highest = Math.max(highest, curve[i]);
  return highest;
}

function drawLosses(context, highest, y, left, right) {
  const steps = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 100, 1e3, 1e4, 1e6];
  const step = steps.find((s) => highest / s <= 4) ?? highest;
  for (let loss = 0; loss <= highest + 1e-9; loss += step) {
    context.beginPath();
    context.moveTo(left, y(loss));
    context.lineTo(right, y(loss));
    context.stroke();
    context.fillText(String(+loss.toPrecision(2)), left - 5, y(loss) + 4);
  }
}

// which: 1 for the training loss, 2 for the test loss
function drawCurve(context, curve, which, x, y, colour, dashes) {
  context.setLineDash(dashes);
  Object.assign(context, { strokeStyle: colour, fillStyle: colour, lineWidth: 2.2 });
  context.beginPath();
  for (let i = 0; i < curve.length; i += 3) {
    if (Number.isFinite(curve[i + which])) context.lineTo(x(curve[i]), y(curve[i + which]));
  }
  context.stroke();
  const end = curve.at(which - 3);
  if (!Number.isFinite(end)) return;
  context.beginPath();
  context.arc(x(curve.at(-3)), y(end), 3, 0, 2 * Math.PI);
  context.fill();
}
