// A computation graph to step through. Python reads the formula, computes and draws: each part of the drawing comes with
// the steps at which it is seen. This side chooses the parts of a step, so that stepping needs no kernel.
function element(parent, tag, attributes = {}, text = "") {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.textContent = text;
  return parent.appendChild(node);
}

function render({ model, el }) {
  el.classList.add("course-widget", "course-graph");
  const first = element(el, "div", { class: "graph-row" });
  const formula = element(element(first, "label", {}, "formula"), "input", { type: "text", spellcheck: "false", autocomplete: "off", "aria-label": "formula" });
  const numbers = element(first, "div", { class: "graph-row" });
  const second = element(el, "div", { class: "graph-row" });
  const back = element(second, "button", { type: "button" }, "◀ back");
  const slider = element(second, "input", { type: "range", min: 0, step: 1, "aria-label": "step" });
  const forth = element(second, "button", { type: "button" }, "step ▶");
  const count = element(second, "span");
  const picture = element(el, "div", { class: "course-picture", role: "img" });
  const words = element(el, "div", { class: "course-text", role: "status", "aria-live": "polite" });
  const error = element(el, "div", { class: "course-message", role: "alert" });

  function draw() {
    const step = model.get("step"), last = model.get("last"), [width, height] = model.get("size");
    const parts = model.get("parts").filter(([from, to]) => from <= step && step < to).map(([, , part]) => part);
    picture.innerHTML = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, Helvetica, Arial, sans-serif" font-size="14">${parts.join("")}</svg>`;
    words.textContent = model.get("sentences")[step] ?? "";
    picture.setAttribute("aria-label", `The computation graph of ${model.get("expression")}. ${words.textContent}`);
    slider.max = last;
    slider.value = step;
    slider.setAttribute("aria-valuetext", `step ${step} of ${last}`);
    count.textContent = `${step} of ${last}`;
    back.disabled = step <= 0;
    forth.disabled = step >= last;
    error.textContent = model.get("error") && `⚠ ${model.get("error")}`;
  }

  function go(step) {
    const inside = Math.min(model.get("last"), Math.max(0, Math.round(step)));
    if (!Number.isFinite(inside) || inside === model.get("step")) return;
    model.set("step", inside);
    model.save_changes();
  }

  // A box for each name; those that are there already are kept, because one of them may have the focus.
  function drawNumbers() {
    const values = model.get("values"), names = Object.keys(values);
    if (names.join() !== [...numbers.querySelectorAll("input")].map((box) => box.dataset.name).join()) {
      numbers.replaceChildren();
      for (const name of names) {
        const box = element(element(numbers, "label", {}, name), "input", { type: "number", step: 0.1, "data-name": name, "aria-label": `value of ${name}` });
        // While something is being typed, a lone minus sign is no number yet: it waits for "change".
        box.addEventListener("input", () => box.value !== "" && send(name, box.value));
        box.addEventListener("change", () => send(name, box.value));
      }
    }
    for (const box of numbers.querySelectorAll("input")) {
      const value = values[box.dataset.name];
      if (box !== document.activeElement && Number.isFinite(value)) box.value = value;
    }
  }

  function send(name, text) {
    const values = model.get("values");
    const value = text === "" ? "" : Number(text);
    if (values[name] === value) return;
    model.set("values", { ...values, [name]: value });
    model.save_changes();
  }

  formula.value = model.get("expression");
  formula.addEventListener("change", () => {
    model.set("expression", formula.value);
    model.save_changes();
  });
  slider.addEventListener("input", () => go(Number(slider.value)));
  back.addEventListener("click", () => go(model.get("step") - 1));
  forth.addEventListener("click", () => go(model.get("step") + 1));
  picture.addEventListener("click", (event) => {
    const box = event.target.closest("[data-forward]");
    if (box) go(Number(model.get("step") > model.get("last") / 2 ? box.dataset.backward : box.dataset.forward));
  });
  // The widget's own keys: JupyterLab would take "x" for "cut this cell", and the arrows for itself.
  const keep = (event) => {
    const arrow = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (arrow && event.target.tagName === "BUTTON") go(model.get("step") + arrow);
    if (!(event.ctrlKey || event.metaKey || event.altKey) && !["Escape", "Tab"].includes(event.key)) event.stopPropagation();
  };
  el.addEventListener("keydown", keep);

  const onExpression = () => { formula.value = model.get("expression"); draw(); };
  const handlers = { "change:expression": onExpression, "change:values": drawNumbers };
  for (const name of ["step", "parts", "sentences", "error"]) handlers[`change:${name}`] = draw;
  for (const [name, handler] of Object.entries(handlers)) model.on(name, handler);
  drawNumbers();
  draw();
  el.dataset.ready = "true";
  return () => {
    el.removeEventListener("keydown", keep);
    for (const [name, handler] of Object.entries(handlers)) model.off(name, handler);
  };
}

export default { render };
