// The playground's page: its controls, what is chosen, and the asking. Python trains and holds everything; this side
// shows the last frame it got, and while it plays it asks for the next as soon as it has drawn that one.
const ROW = 42, TOP = 40;
const SHOWN = { "x1": "x₁", "x2": "x₂", "x1**2": "x₁²", "x2**2": "x₂²", "x1*x2": "x₁·x₂", "sin(x1)": "sin x₁", "sin(x2)": "sin x₂" };
const RATES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
const PENALTIES = [0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];
const BATCHES = [1, 2, 4, 8, 16, 32, 64, 128, 1000];

function element(parent, tag, attributes = {}, text = "") {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.textContent = text;
  return parent.appendChild(node);
}

function render({ model, el }) {
  el.classList.add("course-widget", "course-playground");
  const fixed = model.get("fixed"), grid = fixed.grid;
  const state = { playing: false, asked: 0, hover: null, chosen: null, near: null, layout: null, key: "", answered: 0 };
  let frame, shape, active, weights, offsets, ranges, data, tiles;

  // --- asking

  function ask(message) {
    state.asked += 1;
    model.send({ number: state.asked, ...message });
    clearTimeout(state.waiting);
    state.waiting = setTimeout(() => (hint.textContent = "Waiting for the kernel, which may be busy with a cell or gone."), 4000);
  }
  const set = (name, value) => ask({ do: "set", settings: { [name]: value } });
  // What is no number is sent as it was typed: Python has the sentence for it.
  const typed = (text) => (text.trim() && Number.isFinite(+text.replace("−", "-")) ? +text.replace("−", "-") : text);

  function play(on) {
    state.playing = on && !frame.message;
    playButton.textContent = state.playing ? "❚❚ Pause" : "▶ Play";
    summary.setAttribute("aria-live", state.playing ? "off" : "polite");
    if (state.playing) ask({ do: "train" });
  }

  // --- the bar of controls

  const bar = element(el, "div", { class: "pg-bar" });
  const run = element(bar, "div", { class: "pg-run" });
  const playButton = element(run, "button", { type: "button", class: "pg-play" }, "▶ Play");
  const stepButton = element(run, "button", { type: "button", class: "pg-step", title: "One epoch", "aria-label": "Step: one epoch" }, "▶❙");
  const resetButton = element(run, "button", { type: "button", class: "pg-reset", title: "Back to epoch 0", "aria-label": "Reset: back to epoch 0" }, "↺");
  const epoch = element(run, "div", { class: "pg-epoch" }, "epoch");
  const epochNumber = element(epoch, "b");
  playButton.onclick = () => play(!state.playing);
  stepButton.onclick = () => { play(false); ask({ do: "train", epochs: 1 }); };
  resetButton.onclick = () => { play(false); ask({ do: "reset" }); };

  const showers = [];
  function select(parent, name, label, options, show = String) {
    const box = element(element(parent, "label", {}, label), "select", { "aria-label": label });
    const fill = (values) => box.replaceChildren(...values.map((value) => new Option(show(value), JSON.stringify(value))));
    fill(options);
    box.onchange = () => set(name, JSON.parse(box.value));
    showers.push((now) => {
      const value = JSON.stringify(now[name]);
      if (![...box.options].some((option) => option.value === value)) fill([...options, now[name]].sort((a, b) => a - b));
      if (box.value !== value) box.value = value;
    });
  }
  function slider(parent, name, label, step, show) {
    const [low, high] = fixed.limits[name], line = element(parent, "label", {}, label), value = element(line, "b");
    const box = element(line, "input", { type: "range", min: low, max: high, step, "aria-label": label });
    const say = (number) => { value.textContent = ` ${show(number)}`; box.setAttribute("aria-valuetext", show(number)); };
    box.oninput = () => say(+box.value);
    box.onchange = () => set(name, +box.value);
    showers.push((now) => { if (document.activeElement !== box || +box.value !== now[name]) { box.value = now[name]; say(now[name]); } });
  }
  const name = (text) => text.replaceAll("_", " ");
  select(bar, "learning_rate", "Learning rate", RATES);
  select(bar, "optimizer", "Optimizer", fixed.choices.optimizer);
  select(bar, "activation", "Activation", fixed.choices.activation, name);
  select(bar, "initializer", "Initialization", fixed.choices.initializer, name);
  select(bar, "l1", "L1 penalty", PENALTIES);
  select(bar, "l2", "L2 penalty", PENALTIES);

  const error = element(el, "div", { class: "course-message", role: "alert" });

  // --- data, network, output

  const main = element(el, "div", { class: "pg-main" });
  const left = element(main, "div", { class: "pg-data" });
  element(left, "h4", {}, "Data");
  const sets = element(left, "div", { class: "pg-sets", role: "radiogroup", "aria-label": "Data set" });
  for (const data of fixed.choices.data) {
    const button = element(sets, "button", { type: "button", role: "radio" });
    drawSample(element(button, "canvas", { role: "img", "aria-label": `Points of the data set ${data}` }), numbers(fixed.samples[data]), fixed.reach, 42);
    element(button, "span", {}, data);
    button.onclick = () => set("data", data);
    showers.push((now) => button.setAttribute("aria-checked", now.data === data));
  }
  slider(left, "noise", "Noise", 0.1, (v) => v.toFixed(1));
  slider(left, "points", "Points", 20, String);
  slider(left, "train_share", "For training", 0.1, (v) => `${Math.round(100 * v)} %`);
  select(left, "batch_size", "Batch size", BATCHES, (n) => (n === 1000 ? "all" : String(n)));
  slider(left, "dropout", "Dropout", 0.1, (v) => v.toFixed(1));
  const seed = element(element(left, "label", {}, "Seed"), "input", { type: "text", inputmode: "numeric", "aria-label": "Seed of all random numbers" });
  seed.onchange = () => set("seed", typed(seed.value));
  showers.push((now) => { if (document.activeElement !== seed) seed.value = now.seed; });

  const middle = element(main, "div", { class: "course-picture pg-sheet pg-middle" });
  const layers = element(middle, "div", { class: "pg-layers" });
  const fewer = element(layers, "button", { type: "button", "aria-label": "One hidden layer less" }, "−");
  const more = element(layers, "button", { type: "button", "aria-label": "One hidden layer more" }, "+");
  const layersText = element(layers, "span");
  fewer.onclick = () => set("hidden", frame.now.hidden.slice(0, -1));
  more.onclick = () => set("hidden", [...frame.now.hidden, frame.now.hidden.at(-1)]);
  const net = element(middle, "div", { class: "pg-net" });
  const netCanvas = element(net, "canvas", { role: "img" });
  const overlay = element(net, "div", { role: "group", "aria-label": "Features and neurons: arrow keys move, Enter chooses" });
  const hint = element(middle, "div", { class: "pg-hint" });
  const inspect = element(middle, "div", { class: "pg-inspect" });

  const right = element(main, "div", { class: "course-picture pg-sheet pg-right" });
  const largeBox = element(right, "div"), largeTitle = element(largeBox, "h4");
  const large = element(largeBox, "canvas", { class: "pg-large", role: "img" });
  element(largeBox, "div", { class: "pg-scale" });
  const ends = element(largeBox, "div", { class: "pg-ends" });
  const [lowest, zero, highest] = ["", "", ""].map(() => element(ends, "span"));
  const rest = element(right, "div", { class: "pg-rest" });
  element(rest, "div", { class: "pg-key" }, "● class 1   ■ class 0   ○ □ test points");
  const ticks = element(rest, "div", { class: "pg-ticks" });
  const tick = (label, checked) => {
    const line = element(ticks, "label"), box = element(line, "input", { type: "checkbox", "aria-label": label });
    box.checked = checked;
    line.append(label);
    box.onchange = drawLargePicture;
    return box;
  };
  const showTest = tick("test points", true), twoSides = tick("two sides only", false);
  const curves = element(rest, "canvas", { class: "pg-curves", role: "img", "aria-label": "Training loss (solid) and test loss (dashed) over the epochs" });
  const summary = element(element(rest, "table", { class: "pg-values" }), "tbody", { role: "status" });

  // --- texts: settings out and in, and Keras code

  const texts = element(el, "div", { class: "pg-texts" });
  const codeButton = element(texts, "button", { type: "button" }, "Keras code into a new cell");
  const settingsButton = element(texts, "button", { type: "button" }, "Settings as text");
  const loadButton = element(texts, "button", { type: "button" }, "Use these settings");
  const copyButton = element(texts, "button", { type: "button" }, "Copy");
  const said = element(texts, "span", { role: "status" });
  const text = element(texts, "textarea", { spellcheck: "false", "aria-label": "Settings or code as text" });
  codeButton.onclick = () => ask({ do: "tell", what: "code" });
  settingsButton.onclick = () => (text.dataset.what === "settings" ? showText("", "") : ask({ do: "tell", what: "settings" }));
  loadButton.onclick = () => { play(false); ask({ do: "load", text: text.value }); };
  copyButton.onclick = async () => {
    text.select();
    const done = await navigator.clipboard?.writeText(text.value).then(() => true, () => false);
    said.textContent = (done ?? document.execCommand("copy")) ? "Copied." : "Press Ctrl+C (on a Mac ⌘C) to copy.";
  };

  // What is not there, rather than hidden, needs no name.
  function showText(what, content) {
    for (const part of [loadButton, copyButton, text]) part.remove();
    text.value = content;
    text.dataset.what = content && what;
    said.textContent = "";
    if (content) texts.append(...(what === "settings" ? [loadButton] : []), copyButton, said, text);
  }

  // A page cannot add a cell of its own accord, so this presses JupyterLab's button and pastes, as a hand would.
  async function intoNewCell(code) {
    const panel = el.closest(".jp-NotebookPanel"), own = el.closest(".jp-Cell");
    const button = panel?.querySelector('[data-jp-item-name="insert"] :is(jp-button, button)');
    if (!button || !own) return false;
    own.dispatchEvent(new MouseEvent("mousedown", { bubbles: true, button: 0 }));
    const before = new Set(panel.querySelectorAll(".jp-Cell"));
    // JupyterLab's buttons answer when the mouse goes down; should that change, at the click.
    button.dispatchEvent(new MouseEvent("mousedown", { bubbles: true, cancelable: true, button: 0 }));
    for (let i = 0; i < 40; i++) {
      await new Promise((done) => setTimeout(done, 25));
      if (i === 12) button.click();
      const editor = [...panel.querySelectorAll(".jp-CodeCell")].find((cell) => !before.has(cell))?.querySelector(".cm-content");
      if (!editor) continue;
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", code);
      editor.focus();
      editor.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
      await new Promise((done) => setTimeout(done, 25));
      return editor.textContent.includes("keras");
    }
    return false;
  }

  async function onText({ what, text: content }) {
    if (what === "code" && (await intoNewCell(content))) {
      showText("code", "");
      said.textContent = "The code is in the new cell below this one.";
    } else {
      showText(what, content);
    }
  }

  // --- the network: where everything is, and what is chosen

  const inputName = (layer, i) => (layer === 0 ? SHOWN[fixed.features[active[i]]] : `neuron ${i + 1}`);
  const isOutput = (node) => node.layer === shape.length - 1;
  const nodeName = (node) => (node.layer === 0 ? `Feature ${SHOWN[fixed.features[node.i]]}`
    : isOutput(node) ? "Output: probability of class 1" : `Hidden layer ${node.layer}, neuron ${node.i + 1}`);
  const weightOf = ({ layer, input, neuron }) => weights[offsets[layer] + input * shape[layer + 1] + neuron];
  const biasOf = (layer, neuron) => weights[offsets[layer] + inputsOf(layer) * shape[layer + 1] + neuron];
  const inputsOf = (layer) => (layer === 0 ? active.length : shape[layer]);
  const pictureNumber = ({ layer, i }) => shape.slice(1, layer).reduce((a, b) => a + b, 0) + i;
  const rangeOf = (node) => (node.layer === 0 ? featureRanges : ranges).slice(2 * (node.layer ? pictureNumber(node) : node.i)).slice(0, 2);
  const featureRanges = numbers(fixed.feature_ranges);
  const bytesOf = (view, number) => new Uint8Array(view.buffer, view.byteOffset + number * grid * grid, grid * grid);
  const featureTiles = fixed.features.map((_, i) => tile(bytesOf(fixed.feature_pictures, i), grid, SHADES));

  function arrange() {
    const width = Math.max(280, Math.floor(middle.clientWidth - 16));
    const key = JSON.stringify([shape, active, width, right.clientWidth]);
    if (key === state.key) return;
    const focused = overlay.contains(document.activeElement);
    state.key = key;
    state.layout = layOut(shape, active, width, ROW, TOP);
    state.width = width;
    state.size = Math.min(Math.max(right.clientWidth - 18, 200), 310);
    rest.style.width = largeBox.style.width = `${state.size}px`;
    state.hover = state.near = null;
    const { nodes, node: size, across } = state.layout;
    const old = state.chosen && nodes[state.chosen.layer]?.[state.chosen.i];
    state.chosen = old && (old.layer || active.includes(old.i)) ? old : nodes.at(-1)[0];
    overlay.replaceChildren();
    for (const node of nodes.flat()) {
      node.button = element(overlay, "button", { type: "button", class: "pg-node", tabindex: -1, "aria-label": nodeName(node),
        style: `left:${node.x}px;top:${node.y}px;width:${size}px;height:${size}px` });
      if (node.layer === 0) {
        node.button.setAttribute("aria-pressed", active.includes(node.i));
        element(overlay, "span", { class: "pg-name", style: `top:${node.y + size / 2 - 9}px` }, SHOWN[fixed.features[node.i]]);
      }
      const enter = () => { state.hover = node; drawChosenSoon(); };
      const leave = () => { if (state.hover === node) { state.hover = null; drawChosenSoon(); } };
      Object.assign(node.button, { onpointerenter: enter, onfocus: enter, onpointerleave: leave, onblur: leave, onclick: () => press(node), onkeydown: (event) => move(event, node) });
    }
    nodes.slice(1, -1).forEach((column, l) => {
      const box = element(overlay, "div", { class: "pg-size", style: `left:${column[0].x + size / 2 - 28}px;top:0` });
      const buttons = element(box, "span");
      for (const [sign, by, word] of [["−", -1, "less"], ["+", 1, "more"]]) {
        const button = element(buttons, "button", { type: "button", "aria-label": `One neuron ${word} in hidden layer ${l + 1}` }, sign);
        button.onclick = () => set("hidden", frame.now.hidden.map((units, k) => units + (k === l) * by));
        button.disabled = sign === "−" ? column.length === 1 : column.length === fixed.neurons;
      }
      element(box, "span", {}, `${column.length}${across < 60 ? "" : column.length > 1 ? " neurons" : " neuron"}`);
    });
    net.style.height = `${state.layout.height}px`;
    layersText.textContent = `${shape.length - 2} hidden layer${shape.length > 3 ? "s" : ""}`;
    fewer.disabled = shape.length === 3;
    more.disabled = shape.length - 2 === fixed.layers;
    state.chosen.button.tabIndex = 0;
    if (focused) state.chosen.button.focus();
    makeFields();
  }

  // The arrow keys go from node to node; one of them at a time can be reached by Tab.
  function move(event, node) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    const { nodes } = state.layout, column = nodes[node.layer + step[0]];
    const next = step[0] ? column?.reduce((best, other) => (Math.abs(other.y - node.y) < Math.abs(best.y - node.y) ? other : best)) : nodes[node.layer][node.i + step[1]];
    if (!next) return;
    node.button.tabIndex = -1;
    next.button.tabIndex = 0;
    next.button.focus();
  }

  function press(node) {
    if (node.layer > 0) return choose(node);
    const on = active.includes(node.i) ? active.filter((i) => i !== node.i) : [...active, node.i];
    set("features", on.map((i) => fixed.features[i]));
  }

  function choose(node, field = -1) {
    state.chosen = node;
    makeFields();
    drawChosen();
    if (field >= 0) state.fields[field].box.select();
  }

  // The numbers of the chosen neuron: what it multiplies each of its inputs by, and its bias.
  function makeFields() {
    const node = state.chosen, layer = node.layer - 1;
    inspect.replaceChildren();
    const what = isOutput(node) ? "sigmoid" : name(frame.now.activation);
    element(inspect, "h4", {}, `${isOutput(node) ? "Output" : nodeName(node)} = ${what} of the sum of`);
    const list = element(inspect, "div", { class: "pg-fields" });
    const field = (label, read, change) => {
      const box = element(element(list, "label", {}, label), "input", { type: "text", inputmode: "decimal", "aria-label": `${nodeName(node)}: ${label}` });
      box.onchange = () => ask({ do: "change", change: [...change, typed(box.value)] });
      return { box, read };
    };
    state.fields = Array.from({ length: inputsOf(layer) }, (_, i) => field(`${inputName(layer, i)} ×`, () => weightOf({ layer, input: i, neuron: node.i }), ["weight", layer, i, node.i]));
    state.fields.push(field("bias", () => biasOf(layer, node.i), ["bias", layer, node.i]));
    fillFields();
  }
  function fillFields() {
    for (const { box, read } of state.fields) {
      const number = read(), value = Number.isFinite(number) ? signed(number, 3) : String(number);
      if (document.activeElement !== box && box.value !== value) box.value = value;
    }
  }

  netCanvas.onpointermove = ({ offsetX, offsetY }) => {
    const near = biasAt(state.layout, offsetX, offsetY) ?? linkAt(state.layout, offsetX, offsetY);
    if (near === state.near) return;
    state.near = near;
    netCanvas.style.cursor = near ? "pointer" : "";
    drawNet();
  };
  netCanvas.onpointerleave = () => { state.near = null; drawNet(); };
  // Behind the fields of the weights comes that of the bias.
  netCanvas.onclick = () => state.near && choose(state.near.target ?? state.near, state.near.input ?? inputsOf(state.near.layer - 1));

  // --- drawing

  function drawNet() {
    const chosen = state.hover ?? (isOutput(state.chosen) ? null : state.chosen);
    drawNetwork(netCanvas, state.layout, tiles, active, chosen, state.near, weightOf, biasOf, state.width);
    const near = state.near;
    hint.textContent = !near ? "Blue, solid: positive weight. Orange, dashed: negative. Click one to change it."
      : near.target ? `${inputName(near.layer, near.input)} → ${nodeName(near.target)}: weight ${signed(weightOf(near))}; click to change it`
        : `${nodeName(near)}: bias ${signed(biasOf(near.layer - 1, near.i))}; click to change it`;
  }

  function drawLargePicture() {
    const node = state.hover ?? state.chosen, [low, high] = rangeOf(node);
    const bytes = node.layer ? bytesOf(frame.pictures, pictureNumber(node)) : bytesOf(fixed.feature_pictures, node.i);
    const lut = twoSides.checked ? SIDES : isOutput(node) ? SURE : SHADES;
    drawLarge(large, (state.large = enlarge(bytes, grid, lut, state.large)), data, fixed.reach, showTest.checked, state.size);
    largeTitle.textContent = nodeName(node);
    const strongest = Math.max(1, Math.abs(low), Math.abs(high));
    const [l, m, h] = isOutput(node) ? ["0", "½", "1 (sure)"] : [signed(-strongest, 1), "0", signed(strongest, 1)];
    Object.assign(lowest, { textContent: l });
    Object.assign(zero, { textContent: m });
    Object.assign(highest, { textContent: h });
    const values = [low, high].map((value) => (isOutput(node) ? 1 / (1 + Math.exp(-value)) : value));
    large.setAttribute("aria-label", `${nodeName(node)}: values from ${signed(values[0])} to ${signed(values[1])} over the plane, with the points`);
  }

  function drawChosen() {
    drawLargePicture();
    drawNet();
  }

  // Once, where the focus leaves one neuron and reaches another in one go.
  let soon = false;
  function drawChosenSoon() {
    if (soon) return;
    soon = true;
    queueMicrotask(() => { soon = false; drawChosen(); });
  }

  function drawAll() {
    frame = model.get("frame");
    clearTimeout(state.waiting);
    active = frame.now.features.map((feature) => fixed.features.indexOf(feature));
    shape = [fixed.features.length, ...frame.now.hidden, 1];
    weights = numbers(frame.weights);
    ranges = numbers(frame.ranges);
    data = { points: numbers(model.get("data").points), train: model.get("data").train };
    offsets = [0];
    for (let l = 0; l + 1 < shape.length; l++) offsets.push(offsets[l] + (inputsOf(l) + 1) * shape[l + 1]);
    let number = 0;
    const old = tiles ?? [];
    tiles = shape.map((count, l) => (l === 0 ? featureTiles : Array.from({ length: count }, (_, i) => tile(bytesOf(frame.pictures, number++), grid, l === shape.length - 1 ? SURE : SHADES, old[l]?.[i]))));
    arrange();
    showers.forEach((show) => show(frame.now));
    epochNumber.textContent = frame.epoch.toLocaleString("en");
    fillFields();
    drawChosen();
    state.curve = numbers(frame.curve);
    drawCurves(curves, state.curve, state.size, 112);
    const rows = ["training", "test"].map((part, k) => `<tr><td>${k ? "╌" : "━"} ${part}</td><td>loss ${signed(state.curve.at(k - 2), 3)}</td><td>${(100 * frame.accuracy[k]).toFixed(1)} % right</td></tr>`);
    summary.innerHTML = rows.join("");
    netCanvas.setAttribute("aria-label", `The network: ${active.length} features, hidden layers of ${frame.now.hidden.join(", ")} neurons, one output`);
    showError();
  }

  function showError() {
    const message = model.get("error") || frame.message;
    const words = message && `⚠ ${message}`;
    if (error.textContent !== words) error.textContent = words;
  }

  let pending = 0;
  function onFrame() {
    // Another frame, from a cell or another view, can come before this one is drawn: its number is no answer.
    state.answered = Math.max(state.answered, model.get("frame").number);
    if (pending) return;
    // While it plays, more than one frame can come for one of the screen's; a single step is shown at once.
    if (state.playing) pending = requestAnimationFrame(drawn);
    else drawAll();
  }

  function drawn() {
    pending = 0;
    drawAll();
    if (!state.playing) return;
    if (frame.message || model.get("error")) play(false);
    else if (state.answered >= state.asked) ask({ do: "train" });
  }

  // Plain keys belong to the playground: JupyterLab would take "x" for "cut this cell", and the arrows for itself.
  const keep = (event) => {
    if (!(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey && event.key === "Enter") && !["Escape", "Tab"].includes(event.key)) event.stopPropagation();
  };
  el.addEventListener("keydown", keep);
  const resized = new ResizeObserver(() => { if (middle.clientWidth) drawAll(); });
  model.on("change:frame", onFrame);
  model.on("change:error", showError);
  model.on("msg:custom", onText);
  showText("", "");
  drawAll();
  play(false);
  resized.observe(middle);
  return () => {
    state.playing = false;
    clearTimeout(state.waiting);
    cancelAnimationFrame(pending);
    resized.disconnect();
    el.removeEventListener("keydown", keep);
    model.off("change:frame", onFrame);
    model.off("change:error", showError);
    model.off("msg:custom", onText);
  };
}

export default { render };
