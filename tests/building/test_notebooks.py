"""The shape of the house: sources and notebooks agree, and every notebook keeps to the course's form."""

import ast
import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from course_lib.building import notebooks
from course_lib.building.notebooks import ROOT, WIDGET_VIEW

CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
EVERY = [*CHAPTERS, *sorted((ROOT / "solutions").glob("*.ipynb")), *sorted((ROOT / "exercises").glob("*.ipynb"))]
TARGETS = list(notebooks.targets())
# The budget of the design.
WORDS, WORDS_WITH_DEEPER, CODE_LINES, LINE_LENGTH, BYTES = (1000, 2500), 4000, 15, 100, 1_200_000


def name(path):
    return f"{path.parent.name}/{path.stem}"


def cells_of(path, kind):
    """The cells of one kind, with their source as one text."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [{**cell, "source": "".join(cell["source"])} for cell in cells if cell["cell_type"] == kind]


def outputs_of(path):
    return [output for cell in cells_of(path, "code") for output in cell["outputs"]]


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: name(t.notebook))
def test_notebook_is_built_from_its_source(target):
    assert notebooks.is_current(target), f"run make notebooks: {name(target.notebook)} is not what its source says"


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_what_a_page_needs_stands_right_above_its_first_code(path):
    """A Python without the course fails at the first cell, in words of its own."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    first = next(i for i, cell in enumerate(cells) if cell["cell_type"] == "code")
    assert "".join(cells[first - 1]["source"]) == notebooks.WITHOUT_THE_COURSE
    assert "course_lib" in "".join(cells[first]["source"])


def test_every_notebook_has_a_source():
    assert set(EVERY) == {target.notebook for target in TARGETS}


def test_no_exercise_without_its_chapter():
    assert {p.name for p in EVERY} == {p.name for p in CHAPTERS}


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_outputs_are_clean(path):
    """No error, no log line, nothing of this machine, no dead widget, no bare value (which hangs on the backend)."""
    for output in outputs_of(path):
        assert output["output_type"] != "error"
        assert output.get("name") != "stderr"
        assert WIDGET_VIEW not in output.get("data", {})
        assert output["output_type"] != "execute_result" or "text/html" in output["data"]
    text = re.sub(r"base64,[A-Za-z0-9+/=]+", "", path.read_text(encoding="utf-8"))
    for pattern in (
        r"/(home|root|tmp|usr|work|Users)/",
        r"[A-Z]:\\\\",
        r"0x[0-9a-f]{6,}",
        r"\b20\d\d-\d\d-\d\dT",
        r"\\u001b\[",
    ):
        assert not re.search(pattern, text), f"{pattern} in {name(path)}"


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_metadata_is_minimal(path):
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert set(stored["metadata"]) == {"kernelspec", "language_info", "course"}
    assert 0 < stored["metadata"]["course"]["seconds"] <= (120 if path.stem[:2] in ("10", "13", "15") else 60)
    ids = [cell["id"] for cell in stored["cells"]]
    assert len(ids) == len(set(ids))
    for cell in stored["cells"]:
        assert set(cell["metadata"]) <= {"tags", "nbgrader", "jupyter"}
        assert cell["metadata"].get("jupyter", notebooks.HIDDEN) == notebooks.HIDDEN
        if "jupyter" in cell["metadata"]:
            # JupyterLab shows the first line of what is closed.
            assert "".join(cell["source"]).startswith("# Predict first, then run this cell.\n")


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_every_picture_has_a_text(path):
    """A picture appears only as HTML with a filled alt, because Jupyter shows no other text to a screen reader."""
    for output in outputs_of(path):
        data = output.get("data", {})
        assert not {"image/png", "image/svg+xml", "image/jpeg"} & set(data), (
            "end a figure with show(alt), not plt.show()"
        )
        for image in re.findall(r"<img [^>]*>", "".join(data.get("text/html", ""))):
            alt = re.search(r'alt="([^"]*)"', image)
            assert alt, image[:80]
            assert len(alt[1].split()) >= 5, f"too short a text: {alt[1]!r}"


def words_in(prose):
    return len(re.findall(r"\b[\w’'-]+\b", re.sub(r"\]\([^)]*\)|\$[^$]*\$", "", prose)))


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_chapter_keeps_its_budget(path):
    prose = "\n\n".join(cell["source"] for cell in cells_of(path, "markdown")).partition("## Sources")[0]
    # What is headed "Deeper" goes up to the next heading of its rank; no core path needs it.
    core = words_in(re.sub(r"^## Deeper.*?(?=^## |\Z)", "", prose, flags=re.M | re.S))
    assert WORDS[0] <= core <= WORDS[1], f"{core} words"
    assert words_in(prose) <= WORDS_WITH_DEEPER, f"{words_in(prose)} words with what is deeper"
    assert path.stat().st_size <= BYTES


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_code_is_short_and_introduced(path):
    """Cells of a few lines that fit the page, at most two in a row, and never one without a sentence before it."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    run = 0
    for cell in cells:
        run = run + 1 if cell["cell_type"] == "code" else 0
        assert run <= 2, "".join(cell["source"])
        if cell["cell_type"] == "code":
            source = "".join(cell["source"])
            ast.parse(source)
            assert path.parent.name != "chapters" or len(source.splitlines()) <= CODE_LINES, source
            assert max(map(len, source.splitlines())) <= LINE_LENGTH, source
    assert cells[0]["cell_type"] == "markdown"


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_chapter_has_all_its_parts(path):
    prose = "\n".join(cell["source"] for cell in cells_of(path, "markdown"))
    code = "\n".join(cell["source"] for cell in cells_of(path, "code"))
    assert re.match(rf"# {path.stem[:2]} · .+\n\n\*\*.+\?\*\*", prose), "a title, then the one question it answers"
    for part in (
        "By the end you can",
        "What goes wrong",
        "isunderstandings",
        "## What you can do now",
        "## Sources",
        "**Next:**",
    ):
        assert part in prose, part
    goals = re.findall(r"^- \*\*(\w+)\*\*", prose, re.M)
    assert 2 <= len(goals) <= 4
    assert re.findall(r"^- \*\*(\w+):\*\*", prose, re.M) == goals, "the recap takes up the verbs"
    assert "claim(" in code
    assert "widgets." in code
    assert "Predict, then run" in prose


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_every_widget_has_a_question(path):
    """After a cell that shows a widget, the next words ask for something to find out with it."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    for cell, after in pairwise(cells):
        last = "".join(cell["source"]).strip().rpartition("\n")[2]
        if cell["cell_type"] == "code" and re.match(r"widgets\.[A-Z]\w+\(|demo$", last):
            assert "?" in "".join(after["source"]), last


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_links_lead_somewhere(path):
    for cell in cells_of(path, "markdown"):
        for link in re.findall(r"\]\(([^)\s]+)\)", cell["source"]):
            if not link.startswith(("https://", "#")):
                assert (path.parent / link.partition("#")[0]).exists(), link


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_notebooks_are_plain_python(path):
    """No magics, no shell, no wildcard import, no download, no Keras privates."""
    for cell in cells_of(path, "code"):
        assert not re.search(
            r"^\s*[%!]|import \*|load_weights|\bpip\b|keras\.src|\._[a-z]\w*\(", cell["source"], re.M
        ), cell["source"]


def source(tmp_path, text, folder="solutions"):
    """A source file in a house of its own, as a target."""
    path = tmp_path / folder / "source" / "01-thing.py"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path


SOLUTION = '''# %% [markdown]
# # Exercises

# %%
def double(x):
    """Twice x."""
    # BEGIN SOLUTION
    return 2 * x
    # END SOLUTION

# %% tags=["solution"]
secret = "why it works"

# %%
# BEGIN SOLUTION
answer, other = 4, 5
guess = 3
# END SOLUTION
print("same in both")
'''


def test_build_is_reproducible_byte_for_byte(tmp_path):
    source(tmp_path, SOLUTION)
    built = []
    for _ in range(2):
        for target in notebooks.targets(tmp_path):
            target.notebook.parent.mkdir(exist_ok=True)
            notebooks.build(target)
        built.append({t.notebook.name: t.notebook.read_bytes() for t in notebooks.targets(tmp_path)})
    assert built[0] == built[1]
    assert all(notebooks.is_current(t) for t in notebooks.targets(tmp_path))


def test_exercise_is_the_solution_blanked(tmp_path):
    source(tmp_path, SOLUTION)
    _, exercise = notebooks.targets(tmp_path)
    cells = notebooks.from_source(exercise).cells
    assert [cell.cell_type for cell in cells] == ["markdown", "markdown", "code", "code"]
    assert (
        cells[2].source == 'def double(x):\n    """Twice x."""\n    raise NotImplementedError("Your code goes here.")'
    )
    assert "answer = ...\nother = ...\nguess = ..." in cells[3].source
    assert "SOLUTION" not in "".join(cell.source for cell in cells)


@pytest.mark.parametrize(
    "text", ["# BEGIN SOLUTION\nx = 1\n", "x = 1\n# END SOLUTION\n", "# END SOLUTION\n# BEGIN SOLUTION\n"]
)
def test_marks_that_do_not_pair_up_stop_the_build(tmp_path, text):
    source(tmp_path, f"# %%\n{text}")
    _, exercise = notebooks.targets(tmp_path)
    with pytest.raises(notebooks.BuildError, match="do not pair up"):
        notebooks.from_source(exercise)


def test_failing_cell_stops_the_build_and_leaves_the_old_notebook(tmp_path):
    source(tmp_path, "# %%\nprint('fine')\n\n# %%\n1 / 0\n", "chapters")
    (target,) = notebooks.targets(tmp_path)
    target.notebook.write_text(as_it_was := '{"cells": [], "metadata": {"course": {"cells": "4f53cda18c2baa0c"}}}')
    with pytest.raises(notebooks.BuildError) as error:
        notebooks.build(target)
    for part in ("chapters/01-thing.ipynb", "Cell 1", "1 / 0", "ZeroDivisionError"):
        assert part in str(error.value)
    assert target.notebook.read_text() == as_it_was
    assert {p.name for p in target.notebook.parent.iterdir()} == {"source", "01-thing.ipynb"}


def test_a_learners_work_is_not_overwritten(tmp_path):
    source(tmp_path, SOLUTION)
    _, exercise = notebooks.targets(tmp_path)
    exercise.notebook.parent.mkdir()
    notebooks.build(exercise)
    work = exercise.notebook.read_text(encoding="utf-8").replace("raise NotImplementedError", "return 2 * x  #")
    exercise.notebook.write_text(work, encoding="utf-8")
    with pytest.raises(notebooks.BuildError, match="was edited since it was built, and is left as it is"):
        notebooks.build(exercise)
    assert exercise.notebook.read_text(encoding="utf-8") == work


def test_unknown_citation_stops_the_build(tmp_path):
    source(tmp_path, "# %% [markdown]\n# As shown ([@nobody1900]).\n", "chapters")
    (target,) = notebooks.targets(tmp_path)
    with pytest.raises(KeyError, match="nobody1900 is cited"):
        notebooks.from_source(target)


def test_a_changed_source_is_noticed(tmp_path):
    path = source(tmp_path, "# %%\nprint(1)\n", "chapters")
    (target,) = notebooks.targets(tmp_path)
    notebooks.build(target)
    assert notebooks.is_current(target)
    path.write_text("# %%\nprint(2)\n")
    assert not notebooks.is_current(target)


def test_stored_files_name_no_place_of_a_machine():
    """No absolute path of a home and no registry in any file that git tracks."""
    places = re.compile(r"(?<![\w.])/(?:home|root|Users)/\w+|pypi\.org/simple|files\.pythonhosted|registry\.npmjs")
    for path in ROOT.rglob("*"):
        hidden = any(part.startswith(".") and part != ".ci" for part in path.relative_to(ROOT).parts)
        if (
            path.is_file()
            and not hidden
            and "node_modules" not in path.parts
            and path.suffix in {".py", ".md", ".toml", ".txt", ".js", ".css", ".json", ".ipynb", ".bib", ""}
        ):
            found = places.search(path.read_text(encoding="utf-8", errors="ignore"))
            assert not found or path == Path(__file__), f"{path.relative_to(ROOT)}: {found}"
