// What the scripts of widgets have in common. Python puts the colours of drawing/palette.py and this text before each
// of them, and so makes one module: a widget's script can load no second file. Nothing here is exported, therefore.

// A new node at the end of another.
function element(parent, tag, attributes = {}, text = "") {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.textContent = text;
  return parent.appendChild(node);
}

// A new button, and what it does when it is pressed.
function button(parent, text, press, attributes = {}) {
  const node = element(parent, "button", { type: "button", class: "course-button", ...attributes }, text);
  node.onclick = press;
  return node;
}

// A line of text that is read aloud when it changes.
function readout(parent, name) {
  return element(parent, "div", { class: name, role: "status", "aria-live": "polite" });
}

// The line that says what went wrong; complain gives it its words, or takes them away.
function alarm(parent) {
  return element(parent, "div", { class: "course-message", role: "alert" });
}
function complain(line, message) {
  const words = message && `⚠ ${message}`;
  // The same words once more would be read aloud once more.
  if (line.textContent !== words) line.textContent = words;
}

// Every function below that begins something gives back a function that ends it, for when the widget leaves the page.

// The one keyboard guard. Keys of a control stay with it: JupyterLab would take "x" for "cut this cell" and the arrows
// for itself. Shift+Enter still runs the cell, Escape and Tab still lead out, and so does what is held with Ctrl.
function guardKeys(root) {
  const passes = ({ key, ctrlKey, metaKey, altKey, shiftKey }) =>
    ctrlKey || metaKey || altKey || key === "Escape" || key === "Tab" || (shiftKey && key === "Enter");
  const keep = (event) => passes(event) || event.stopPropagation();
  root.addEventListener("keydown", keep);
  return () => root.removeEventListener("keydown", keep);
}

// Answer a model's events. handlers: {event: function}
function listen(model, handlers) {
  for (const [event, handler] of Object.entries(handlers)) model.on(event, handler);
  return () => {
    for (const [event, handler] of Object.entries(handlers)) model.off(event, handler);
  };
}

// What a kernel's status is once all that it held is lost.
const LOST = new Set(["restarting", "autorestarting", "terminating", "dead"]);

// Tell of a kernel that is lost: restarted, crashed, shut down or exchanged. Its widgets stay on the page until their
// cells run again. Of all this ipywidgets notices only a restart by hand; where there is no session, as outside
// JupyterLab, that has to do.
function watchKernel(model, el, tell) {
  const session = model.widget_manager?.context?.sessionContext;
  const onStatus = (_, status) => LOST.has(status) && tell();
  const onKernel = (_, { oldValue }) => oldValue && tell();
  // The mark is set by the same event, perhaps after this has been called.
  const onLive = () => setTimeout(() => el.closest(".jupyter-widgets-disconnected") && tell());
  session?.statusChanged.connect(onStatus);
  session?.kernelChanged.connect(onKernel);
  const unlisten = listen(model, { comm_live_update: onLive });
  onLive();
  return () => {
    session?.statusChanged.disconnect(onStatus);
    session?.kernelChanged.disconnect(onKernel);
    unlisten();
  };
}

// Say in a widget, above what it showed last, that its kernel is lost. end: what it does then besides
function sayWhenLost(model, el, root, end = () => {}) {
  return watchKernel(model, el, () => {
    if (root.classList.contains("course-gone")) return;
    end();
    root.classList.add("course-gone");
    // A key that is pressed now is meant for no control.
    for (const part of root.children) part.inert = true;
    const line = alarm(root);
    root.prepend(line);
    complain(line, "The kernel was restarted or shut down: run this cell again.");
  });
}

// What the render of a script ends with: everything is drawn, and lives until the widget leaves the page.
// handlers: {event: function}; stop ends what would go on when the kernel is lost, and is given back with the rest.
function enliven(model, el, draw, handlers, stop = () => {}) {
  const endings = [guardKeys(el), listen(model, handlers), sayWhenLost(model, el, el, stop), stop];
  draw();
  el.dataset.ready = "true";
  return () => {
    for (const end of endings) end();
  };
}

// The same answer to a change of each of these traits.
const onChanges = (names, answer) => Object.fromEntries(names.map((name) => [`change:${name}`, answer]));

const clamped = (value, low = 0, high = 1) => Math.min(high, Math.max(low, value));

// Follow a mouse, pen or finger from where it goes down, also beyond the node. begin and move are given [x, y], each
// from 0 to 1 within the node.
function drag(node, begin, move) {
  const place = ({ clientX, clientY }) => {
    const { left, top, width, height } = node.getBoundingClientRect();
    return [clamped((clientX - left) / width), clamped((clientY - top) / height)];
  };
  node.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    node.focus({ preventScroll: true });
    node.setPointerCapture(event.pointerId);
    begin(place(event));
  });
  node.addEventListener("pointermove", (event) => {
    if (event.buttons & 1 && node.hasPointerCapture(event.pointerId)) move(place(event));
  });
}
