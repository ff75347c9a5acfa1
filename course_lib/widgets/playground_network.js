// Where all parts of the playground's network are, and how it is drawn. A node is {layer, i, x, y}, layer 0 the
// features; a link {layer, input, neuron, source, target, ends}, its weight one of the layer's kernel.
const NAMES_WIDTH = 62;
const DASHES = [6, 4];

// Columns of nodes, the features first, the output last, and the lines between. across: from column to column
function layOut(shape, active, width, row, top) {
  const rows = Math.max(...shape);
  const last = shape.length - 1;
  // Many layers stand close together: smaller pictures leave room for the lines between them.
  const node = Math.min(34, Math.round((0.42 * (width - 90)) / (last + 0.42)));
  const across = (width - 74 - node) / last;
  const place = (count, layer, i) => ({
    layer,
    i,
    x: NAMES_WIDTH + across * layer,
    y: top + row * (i + (rows - count) / 2) + (row - node) / 2,
  });
  const column = (count, layer) => Array.from({ length: count }, (_, i) => place(count, layer, i));
  const nodes = shape.map(column);
  return { nodes, links: linksBetween(nodes, active, node), height: top + row * rows, node, across };
}

// Only features that are active have links. size: of a node
function linksBetween(nodes, active, size) {
  return nodes.slice(1).flatMap((targets, layer) => {
    const sources = layer === 0 ? active.map((i) => nodes[0][i]) : nodes[layer];
    return sources.flatMap((source, input) =>
      targets.map((target, neuron) => {
        const ends = [source.x + size, source.y + size / 2, target.x - 7, target.y + size / 2];
        return { layer, input, neuron, source, target, ends };
      }),
    );
  });
}

// A point of the line between two nodes, a curve that leaves and arrives level.
function along([x1, y1, x2, y2], t) {
  const s = 3 * t * t - 2 * t * t * t;
  const middle = (x1 + x2) / 2;
  const u = 1 - t;
  return [u * u * u * x1 + 3 * u * u * t * middle + 3 * u * t * t * middle + t * t * t * x2, y1 + (y2 - y1) * s];
}

// The node at whose bias a point is, if there is one.
function biasAt({ nodes, node }, px, py) {
  const computed = nodes.slice(1).flat();
  return computed.find(({ x, y }) => Math.hypot(px - x + 1, py - y - node + 1) < 8);
}

// The line nearest to a point, if it is near enough to be meant.
function linkAt({ links }, px, py) {
  let [best, least] = [null, 6];
  for (const link of links) {
    const [x1, y1, x2, y2] = link.ends;
    if (px < x1 || px > x2 || py < Math.min(y1, y2) - 6 || py > Math.max(y1, y2) + 6) continue;
    const far = distance(link.ends, px, py);
    if (far < least) [best, least] = [link, far];
  }
  return best;
}

// From a point to the line, which is taken as 17 straight pieces.
function distance(ends, px, py) {
  let least = Infinity;
  for (let k = 0; k <= 16; k++) {
    const [x, y] = along(ends, k / 16);
    const [nx, ny] = along(ends, Math.min(1, (k + 1) / 16));
    const length = (nx - x) ** 2 + (ny - y) ** 2 || 1;
    const t = clamped(((px - x) * (nx - x) + (py - y) * (ny - y)) / length);
    least = Math.min(least, Math.hypot(px - x - t * (nx - x), py - y - t * (ny - y)));
  }
  return least;
}

// The whole network. tiles: [layer][i], each neuron's picture
// chosen: the node whose lines stand out, or null   near: the link or node under the mouse, or null
function drawNetwork(canvas, layout, moment, tiles, { chosen, near, width }) {
  const context = paper(canvas, width, layout.height);
  for (const link of layout.links) {
    const isMeant = near ? link === near || link.target === near : link.target === chosen || link.source === chosen;
    context.globalAlpha = near || chosen ? (isMeant ? 1 : 0.22) : 0.8;
    drawLink(context, link, moment.weightOf(link), link === near);
  }
  context.setLineDash([]);
  for (const node of layout.nodes.flat()) {
    drawNode(context, node, layout.node, tiles[node.layer][node.i], moment.isOn(node), chosen);
    if (node.layer > 0) drawBias(context, node, layout.node, moment.biasOf(node.layer - 1, node.i), near === node);
  }
}

function drawLink(context, { ends: [x1, y1, x2, y2] }, weight, isNear) {
  const middle = (x1 + x2) / 2;
  context.setLineDash(weight < 0 ? DASHES : []);
  context.strokeStyle = Number.isFinite(weight) && weight !== 0 ? (weight > 0 ? BLUE : ORANGE) : GREY;
  context.lineWidth = Math.min(0.5 + 1.6 * Math.abs(weight || 0), 8) + (isNear ? 2 : 0);
  context.beginPath();
  context.moveTo(x1, y1);
  context.bezierCurveTo(middle, y1, middle, y2, x2, y2);
  context.stroke();
}

// A feature that is off is pale and has a dashed frame.
function drawNode(context, { layer, i, x, y }, size, picture, isOn, chosen) {
  const isChosen = chosen?.layer === layer && chosen.i === i;
  Object.assign(context, { globalAlpha: isOn ? 1 : 0.3, imageSmoothingEnabled: true });
  context.drawImage(picture, x, y, size, size);
  Object.assign(context, { lineWidth: isChosen ? 3 : 1.2, strokeStyle: isChosen ? INK : GREY });
  context.setLineDash(isOn ? [] : [3, 3]);
  context.strokeRect(x, y, size, size);
  context.setLineDash([]);
  context.globalAlpha = 1;
}

// Beside the foot of its neuron: a disc if positive, a ring if negative.
function drawBias(context, { x, y }, size, bias, isNear) {
  const [fillStyle, strokeStyle, lineWidth] = bias > 0 ? [BLUE, PAPER, 1] : [PAPER, ORANGE, 2];
  Object.assign(context, { fillStyle, strokeStyle, lineWidth });
  if (isNear) Object.assign(context, { strokeStyle: INK, lineWidth: 2.5 });
  context.beginPath();
  context.arc(x - 1, y + size - 1, Math.min(2.2 + 1.2 * Math.abs(bias || 0), 6), 0, 2 * Math.PI);
  context.fill();
  context.stroke();
}
