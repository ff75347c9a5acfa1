// What the playground draws, on canvases: pictures of neurons, the network, the points and the curves. It is joined
// before playground.js. Colours are those of plots/style.py; every sign and class has a shape or dashes besides.
const INK = "#222222", GREY = "#8A8A8A", BLUE = "#0072B2", ORANGE = "#E69F00", GREEN = "#009E73", PURPLE = "#CC79A7";
// From a byte to a colour, as a canvas holds it: orange, white in the middle, blue.
const colours = (share) => Int32Array.from({ length: 256 }, (_, i) => {
  const s = share((i - 127.5) / 127.5), end = s < 0 ? [0xEF, 0xBE, 0x60] : [0x6C, 0xB0, 0xD6];
  const [r, g, b] = end.map((value) => Math.round(255 + (value - 255) * Math.abs(s)));
  return (255 << 24) | (b << 16) | (g << 8) | r;
});
const LOGIT = 6;
// Values as they are; the output's, logits from -LOGIT to LOGIT, as probabilities; and only which side they are on.
const SHADES = colours((s) => s), SURE = colours((s) => Math.tanh((s * LOGIT) / 2)), SIDES = colours(Math.sign);

const signed = (number, digits = 2) => (Number.isFinite(number) ? `${+number.toFixed(digits) < 0 ? "−" : ""}${Math.abs(number).toFixed(digits)}` : "not a number");

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
  if (canvas.width !== grid) canvas.width = canvas.height = grid;
  const context = canvas.getContext("2d"), image = context.createImageData(grid, grid);
  const pixels = new Int32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) pixels[i] = lut[bytes[i]];
  context.putImageData(image, 0, 0);
  return canvas;
}

// The same five times as fine: between pixels the value is interpolated and not the colour, which keeps edges sharp.
function enlarge(bytes, grid, lut, canvas) {
  const fine = 5 * grid, between = new Uint8Array(fine * fine), row = new Float32Array(grid);
  const places = Array.from({ length: fine }, (_, k) => {
    const at = Math.min(Math.max((k - 2) / 5, 0), grid - 1), low = Math.min(Math.floor(at), grid - 2);
    return [low, at - low];
  });
  for (let r = 0, k = 0; r < fine; r++) {
    const [low, down] = places[r];
    for (let c = 0; c < grid; c++) row[c] = 0.5 + (1 - down) * bytes[low * grid + c] + down * bytes[(low + 1) * grid + c];
    for (let c = 0; c < fine; c++, k++) {
      const left = places[c][0];
      between[k] = row[left] + places[c][1] * (row[left + 1] - row[left]);
    }
  }
  return tile(between, fine, lut, canvas);
}

// A point: class 1 a circle, class 0 a square; of training filled, of the test an outline.
function dot(context, x, y, isOne, isTest, size) {
  context.beginPath();
  if (isOne) context.arc(x, y, size, 0, 2 * Math.PI);
  else context.rect(x - 0.9 * size, y - 0.9 * size, 1.8 * size, 1.8 * size);
  if (!isTest) {
    context.fillStyle = isOne ? BLUE : "#C98600";
    context.fill();
  }
  context.lineWidth = isTest ? 1.2 : 0.9;
  context.strokeStyle = isTest ? (isOne ? "#004F7C" : "#7A5200") : "#fff";
  context.stroke();
}

// One of the data sets, as a button shows it. points: x1, x2, class, and so on
function drawSample(canvas, points, reach, size) {
  const context = paper(canvas, size, size);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, size, size);
  for (let i = 0; i < points.length; i += 3) {
    dot(context, ((points[i] / reach + 1) * size) / 2, ((1 - points[i + 1] / reach) * size) / 2, points[i + 2] > 0.5, false, 1.9);
  }
}

// A neuron's picture, large, with the points on it.
function drawLarge(canvas, picture, data, reach, showTest, size) {
  const context = paper(canvas, size, size);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, size, size);
  const at = (v) => ((v / reach + 1) * size) / 2;
  context.strokeStyle = "#2222";
  context.lineWidth = 1;
  for (const v of [-5, 0, 5]) {
    context.beginPath();
    context.moveTo(at(v), 0);
    context.lineTo(at(v), size);
    context.moveTo(0, at(v));
    context.lineTo(size, at(v));
    context.stroke();
  }
  const { points, train } = data;
  for (const test of showTest ? [true, false] : [false]) {
    for (let i = test ? train : 0; i < (test ? points.length / 3 : train); i++) {
      dot(context, at(points[3 * i]), at(-points[3 * i + 1]), points[3 * i + 2] > 0.5, test, 3.1);
    }
  }
  context.fillStyle = INK;
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "center";
  for (const v of [-5, 5]) context.fillText(signed(v, 0), at(v), size - 4);
  context.fillText("x₁", at(0), size - 4);
  context.textAlign = "left";
  for (const v of [-5, 5]) context.fillText(signed(v, 0), 3, at(-v) + 4);
  context.fillText("x₂", 3, at(0) + 4);
}

// Both losses over the epochs. curve: epoch, training loss, test loss, and so on
function drawCurves(canvas, curve, width, height) {
  const context = paper(canvas, width, height), [left, right, top, bottom] = [34, width - 8, 8, height - 18];
  const last = Math.max(curve[curve.length - 3], 1);
  let highest = 0.1;
  for (let i = 0; i < curve.length; i++) if (i % 3 && Number.isFinite(curve[i])) highest = Math.max(highest, curve[i]);
  const step = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 100, 1e3, 1e4, 1e6].find((s) => highest / s <= 4) ?? highest;
  const x = (epoch) => left + ((right - left) * epoch) / last;
  const y = (loss) => bottom - ((bottom - top) * loss) / highest;
  Object.assign(context, { font: "11px system-ui, sans-serif", fillStyle: INK, strokeStyle: "#E3E3E3", lineWidth: 1, textAlign: "right" });
  for (let loss = 0; loss <= highest + 1e-9; loss += step) {
    context.beginPath();
    context.moveTo(left, y(loss));
    context.lineTo(right, y(loss));
    context.stroke();
    context.fillText(String(+loss.toPrecision(2)), left - 5, y(loss) + 4);
  }
  context.fillText(`epoch ${last}`, right, height - 4);
  for (const [k, colour, dashes] of [[1, GREEN, []], [2, PURPLE, [6, 4]]]) {
    context.beginPath();
    context.setLineDash(dashes);
    Object.assign(context, { strokeStyle: colour, fillStyle: colour, lineWidth: 2.2 });
    for (let i = 0; i < curve.length; i += 3) if (Number.isFinite(curve[i + k])) context.lineTo(x(curve[i]), y(curve[i + k]));
    context.stroke();
    const end = curve[curve.length - 3 + k];
    if (Number.isFinite(end)) {
      context.beginPath();
      context.arc(x(curve[curve.length - 3]), y(end), 3, 0, 2 * Math.PI);
      context.fill();
    }
  }
  context.setLineDash([]);
}

// Where all parts of the network are: columns of nodes, the features first, the output last, and the lines between.
function layOut(shape, active, width, row, top) {
  // Many layers stand close together: smaller pictures leave room for the lines between them.
  const rows = Math.max(...shape), last = shape.length - 1, node = Math.min(34, Math.round((0.42 * (width - 90)) / (last + 0.42)));
  const across = (width - 74 - node) / last;
  const nodes = shape.map((count, layer) => Array.from({ length: count }, (_, i) => ({
    layer, i, x: 62 + across * layer, y: top + row * (i + (rows - count) / 2) + (row - node) / 2,
  })));
  const links = [];
  for (let layer = 1; layer < shape.length; layer++) {
    const from = layer === 1 ? active : nodes[layer - 1].map((_, i) => i);
    from.forEach((row, input) => nodes[layer].forEach((target, neuron) => {
      const source = nodes[layer - 1][row];
      const ends = [source.x + node, source.y + node / 2, target.x - 7, target.y + node / 2];
      links.push({ layer: layer - 1, input, neuron, source, target, ends });
    }));
  }
  return { nodes, links, height: top + row * rows, node, across };
}

// A point of the line between two nodes, a curve that leaves and arrives level.
function along([x1, y1, x2, y2], t) {
  const s = 3 * t * t - 2 * t * t * t, middle = (x1 + x2) / 2, u = 1 - t;
  return [u * u * u * x1 + 3 * u * u * t * middle + 3 * u * t * t * middle + t * t * t * x2, y1 + (y2 - y1) * s];
}

// The node at whose bias a point is, if there is one.
function biasAt(layout, px, py) {
  return layout.nodes.slice(1).flat().find(({ x, y }) => Math.hypot(px - x + 1, py - y - layout.node + 1) < 8);
}

// The line nearest to a point, if it is near enough to be meant.
function linkAt(layout, px, py) {
  let best = null, least = 6;
  for (const link of layout.links) {
    const [x1, y1, x2, y2] = link.ends;
    if (px < x1 || px > x2 || py < Math.min(y1, y2) - 6 || py > Math.max(y1, y2) + 6) continue;
    for (let k = 0; k <= 16; k++) {
      const [x, y] = along(link.ends, k / 16), [nx, ny] = along(link.ends, Math.min(1, (k + 1) / 16));
      const length = (nx - x) ** 2 + (ny - y) ** 2 || 1;
      const t = Math.min(1, Math.max(0, ((px - x) * (nx - x) + (py - y) * (ny - y)) / length));
      const far = Math.hypot(px - x - t * (nx - x), py - y - t * (ny - y));
      if (far < least) [best, least] = [link, far];
    }
  }
  return best;
}

// The whole network. chosen: the node whose lines stand out, or null   weight(link), bias(layer, neuron): numbers
function drawNetwork(canvas, layout, tiles, active, chosen, near, weight, bias, width) {
  const context = paper(canvas, width, layout.height), { node } = layout;
  for (const link of layout.links) {
    const w = weight(link), [x1, y1, x2, y2] = link.ends, middle = (x1 + x2) / 2;
    const meant = near ? link === near || link.target === near : chosen && (link.target === chosen || link.source === chosen);
    context.globalAlpha = near || chosen ? (meant ? 1 : 0.22) : 0.8;
    context.setLineDash(w < 0 ? [6, 4] : []);
    context.strokeStyle = Number.isFinite(w) && w !== 0 ? (w > 0 ? BLUE : ORANGE) : GREY;
    context.lineWidth = Math.min(0.5 + 1.6 * Math.abs(w || 0), 8) + (link === near ? 2 : 0);
    context.beginPath();
    context.moveTo(x1, y1);
    context.bezierCurveTo(middle, y1, middle, y2, x2, y2);
    context.stroke();
  }
  context.setLineDash([]);
  context.globalAlpha = 1;
  context.font = "12px system-ui, sans-serif";
  context.textAlign = "right";
  for (const column of layout.nodes) {
    for (const { layer, i, x, y } of column) {
      const off = layer === 0 && !active.includes(i);
      context.globalAlpha = off ? 0.3 : 1;
      context.imageSmoothingEnabled = true;
      context.drawImage(tiles[layer][i], x, y, node, node);
      const isChosen = chosen?.layer === layer && chosen.i === i;
      Object.assign(context, { lineWidth: isChosen ? 3 : 1.2, strokeStyle: isChosen ? INK : GREY });
      context.setLineDash(off ? [3, 3] : []);
      context.strokeRect(x, y, node, node);
      context.setLineDash([]);
      context.globalAlpha = 1;
      if (layer > 0) {
        // The bias, beside the foot of its neuron: a disc if positive, a ring if negative.
        const b = bias(layer - 1, i), radius = Math.min(2.2 + 1.2 * Math.abs(b || 0), 6);
        context.beginPath();
        context.arc(x - 1, y + node - 1, radius, 0, 2 * Math.PI);
        Object.assign(context, { fillStyle: b > 0 ? BLUE : "#fff", strokeStyle: b > 0 ? "#fff" : ORANGE, lineWidth: b > 0 ? 1 : 2 });
        if (near === layout.nodes[layer][i]) Object.assign(context, { strokeStyle: INK, lineWidth: 2.5 });
        context.fill();
        context.stroke();
      }
    }
  }
}
