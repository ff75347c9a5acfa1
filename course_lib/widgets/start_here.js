// A pad to draw a digit on, by mouse, finger or keyboard. Python turns the strokes into the 8 × 8 picture
// and reads it; this side draws what both made. Points run from 0 to 1, x to the right and y down.
const SIZE = 240;
const STEP = 0.04;
const HELP = "Drawing pad. Arrow keys move the pen, the space bar sets it down or lifts it, Delete clears the pad.";

function element(parent, tag, attributes = {}, text = "") {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.textContent = text;
  return parent.appendChild(node);
}

function render({ model, el }) {
  el.classList.add("course-widget", "course-digit-pad");
  const row = element(el, "div", { class: "course-picture pad-row" });

  const left = element(row, "div");
  element(left, "div", { class: "pad-title" }, "Draw a digit here");
  const pad = element(left, "canvas", { width: SIZE * 2, height: SIZE * 2, tabindex: 0, role: "img", "aria-label": HELP, class: "pad" });
  const clear = element(left, "button", { class: "pad-clear", type: "button" }, "Clear");

  const middle = element(row, "div");
  element(middle, "div", { class: "pad-title" }, "What the network sees");
  const seen = element(middle, "canvas", { width: 160, height: 160, role: "img", "aria-label": "The drawing as 8 by 8 shades of grey", class: "seen" });

  const right = element(row, "div", { class: "pad-right" });
  element(right, "div", { class: "pad-title" }, "What it reads");
  const bars = [...Array(10).keys()].map((digit) => {
    const line = element(right, "div", { class: "bar-line" });
    element(line, "span", { class: "bar-digit" }, digit);
    const track = element(line, "span", { class: "bar-track" });
    return { bar: element(track, "span", { class: "bar" }), share: element(line, "span", { class: "bar-share" }) };
  });
  const reading = element(right, "div", { class: "reading", role: "status", "aria-live": "polite" });
  const error = element(el, "div", { class: "course-message", role: "alert" });

  let strokes = structuredClone(model.get("strokes"));
  let pen = { x: 0.5, y: 0.5, down: false };
  let sending = null;
  let sent = -Infinity;

  // At once, but at most one message every 40 ms while the hand moves; the last state is always sent.
  function send() {
    if (sending) return;
    sending = setTimeout(() => {
      sending = null;
      sent = performance.now();
      model.set("strokes", structuredClone(strokes));
      model.save_changes();
    }, sent + 40 - performance.now());
  }

  function drawPad() {
    const context = pad.getContext("2d");
    context.clearRect(0, 0, pad.width, pad.height);
    Object.assign(context, { lineWidth: 34, lineCap: "round", lineJoin: "round", strokeStyle: "#222" });
    for (const stroke of strokes) {
      context.beginPath();
      stroke.forEach(([x, y], i) => (i ? context.lineTo(x * pad.width, y * pad.height) : context.moveTo(x * pad.width, y * pad.height)));
      if (stroke.length === 1) context.lineTo(stroke[0][0] * pad.width, stroke[0][1] * pad.height);
      context.stroke();
    }
    // Who draws with the mouse needs no pen.
    if (pad.matches(":focus-visible")) {
      Object.assign(context, { lineWidth: 4, strokeStyle: pen.down ? "#D55E00" : "#0072B2" });
      context.beginPath();
      context.arc(pen.x * pad.width, pen.y * pad.height, 14, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  function drawReading() {
    const context = seen.getContext("2d");
    const picture = model.get("picture");
    picture.forEach((ink, i) => {
      const shade = Math.round(255 * (1 - ink));
      context.fillStyle = `rgb(${shade}, ${shade}, ${shade})`;
      context.fillRect((i % 8) * 20, Math.floor(i / 8) * 20, 20, 20);
    });
    const shares = model.get("probabilities");
    bars.forEach(({ bar, share }, digit) => {
      bar.style.width = `${100 * (shares[digit] ?? 0)}%`;
      bar.classList.toggle("best", digit === model.get("reading"));
      share.textContent = shares.length ? `${Math.round(100 * shares[digit])} %` : "";
    });
    reading.textContent = shares.length ? `It reads ${model.get("reading")}.` : "Nothing is drawn yet.";
    error.textContent = model.get("error") && `⚠ ${model.get("error")}`;
  }

  function place(event) {
    const frame = pad.getBoundingClientRect();
    const inside = (v) => Math.min(1, Math.max(0, v));
    return [inside((event.clientX - frame.left) / frame.width), inside((event.clientY - frame.top) / frame.height)];
  }

  function wipe() {
    strokes = [];
    pen.down = false;
    drawPad();
    send();
  }

  pad.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    pad.focus();
    pad.setPointerCapture(event.pointerId);
    strokes.push([place(event)]);
    drawPad();
    send();
  });
  pad.addEventListener("pointermove", (event) => {
    if (!(event.buttons & 1) || !pad.hasPointerCapture(event.pointerId)) return;
    strokes.at(-1).push(place(event));
    drawPad();
    send();
  });
  const moves = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
  pad.addEventListener("keydown", (event) => {
    if (event.key in moves) {
      pen.x = Math.min(1, Math.max(0, pen.x + moves[event.key][0]));
      pen.y = Math.min(1, Math.max(0, pen.y + moves[event.key][1]));
      if (pen.down) { strokes.at(-1).push([pen.x, pen.y]); send(); }
    } else if (event.key === " ") {
      pen.down = !pen.down;
      if (pen.down) { strokes.push([[pen.x, pen.y]]); send(); }
    } else if (event.key === "Delete" || event.key === "Backspace") {
      wipe();
    } else {
      return;
    }
    event.preventDefault();
    drawPad();
  });
  pad.addEventListener("focus", drawPad);
  pad.addEventListener("blur", drawPad);
  clear.addEventListener("click", wipe);
  // Plain keys belong to the pad: JupyterLab would take "x" for "cut this cell", and the arrows for itself.
  const keep = (event) => {
    if (!(event.ctrlKey || event.metaKey || event.altKey) && !["Escape", "Enter", "Tab"].includes(event.key)) event.stopPropagation();
  };
  el.addEventListener("keydown", keep);

  const onStrokes = () => {
    if (JSON.stringify(model.get("strokes")) === JSON.stringify(strokes) || sending) return;
    strokes = structuredClone(model.get("strokes"));
    drawPad();
  };
  model.on("change:strokes", onStrokes);
  for (const name of ["picture", "probabilities", "reading", "error"]) model.on(`change:${name}`, drawReading);
  drawPad();
  drawReading();
  return () => {
    clearTimeout(sending);
    el.removeEventListener("keydown", keep);
    model.off("change:strokes", onStrokes);
    for (const name of ["picture", "probabilities", "reading", "error"]) model.off(`change:${name}`, drawReading);
  };
}

export default { render };
