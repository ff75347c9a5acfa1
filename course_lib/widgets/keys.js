// Repairs what ipywidgets lacks: single keys reach JupyterLab, which takes them for commands ("x" cuts a cell while a
// slider has the focus), and sliders, their numbers, the buttons of Play and images have no name for a screen reader.
const isCommand = (e) => !(e.ctrlKey || e.metaKey || e.altKey) && e.key !== "Escape" && e.key !== "Enter" && e.key !== "Tab";
const keep = (e) => { if (isCommand(e)) e.stopPropagation(); };
let texts = 0;

function nameParts(root) {
  for (const slider of root.querySelectorAll(".widget-slider")) {
    const label = slider.querySelector("label")?.textContent;
    if (label) for (const part of slider.querySelectorAll(".noUi-handle, .widget-readout")) part.setAttribute("aria-label", label);
    slider.querySelector(".widget-readout")?.setAttribute("role", "textbox");
  }
  for (const play of root.querySelectorAll(".widget-play")) {
    play.querySelectorAll("button").forEach((button, i) => {
      button.title = ["Play or pause", "Stop", "Repeat"][i];
      // The icon is a letter of a font of icons, which would be read out before the tool tip.
      button.setAttribute("aria-label", button.title);
    });
  }
  const image = root.querySelector("img.course-picture"), text = root.querySelector(".course-text");
  if (image && text) image.setAttribute("aria-labelledby", (text.id ||= `course-text-${texts++}`));
  // Where there is no tool tip, ipywidgets shows the word "null" as one.
  for (const part of root.querySelectorAll('[title="null"]')) part.removeAttribute("title");
}

export default {
  render({ el }) {
    el.style.display = "none";
    let root = null;
    // Controls are drawn one after the other, and a few milliseconds after the box.
    const changes = new MutationObserver(() => nameParts(root));
    // The box around this widget is attached after it, so it has to be waited for.
    const timer = setInterval(() => {
      root = el.closest(".course-widget");
      if (!root?.querySelector(".noUi-handle, button, select, input") || !root.querySelector(".course-text")) return;
      clearInterval(timer);
      root.addEventListener("keydown", keep);
      changes.observe(root, { childList: true, subtree: true });
      nameParts(root);
      root.dataset.ready = "true";
    }, 50);
    return () => {
      clearInterval(timer);
      root?.removeEventListener("keydown", keep);
      changes.disconnect();
    };
  },
};
