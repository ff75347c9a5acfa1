"""The scripts and styles of widgets: their sizes, their colours, and that a script is one text that lacks nothing."""

import json
import os
import re
import shutil
import subprocess
from collections import Counter

import pytest

from course_lib.building.notebooks import ROOT
from course_lib.drawing import palette
from course_lib.widgets.base import Keys
from course_lib.widgets.card import Card
from course_lib.widgets.course_map import CourseMap
from course_lib.widgets.scripts import COLOURS, FOLDER, script, style
from tests.browser import catalogue
from tests.widgets.javascript import functions, tokens

FILE, FUNCTION, COLUMNS = 300, 40, 120
WIDGET_SCRIPTS, STYLES = sorted(FOLDER.glob("*.js")), sorted(FOLDER.glob("*.css"))
SCRIPTS = [*WIDGET_SCRIPTS, ROOT / "tests/browser/page_side.js"]
# The widgets that have a script of their own, the one that mends those of ipywidgets, and what checks show.
KINDS = [Keys, Card, CourseMap, *(kind for kind in catalogue.find() if hasattr(kind, "_esm"))]
BIOME = ROOT / "node_modules/.bin/biome"
name = os.path.basename


def text(path):
    return path.read_text(encoding="utf-8")


# Sizes.


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_a_script_is_made_of_small_functions(path):
    found = functions(text(path))
    assert len(found) > min(5, len(text(path).splitlines()) // 6)
    assert [function for function in found if function.lines > FUNCTION] == []


@pytest.mark.parametrize("path", [*SCRIPTS, *STYLES], ids=name)
def test_a_file_fits_on_a_few_screens_and_a_line_on_one(path):
    lines = text(path).splitlines()
    assert len(lines) <= FILE
    assert [line for line in lines if len(line) > COLUMNS] == []


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("function f(a) {\n  return a;\n}", [("f", 3)]),
        ("const f = async (a) => {\n  g();\n};", [("=>", 3)]),
        ("const f = (a) =>\n  a +\n  1;", [("=>", 3)]),
        ("g(\n  (a) => a,\n  b,\n);", [("=>", 1)]),
        ("class A {\n  b = 1;\n  async c({ d }) {\n  }\n  get e() { return 1; }\n}", [("c", 2), ("e", 1)]),
        ("if (a) {\n}\nfor await (const b of c) {\n}\nwhile (d) {\n}", []),
        ("f(function () {\n  if (a) {\n  }\n})", [("function", 4)]),
        # Brackets that are none, because they are written in something else.
        ("function f() { // }\n  /* } */ g('}', \"}\", `}`);\n}", [("f", 3)]),
        ("function f() {\n  return /[/}]\\/}/g.test(a) / b / c;\n}", [("f", 3)]),
        ("function f() {\n  return `${g({ a: `}` })}\n}`;\n}", [("f", 4)]),
        # What only makes a scope is not counted, what is in it is.
        ("(() => {\n  function f() {\n  }\n})();", [("f", 2)]),
        ("a((b) => {\n  return (c) => {\n  };\n});", [("=>", 4), ("=>", 2)]),
    ],
)
def test_functions_are_found_and_measured(source, wanted):
    assert [(function.name, function.lines) for function in functions(source)] == wanted


def test_a_bracket_that_is_not_closed_is_noticed():
    for source in ["function f() {", "f(]", "g = `${(`;"]:
        with pytest.raises((AssertionError, IndexError)):
            functions(source)


def test_biome_has_the_same_limits():
    settings = json.loads(text(ROOT / "biome.json"))
    rule = settings["linter"]["rules"]["complexity"]["noExcessiveLinesPerFunction"]
    assert rule == {"level": "error", "options": {"maxLines": FUNCTION, "skipIifes": True}}
    assert settings["formatter"]["lineWidth"] == COLUMNS


# One text a widget.


def test_each_file_belongs_to_a_widget():
    scripts, styles = ("\n".join(getattr(kind, part) for kind in KINDS) for part in ("_esm", "_css"))
    assert [path.name for path in WIDGET_SCRIPTS if text(path) not in scripts] == []
    assert [path.name for path in STYLES if text(path) not in styles] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_script_is_one_module_that_loads_nothing(kind):
    words = [token.text for token in tokens(kind._esm)]
    assert words.count("export") == words.count("default") == 1
    assert "import" not in words
    assert kind._esm.startswith(script())
    assert kind._css.startswith(style())


def test_what_scripts_share_is_written_once():
    """An element is made, keys are kept from JupyterLab, and a widget begins and ends, in one place."""
    begin, stop = "sayWhenLost(model, el, el, stop)", "stopPropagation()"
    for mark in ["function element(", stop, "setPointerCapture(", '"aria-live": "polite"', begin]:
        assert [path.name for path in WIDGET_SCRIPTS if mark in text(path)] == ["shared.js"]
    # The look of a button.
    assert [path.name for path in STYLES if "#f4f4f4" in text(path)] == ["base.css"]


@pytest.mark.skipif(not BIOME.exists(), reason="needs Biome, which `make lint` installs where npm is")
def test_in_a_whole_script_each_name_is_known_and_used(tmp_path):
    """Biome looks at one file at a time; what files give one another is looked at here."""
    (tmp_path / "biome.json").write_text("{}")
    for kind in KINDS:
        (tmp_path / f"{kind.__name__}.js").write_text(kind._esm, encoding="utf-8")
    rules = ["--only=correctness/noUndeclaredVariables", "--only=correctness/noUnusedVariables"]
    command = [BIOME, "lint", "--reporter=json", "--max-diagnostics=1000", *rules]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8")
    found = [(problem["category"], problem["message"]) for problem in json.loads(run.stdout)["diagnostics"]]
    assert [words for category, words in found if not category.endswith("/noUnusedVariables")] == []
    # No script needs all that all have, but each of shared.js needs to be needed.
    idle = Counter(re.search(r"(?:variable|function|class) ([\w$]+)", words)[1] for _, words in found)
    assert set(idle) <= {*declared(script())}
    assert [name for name, times in idle.items() if times == len(KINDS) and name not in COLOURS] == []


def declared(source):
    """What the lines that are not indented declare."""
    return re.findall(r"^(?:async )?(?:const|let|function|class) ([\w$]+)", source, re.MULTILINE)


# Colours.


def test_scripts_and_styles_have_the_colours_of_figures():
    assert COLOURS["BLUE"] == palette.BLUE
    assert COLOURS["INK"] == palette.INK
    for name, colour in COLOURS.items():
        assert f'const {name} = "{colour}";' in script()
        assert f"--course-{name.lower().replace('_', '-')}: {colour};" in style()


@pytest.mark.parametrize("path", [*WIDGET_SCRIPTS, *STYLES], ids=name)
def test_no_colour_of_figures_is_written_a_second_time(path):
    written = re.findall(r"#(?:[0-9a-f]{6}|[0-9a-f]{3})\b", text(path), re.IGNORECASE)
    whole = {colour if len(colour) == 7 else "#" + "".join(2 * digit for digit in colour[1:]) for colour in written}
    assert not {colour.upper() for colour in whole} & {*COLOURS.values()}


def test_a_style_names_no_colour_that_there_is_not():
    used = {name for path in STYLES for name in re.findall(r"var\((--course-[\w-]+)", text(path))}
    assert used
    assert [name for name in used if f"{name}: #" not in style()] == []


# Biome, for development only.


def test_what_comes_from_npm_is_exact_and_names_no_registry():
    package, lock = (json.loads(text(ROOT / file)) for file in ("package.json", "package-lock.json"))
    assert "dependencies" not in package
    for name, version in package["devDependencies"].items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
    assert not [name for name, entry in lock["packages"].items() if "resolved" in entry]
    assert all("integrity" in entry for name, entry in lock["packages"].items() if name)


@pytest.mark.skipif(not shutil.which("sh"), reason="needs a shell")
@pytest.mark.parametrize(("strict", "status"), [("", 0), ("1", 1)])
def test_without_npm_biome_is_left_out_in_words_but_not_in_ci(tmp_path, strict, status):
    for program in ("dirname", "sh"):
        (tmp_path / program).symlink_to(shutil.which(program))
    environment = {"PATH": str(tmp_path), "COURSE_NO_SKIP": strict}
    run = subprocess.run(["sh", ROOT / ".ci/biome", "check"], env=environment, capture_output=True, text=True)
    assert run.returncode == status
    assert run.stderr == "The scripts of widgets are not linted: npm is missing.\n"
    assert run.stdout == ""
