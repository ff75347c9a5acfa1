// The card of a verdict. It needs no kernel: all hints come with it, so that a busy or restarted one does not matter.
function render({ model, el }) {
  el.classList.add("course-card");
  const verdict = readout(el, "card-verdict");
  const given = readout(el, "card-hints");
  const more = button(el, "Hint", () => {
    model.set("given", model.get("given") + 1);
    // Where the kernel is gone this fails, after the hint is shown.
    model.save_changes();
  });
  const draw = () => drawHints(model, given, more);
  // What is there from the beginning is not read out; what comes into a place that is watched already is.
  const timer = setTimeout(() => {
    verdict.innerHTML = model.get("html");
    draw();
    el.dataset.ready = "true";
  }, 50);
  const endings = [guardKeys(el), listen(model, { "change:given": draw }), () => clearTimeout(timer)];
  return () => endings.map((end) => end());
}

function drawHints(model, given, more) {
  const hints = model.get("hints");
  const lines = hints.slice(0, model.get("given")).map((hint, i) => `Hint ${i + 1} of ${hints.length}: ${hint}`);
  const all = hints.length > 0 && lines.length === hints.length;
  if (all) lines.push(model.get("all_given"));
  // Only what is new is added, and so read out.
  for (const line of lines.slice(given.children.length)) element(given, "div", {}, line);
  more.hidden = !hints.length || all;
}

export default { render };
