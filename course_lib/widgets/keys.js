// Repairs what ipywidgets lacks: single keys reach JupyterLab, which takes them for commands ("x" cuts a cell while a
// slider has the focus), and sliders, their numbers, the buttons of Play and images have no name for a screen reader.
function nameParts(root) {
  root.querySelectorAll(".widget-slider").forEach(nameSlider);
  root.querySelectorAll(".widget-play").forEach(namePlay);
  const image = root.querySelector("img.course-picture");
  const text = root.querySelector(".course-text");
  if (image && text) {
    // This module is loaded anew for each widget, so that a count would begin anew, too.
    text.id ||= `course-text-${Math.random().toString(36).slice(2)}`;
    image.setAttribute("aria-labelledby", text.id);
  }
  // Where there is no tool tip, ipywidgets shows the word "null" as one.
  for (const part of root.querySelectorAll('[title="null"]')) part.removeAttribute("title");
}

function nameSlider(slider) {
  const label = slider.querySelector("label")?.textContent;
  const parts = label ? slider.querySelectorAll(".noUi-handle, .widget-readout") : [];
  for (const part of parts) part.setAttribute("aria-label", label);
  slider.querySelector(".widget-readout")?.setAttribute("role", "textbox");
}

function namePlay(play) {
  for (const [i, part] of play.querySelectorAll("button").entries()) {
    part.title = ["Play or pause", "Stop", "Repeat"][i];
    // The icon is a letter of a font of icons, which would be read out before the tool tip.
    part.setAttribute("aria-label", part.title);
  }
}

function isDrawn(root) {
  return root?.querySelector(".noUi-handle, button, select, input") && root.querySelector(".course-text");
}

function render({ model, el }) {
  el.style.display = "none";
  let root = null;
  let endings = [];
  // Controls are drawn one after the other, and a few milliseconds after the box.
  const changes = new MutationObserver(() => nameParts(root));
  // The box around this widget is attached after it, so it has to be waited for.
  const timer = setInterval(() => {
    root = el.closest(".course-widget");
    if (!isDrawn(root)) return;
    clearInterval(timer);
    endings = [guardKeys(root), sayWhenLost(model, el, root)];
    changes.observe(root, { childList: true, subtree: true });
    nameParts(root);
    root.dataset.ready = "true";
  }, 50);
  return () => {
    clearInterval(timer);
    for (const end of endings) end();
    changes.disconnect();
  };
}

export default { render };
