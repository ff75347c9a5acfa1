// Repairs two things in the ipywidgets beside it: single keys that JupyterLab would take for commands
// ("x" cuts a cell while a slider has the focus), and sliders that have no name for a screen reader.
const isCommand = (e) => !(e.ctrlKey || e.metaKey || e.altKey) && e.key !== "Escape" && e.key !== "Enter" && e.key !== "Tab";
const keep = (e) => { if (isCommand(e)) e.stopPropagation(); };

function nameSliders(root) {
  for (const slider of root.querySelectorAll(".widget-slider")) {
    const label = slider.querySelector("label")?.textContent;
    for (const handle of slider.querySelectorAll(".noUi-handle")) if (label) handle.setAttribute("aria-label", label);
  }
}

export default {
  render({ el }) {
    el.style.display = "none";
    let root = null;
    // The box around this widget is attached after it, so it has to be waited for.
    const timer = setInterval(() => {
      root = el.closest(".course-widget");
      if (!root || !root.querySelector(".noUi-handle, button, select, input")) return;
      clearInterval(timer);
      root.addEventListener("keydown", keep);
      nameSliders(root);
      root.dataset.ready = "true";
    }, 50);
    return () => { clearInterval(timer); root?.removeEventListener("keydown", keep); };
  },
};
