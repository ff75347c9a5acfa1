// The map of the course: Python gives the table, and again whenever the learner's progress has changed.
function render({ model, el }) {
  el.classList.add("course-map");
  const table = element(el, "div");
  const total = readout(el, "map-total");
  const draw = () => {
    table.innerHTML = model.get("table");
    if (total.textContent !== model.get("total")) total.textContent = model.get("total");
    el.dataset.ready = "true";
  };
  const endings = [listen(model, { "change:table": draw, "change:total": draw }), sayWhenLost(model, el, el)];
  draw();
  return () => endings.map((end) => end());
}

export default { render };
