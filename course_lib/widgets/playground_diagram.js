// The playground's middle: the network to look at, to walk through and to change. The canvas shows each neuron, and a
// button lies over its picture.
// How many neurons the first hidden layer has.
const NEURONS = 4;
const ROW = 42;
const TOP = 40;
const HINT = "Blue, solid: positive weight. Orange, dashed: negative. Click one to change it.";
const WAITING = "Waiting for the kernel, which may be busy with a cell or gone.";
const GROUP = "Features and neurons: arrow keys move, Enter chooses";
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const counted = (count, what) => `${count || "no"} ${what}${count > 1 ? "s" : ""}`;

class Diagram {
  // The node under the mouse or in focus, the one whose numbers are shown, and the link or bias under the mouse.
  hover = null;
  chosen = null;
  near = null;
  tiles = [];
  key = "";

  constructor(page, parent) {
    this.page = page;
    this.sheet = element(parent, "div", { class: "course-picture pg-sheet pg-middle" });
    this.makeLayers(element(this.sheet, "div", { class: "pg-layers" }));
    this.net = element(this.sheet, "div", { class: "pg-net" });
    this.canvas = element(this.net, "canvas", { role: "img" });
    this.overlay = element(this.net, "div", { role: "group", "aria-label": GROUP });
    this.hint = element(this.sheet, "div", { class: "pg-hint" });
    this.fields = new Fields(page, element(this.sheet, "div", { class: "pg-inspect" }));
    this.canvas.onpointermove = ({ offsetX, offsetY }) => this.pointAt(offsetX, offsetY);
    this.canvas.onpointerleave = () => this.pointAway();
    this.canvas.onclick = () => this.chooseNear();
  }

  makeLayers(row) {
    const hidden = () => this.page.moment.now.hidden;
    const less = () => this.page.set("hidden", hidden().slice(0, -1));
    const more = () => this.page.set("hidden", [...hidden(), hidden().at(-1) ?? NEURONS]);
    this.fewer = button(row, "−", less, { "aria-label": "One hidden layer less" });
    this.more = button(row, "+", more, { "aria-label": "One hidden layer more" });
    this.layers = element(row, "span");
  }

  show() {
    this.drawTiles();
    this.arrange();
    this.fields.fill();
    const { active, now } = this.page.moment;
    const hidden = now.hidden.length ? `hidden layers of ${now.hidden.join(", ")} neurons` : "no hidden layer";
    const words = `The network: ${counted(active.length, "feature")}, ${hidden}, one output`;
    this.canvas.setAttribute("aria-label", words);
  }

  // The picture of each node; those of features never change.
  drawTiles() {
    const { moment } = this.page;
    const { grid } = moment.fixed;
    const old = this.tiles;
    const draw = (node) => tile(moment.bytesOf(node), grid, moment.shadesOf(node), old[node.layer]?.[node.i]);
    const column = (count, layer) => Array.from({ length: count }, (_, i) => draw({ layer, i }));
    this.tiles = moment.shape.map((count, layer) => (layer === 0 && old[0]) || column(count, layer));
  }

  // Lay everything out anew, if the network or the room for it has changed.
  arrange() {
    const { shape, active } = this.page.moment;
    const width = Math.max(280, Math.floor(this.sheet.clientWidth - 16));
    const key = JSON.stringify([shape, active, width]);
    if (key === this.key) return;
    const hadFocus = this.overlay.contains(document.activeElement);
    this.layout = layOut(shape, active, width, ROW, TOP);
    const { nodes, height } = this.layout;
    // The output stays in view, however many layers stand before it now.
    const wasOutput = this.chosen?.layer === this.last;
    const chosen = (!wasOutput && nodes[this.chosen?.layer]?.[this.chosen.i]) || nodes.at(-1)[0];
    Object.assign(this, { key, width, chosen, last: nodes.length - 1, hover: null, near: null });
    this.overlay.replaceChildren();
    for (const node of nodes.flat()) this.addNode(node);
    for (const [l, column] of nodes.slice(1, -1).entries()) this.addSize(column, l);
    this.net.style.height = `${height}px`;
    this.sayLayers();
    chosen.button.tabIndex = 0;
    if (hadFocus) chosen.button.focus();
    this.fields.make(chosen);
  }

  sayLayers() {
    const { shape, fixed } = this.page.moment;
    const count = shape.length - 2;
    this.layers.textContent = counted(count, "hidden layer");
    this.fewer.disabled = count === 0;
    this.more.disabled = count === fixed.layers;
  }

  addNode(node) {
    const { moment } = this.page;
    const size = this.layout.node;
    const style = `left:${node.x}px;top:${node.y}px;width:${size}px;height:${size}px`;
    const attributes = { class: "pg-node", tabindex: -1, "aria-label": moment.nodeName(node), style };
    node.button = button(this.overlay, "", () => this.press(node), attributes);
    if (node.layer === 0) {
      node.button.setAttribute("aria-pressed", moment.isOn(node));
      const place = { class: "pg-name", style: `top:${node.y + size / 2 - 9}px` };
      element(this.overlay, "span", place, moment.featureName(node.i));
    }
    const enter = () => this.look(node);
    const leave = () => this.hover === node && this.look(null);
    const onkeydown = (event) => this.walk(event, node);
    Object.assign(node.button, { onkeydown, onpointerenter: enter, onfocus: enter });
    Object.assign(node.button, { onpointerleave: leave, onblur: leave });
  }

  look(node) {
    this.hover = node;
    this.page.drawChosenSoon();
  }

  // Above a hidden layer, its number of neurons and what changes it.
  addSize(column, l) {
    const { node: size, across } = this.layout;
    const count = column.length;
    const style = `left:${column[0].x + size / 2 - 28}px;top:0`;
    const box = element(this.overlay, "div", { class: "pg-size", style });
    const buttons = element(box, "span");
    this.addSizeButton(buttons, "−", "less", l, -1).disabled = count === 1;
    this.addSizeButton(buttons, "+", "more", l, 1).disabled = count === this.page.fixed.neurons;
    element(box, "span", {}, across < 60 ? count : counted(count, "neuron"));
  }

  addSizeButton(parent, sign, word, l, by) {
    const change = () => {
      const sizes = this.page.moment.now.hidden.map((units, k) => (k === l ? units + by : units));
      this.page.set("hidden", sizes);
    };
    return button(parent, sign, change, { "aria-label": `One neuron ${word} in hidden layer ${l + 1}` });
  }

  // The arrow keys go from node to node; one of them at a time can be reached by Tab.
  walk(event, node) {
    if (!(event.key in STEPS)) return;
    event.preventDefault();
    const next = this.neighbour(node, ...STEPS[event.key]);
    if (!next) return;
    node.button.tabIndex = -1;
    next.button.tabIndex = 0;
    next.button.focus();
  }

  // Up or down the column; or in the next one, that which stands nearest in height.
  neighbour(node, across, down) {
    const { nodes } = this.layout;
    if (down) return nodes[node.layer][node.i + down];
    const far = (other) => Math.abs(other.y - node.y);
    return nodes[node.layer + across]?.reduce((best, other) => (far(other) < far(best) ? other : best));
  }

  press(node) {
    if (node.layer > 0) this.choose(node);
    else this.turn(node);
  }

  // Switch a feature on or off.
  turn({ i }) {
    const { active, fixed } = this.page.moment;
    const on = active.includes(i) ? active.filter((other) => other !== i) : [...active, i];
    const names = on.map((feature) => fixed.features[feature]);
    this.page.set("features", names);
  }

  choose(node) {
    this.chosen = node;
    this.fields.make(node);
    this.page.drawChosen();
  }

  pointAt(x, y) {
    const near = biasAt(this.layout, x, y) ?? linkAt(this.layout, x, y);
    if (near === this.near) return;
    this.near = near;
    this.canvas.style.cursor = near ? "pointer" : "";
    this.draw();
  }

  pointAway() {
    this.near = null;
    this.draw();
  }

  // The link's or the bias' neuron is chosen, and the field with its number takes the focus.
  chooseNear() {
    const { near } = this;
    if (!near) return;
    this.choose(near.target ?? near);
    this.fields.select(near.input);
  }

  draw() {
    const { moment } = this.page;
    const { near, width } = this;
    const chosen = this.hover ?? (moment.isOutput(this.chosen) ? null : this.chosen);
    drawNetwork(this.canvas, this.layout, moment, this.tiles, { chosen, near, width });
    this.hint.textContent = near ? `${this.nearWords()}; click to change it` : HINT;
  }

  sayWaiting() {
    this.hint.textContent = WAITING;
  }

  nearWords() {
    const { moment } = this.page;
    const { target, layer, input, i } = this.near;
    if (!target) return `${moment.nodeName(this.near)}: bias ${signed(moment.biasOf(layer - 1, i))}`;
    const way = `${moment.inputName(layer, input)} → ${moment.nodeName(target)}`;
    return `${way}: weight ${signed(moment.weightOf(this.near))}`;
  }
}
