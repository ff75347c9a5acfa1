// Below the playground: its settings as text, out and in, and the same network as Keras code.
const COPIED = "Copied.";
const COPY_BY_HAND = "Press Ctrl+C (on a Mac ⌘C) to copy.";
const IN_CELL = "The code is in the new cell below this one.";

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

class Texts {
  // page: has ask and play
  constructor(page, el) {
    Object.assign(this, { page, el });
    this.row = element(el, "div", { class: "pg-texts" });
    button(this.row, "Keras code into a new cell", () => page.ask({ do: "tell", what: "code" }));
    button(this.row, "Settings as text", () => this.turnSettings());
    this.load = button(this.row, "Use these settings", () => this.use());
    this.copier = button(this.row, "Copy", () => this.copy());
    this.said = element(this.row, "span", { role: "status" });
    this.text = element(this.row, "textarea", { spellcheck: "false", "aria-label": "Settings or code as text" });
    this.show("", "");
  }

  // what: "settings" or "code"   content: "" shows nothing. What is not there, rather than hidden, needs no name.
  show(what, content) {
    for (const part of [this.load, this.copier, this.text]) part.remove();
    this.text.value = content;
    this.text.dataset.what = content && what;
    this.said.textContent = "";
    if (!content) return;
    if (what === "settings") this.row.append(this.load);
    this.row.append(this.copier, this.said, this.text);
  }

  turnSettings() {
    if (this.text.dataset.what === "settings") this.show("", "");
    else this.page.ask({ do: "tell", what: "settings" });
  }

  use() {
    this.page.play(false);
    this.page.ask({ do: "load", text: this.text.value });
  }

  async copy() {
    this.text.select();
    const copied = navigator.clipboard?.writeText(this.text.value);
    const done = await copied?.then(
      () => true,
      () => false,
    );
    this.said.textContent = (done ?? document.execCommand("copy")) ? COPIED : COPY_BY_HAND;
  }

  // Python's answer to what was asked for.
  async receive({ what, text }) {
    const isInCell = what === "code" && (await intoNewCell(this.el, text));
    this.show(what, isInCell ? "" : text);
    if (isInCell) this.said.textContent = IN_CELL;
  }
}

// A page cannot add a cell of its own accord, so this presses JupyterLab's button and pastes, as a hand would.
async function intoNewCell(el, code) {
  const panel = el.closest(".jp-NotebookPanel");
  const own = el.closest(".jp-Cell");
  const insert = panel?.querySelector('[data-jp-item-name="insert"] :is(jp-button, button)');
  if (!insert || !own) return false;
  own.dispatchEvent(new MouseEvent("mousedown", { bubbles: true, button: 0 }));
  const before = new Set(panel.querySelectorAll(".jp-Cell"));
  const editor = await pressed(insert, () => editorOfNewCell(panel, before));
  if (!editor) return false;
  paste(editor, code);
  await pause(25);
  return editor.textContent.includes("keras");
}

function editorOfNewCell(panel, before) {
  const cell = [...panel.querySelectorAll(".jp-CodeCell")].find((other) => !before.has(other));
  return cell?.querySelector(".cm-content");
}

// Press a button of JupyterLab's and wait a second for what it brings, found by find.
async function pressed(insert, find) {
  // JupyterLab's buttons answer when the mouse goes down; should that change, at the click.
  insert.dispatchEvent(new MouseEvent("mousedown", { bubbles: true, cancelable: true, button: 0 }));
  for (let i = 0; i < 40; i++) {
    await pause(25);
    if (i === 12) insert.click();
    const found = find();
    if (found) return found;
  }
  return null;
}

function paste(editor, code) {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", code);
  editor.focus();
  editor.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}
