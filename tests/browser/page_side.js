// What the tests ask the page, run in the browser as soon as a page opens.
window.courseTest = (() => {
  const notebook = () => window.jupyterapp.shell.currentWidget;
  const run = (command) => window.jupyterapp.commands.execute(command);
  const outputs = (cell) => (cell.model.type === "code" ? cell.model.outputs.toJSON() : []);
  const frame = () => new Promise(requestAnimationFrame);

  function isOpen(path) {
    const panel = notebook();
    if (panel?.context?.path !== path || !panel.context.isReady || !panel.sessionContext.isReady) return false;
    return panel.sessionContext.session?.kernel?.status === "idle";
  }

  async function runAll() {
    const ran = await run("notebook:run-all-cells");
    const all = notebook().content.widgets.flatMap(outputs);
    const errors = all.filter((output) => output.output_type === "error");
    return [ran, errors.map((error) => `${error.ename}: ${error.evalue}`)];
  }

  // [model, number of its cell] of each of the course's widgets, which are marked in the page with their model;
  // null while one of them is not drawn.
  function widgets() {
    const found = [];
    for (const [number, cell] of notebook().content.widgets.entries()) {
      for (const [i, output] of outputs(cell).entries()) {
        const view = output.data?.["application/vnd.jupyter.widget-view+json"];
        const node = view && cell.outputArea.widgets[i]?.node;
        if (!view) continue;
        // The map and the cards are words and bars, without a picture: looked at by tests of their own.
        if (node?.querySelector(".course-map, .course-card")) continue;
        if (!node?.querySelector(".jupyter-widgets, .course-widget")) return null;
        const root = node.querySelector(".course-widget");
        // A line of text that differs from machine to machine is a bare ipywidget.
        if (!root) continue;
        const pictures = [...root.querySelectorAll("img, svg, canvas")];
        const drawn = pictures.length > 0 && pictures.every((picture) => picture.complete ?? true);
        if (!drawn || !(root.dataset.ready || root.querySelector("canvas"))) return null;
        root.dataset.model = view.model_id;
        found.push([view.model_id, number]);
      }
    }
    return found;
  }

  // How many milliseconds after its cell has run a widget is drawn.
  async function opening(number) {
    await runCell(number);
    const start = performance.now();
    while (!widgets()) await frame();
    return performance.now() - start;
  }

  function cells() {
    return notebook().content.widgets.map((cell) => [
      cell.model.id,
      cell.model.type,
      cell.model.sharedModel.getSource(),
    ]);
  }

  // Run one cell to its end.
  async function runCell(number) {
    notebook().content.activeCellIndex = number;
    return await run("notebook:run-cell");
  }

  function write(number, source) {
    notebook().content.widgets[number].model.sharedModel.setSource(source);
  }

  const kernel = () => notebook().sessionContext.session.kernel;

  // Run code in the notebook's kernel without a trace in the notebook.
  async function tell(code) {
    await kernel().requestExecute({ code, silent: true }).done;
  }

  // The kernel's answer to an expression.
  async function ask(expression) {
    const request = { code: "", silent: true, user_expressions: { answer: expression } };
    const reply = await kernel().requestExecute(request).done;
    return reply.content.user_expressions.answer;
  }

  function base64(blob) {
    return new Promise((done) => {
      const reader = new FileReader();
      reader.onload = () => done(reader.result.split(",")[1]);
      reader.readAsDataURL(blob);
    });
  }

  // [what the page shows of a widget, what Python holds], both as the browser writes HTML.
  async function shown([model, python]) {
    const root = document.querySelector(`[data-model="${model}"]`);
    const html = (text) => Object.assign(document.createElement("div"), { innerHTML: text }).innerHTML;
    const inner = (name) => root.querySelector(`.course-${name} .widget-html-content`).innerHTML;
    const image = root.querySelector("img.course-picture");
    const [text, message] = [inner("text"), inner("message")];
    // An address that the next picture has already replaced cannot be fetched any more.
    const fetched = () => fetch(image.src).then((got) => got.blob());
    const picture = image ? await fetched().then(base64, () => null) : inner("picture");
    const wanted = image ? python.picture : html(python.picture);
    return [
      { picture, text, message },
      { picture: wanted, text: html(python.text), message: html(python.message) },
    ];
  }

  // The contrast of two colours as the Web Content Accessibility Guidelines define it, from 1 to 21.
  function contrast(...colours) {
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const brightness = (colour) => {
      // A colour that was mixed is given in shares, "color(srgb 0.5 0.5 0.5)", any other in bytes.
      const most = colour.startsWith("color(srgb") ? 1 : 255;
      const [r, g, b] = colour.match(/[\d.]+/g).map((v) => linear(v / most));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const [dark, light] = colours.map(brightness).sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  }

  function behind(node) {
    const colour = getComputedStyle(node).backgroundColor;
    return /^rgba.*, 0\)$/.test(colour) && node.parentElement ? behind(node.parentElement) : colour;
  }

  // The texts of widgets that stand out too little from what is behind them.
  function faint(roots = ".course-widget") {
    const isFaint = (node) => {
      const words = [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
      if (!words || !node.checkVisibility() || node.closest("svg, option")) return false;
      return contrast(getComputedStyle(node).color, behind(node)) < 4.5;
    };
    const nodes = [...document.querySelectorAll(`:is(${roots}) *`)];
    return nodes.filter(isFaint).map((node) => node.textContent);
  }

  // [text, whether it is to be seen] of each still picture that is a cell's output.
  function stills(cell) {
    return [...cell.querySelectorAll(".jp-OutputArea-output img")].map((image) => [
      image.alt,
      image.complete && image.naturalWidth > 0 && image.offsetHeight > 50,
    ]);
  }

  // When a picture has changed, on the page's clock; null if it does not within 5 seconds.
  function changed(picture, before) {
    const late = new Promise((done) => setTimeout(done, 5000, null));
    const change = { IMG: loaded, CANVAS: redrawn }[picture.tagName] ?? rewritten;
    return Promise.race([late, change(picture, before)]);
  }

  function loaded(image) {
    return new Promise((done) => image.addEventListener("load", () => done(performance.now()), { once: true }));
  }

  function rewritten(node) {
    return new Promise((done) => {
      const observer = new MutationObserver(() => {
        observer.disconnect();
        done(performance.now());
      });
      observer.observe(node, { childList: true, subtree: true, characterData: true });
    });
  }

  async function redrawn(canvas, before) {
    const start = performance.now();
    while (performance.now() < start + 5000) {
      // After the key's own work.
      await new Promise((done) => setTimeout(done));
      const now = performance.now();
      if (canvas.toDataURL() !== before) return now;
    }
    return null;
  }

  // Begin to watch: `measured` will be the milliseconds from the next key press to the change of the picture.
  let watched = null;
  function measure([model, selector]) {
    const picture = document.querySelector(`[data-model="${model}"]`).querySelector(selector);
    const before = picture.tagName === "CANVAS" && picture.toDataURL();
    watched = new Promise((done) => {
      const onPress = async (event) => {
        const end = await changed(picture, before);
        done(end && end - event.timeStamp);
      };
      window.addEventListener("keydown", onPress, { capture: true, once: true });
    });
  }

  // The measured time, once all that belongs to this key press is painted.
  async function measured() {
    const milliseconds = await watched;
    await frame();
    await frame();
    return milliseconds;
  }

  return {
    measure,
    measured,
    notebook,
    run,
    runCell,
    write,
    isOpen,
    runAll,
    widgets,
    opening,
    cells,
    tell,
    ask,
    shown,
    faint,
    stills,
  };
})();
