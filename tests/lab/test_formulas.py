"""Formulas on the web pages that nbconvert makes: MathML of all formulas of the course, and nothing of what is none."""

import html
import json
import re
import subprocess
import sys

import nbformat
import pytest

from course_lib.building.notebooks import ROOT

NOTEBOOKS = sorted(ROOT.glob("chapters/*.ipynb"))
WORDS = """Inline $w_1 x_1 < 3$ and code `$a$`, and a price of \\$5.

$$
\\hat y = \\frac{1}{n} \\sum_i x_i
$$

\\begin{align}
a &= b \\\\
c &= d
\\end{align}

```
$$ no formula $$
```

A formula that nobody knows: $\\frac{$"""


@pytest.fixture
def page_of(tmp_path):
    """The web page that nbconvert makes of a notebook, from a folder that is not the course's; without its scripts."""

    def page_of(notebook):
        nbformat.write(notebook, tmp_path / "notebook.ipynb")
        command = [sys.executable, "-m", "nbconvert", "--to", "html", "notebook.ipynb"]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
        page = (tmp_path / "notebook.html").read_text(encoding="utf-8")
        return re.sub(r"<(script|style).*?</\1>", "", page, flags=re.S)

    return page_of


def formulas(page):
    return re.findall(r"<math[^>]*>.*?</math>", page, re.S)


def test_formulas_become_mathml_and_code_stays_code(page_of):
    page = page_of(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(WORDS)]))
    inline, block, environment = formulas(page)
    assert 'display="inline"' in inline
    assert "&lt;" in inline
    assert 'display="block"' in block
    assert "<mfrac>" in block
    assert environment.count("<mtr>") == 2
    assert "<code>$a$</code>" in page
    assert "$$ no formula $$" in page
    assert "\\frac{$" in html.unescape(page)


def test_every_formula_of_the_chapters_is_known(page_of):
    """All prose of all chapters on one page: no dollar sign of a formula is left, and no command of TeX."""
    cells = [
        nbformat.v4.new_markdown_cell("".join(cell["source"]))
        for path in NOTEBOOKS
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "markdown"
    ]
    assert sum(cell.source.count("$") for cell in cells) > 200
    page = page_of(nbformat.v4.new_notebook(cells=cells))
    assert len(formulas(page)) > 100
    assert [formula for formula in formulas(page) if "\\" in formula] == []
    rest = re.sub(r"<math.*?</math>|<(code|pre)\b.*?</\1>", "", page, flags=re.S)
    assert re.findall(r"\$[^$]+\$", rest) == []


def test_nbconvert_and_the_server_use_the_same_filter():
    """What "Save and Export Notebook As…" in JupyterLab does is the server's."""
    settings = [
        json.loads((ROOT / "course_lib/lab" / name).read_text()) for name in ("nbconvert.json", "server_extension.json")
    ]
    assert settings[0]["HTMLExporter"] == settings[1]["HTMLExporter"]
