"""Pages about the whole course, made from its sources: all exercises, all widgets, all works cited.

``make notebooks`` writes them beside the chapters. Their links lead to the notebooks as git has them; a learner's
copies are given links to copies.
"""

import importlib
import inspect
import re
from pathlib import Path

from course_lib.building.bibliography import cited, entries, full

EXERCISE = re.compile(
    r"^# ### Exercise (?P<number>\d+) · (?P<title>.+)\n"
    r"# \*(?P<kind>\w+) · difficulty (?P<stars>[★☆]{5}) · (?P<minutes>\d+) minutes? · (?P<points>\d+) points?",
    re.MULTILINE,
)
TITLE = re.compile(r"^# # (\d\d) · (.+)$", re.MULTILINE)
# As chapters show them: `widgets.Kernel(…)`, and the playground, which is imported by its name.
WIDGET = re.compile(r"^(?:# .*`)?(?:\w+ = )?(?:widgets\.([A-Z]\w+)|(Playground))\(", re.MULTILINE)


def pages(root):
    """{path: text} of every page, paths below ``root``."""
    chapters, solutions = (
        {path.stem: path.read_text(encoding="utf-8") for path in sorted(Path(root, folder, "source").glob("*.py"))}
        for folder in ("chapters", "solutions")
    )
    titles = {slug: " · ".join(TITLE.search(text).groups()) for slug, text in chapters.items()}
    folder = Path(root, "chapters")
    return {
        folder / "exercises.md": exercises_page(titles, solutions),
        folder / "widgets.md": widgets_page(titles, chapters),
        folder / "bibliography.md": bibliography_page(titles, chapters, solutions),
    }


def write(root):
    """Write the pages that have changed; returns their names."""
    changed = {path: text for path, text in pages(root).items() if not is_current(path, text)}
    for path, text in changed.items():
        path.write_text(text, encoding="utf-8", newline="\n")
    return [f"chapters/{path.name}" for path in changed]


def is_current(path, text):
    """Whether the page that is stored is this text."""
    return path.exists() and path.read_text(encoding="utf-8") == text


def exercises(text):
    """The exercises of a solution's source: dicts of number, title, kind, stars, minutes, points; the last two ints."""
    found = [match.groupdict() for match in EXERCISE.finditer(text)]
    return [one | {name: int(one[name]) for name in ("number", "minutes", "points")} for one in found]


def exercises_page(titles, solutions):
    """Every exercise with its kind, difficulty, minutes and points, chapter by chapter."""
    found = {slug: exercises(text) for slug, text in solutions.items()}
    everyone = [one for many in found.values() for one in many]
    total = sum(one["points"] for one in everyone)
    lines = [
        "# All exercises",
        "",
        f"{len(everyone)} exercises, {total} points. The minutes are for somebody who has just read the chapter. "
        "*Implement* asks for NumPy, *build* for Keras, *predict* for numbers before anything runs, *diagnose* for "
        "what is wrong.",
    ]
    for slug, many in found.items():
        minutes, points = (sum(one[name] for one in many) for name in ("minutes", "points"))
        lines += [
            "",
            f"## [{titles[slug]}](../exercises/{slug}.ipynb)",
            "",
            f"{len(many)} exercises, {points} points, about {minutes} minutes. "
            f"The chapter: [{titles[slug]}]({slug}.ipynb).",
            "",
            "| | exercise | kind | difficulty | minutes | points |",
            "|---|---|---|---|---|---|",
            *("| {number} | {title} | {kind} | {stars} | {minutes} | {points} |".format(**one) for one in many),
        ]
    return "\n".join(lines) + "\n"


def shown(text):
    """The names of the widgets that a chapter's source shows, in order, each once."""
    return list(dict.fromkeys(a or b for a, b in WIDGET.findall(text)))


def widgets_page(titles, chapters):
    """Every widget with what it shows and how it is called, chapter by chapter."""
    lines = [
        "# All widgets",
        "",
        "Each can be called in a cell of your own, as often as you like. Most take a picture, a text, points or a "
        "Keras model of yours: the chapter says how, and so does `help`.",
    ]
    for slug, text in chapters.items():
        module = slug.partition("-")[2].replace("-", "_")
        if names := shown(text):
            place = "playground" if names == ["Playground"] else module
            lines += [
                "",
                f"## [{titles[slug]}]({slug}.ipynb)",
                "",
                f"`from course_lib.widgets import {place} as widgets`, then",
                "",
                *(f"- `widgets.{name}({_needed(module, name)})`: {_first(_widget(module, name))}" for name in names),
            ]
    return "\n".join(lines) + "\n"


def _widget(module, name):
    modules = (importlib.import_module(f"course_lib.widgets.{place}") for place in (module, "playground"))
    return next(getattr(found, name) for found in modules if hasattr(found, name))


def _needed(module, name):
    """What the widget cannot do without, as it stands in a call."""
    parameters = inspect.signature(_widget(module, name)).parameters.values()
    usual = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return ", ".join(p.name for p in parameters if p.default is p.empty and p.kind not in usual)


def _first(widget):
    """The first line of its docstring; code marks as Markdown has them."""
    return inspect.getdoc(widget).partition("\n")[0].replace("``", "`")


def bibliography_page(titles, chapters, solutions):
    """Every work that the course cites, with the chapters and exercises that do."""
    citing = {key: [] for key in entries()}
    for slug, text in chapters.items():
        for key in cited([text]):
            citing[key].append(f"[{titles[slug][:2]}]({slug}.ipynb)")
    for slug, text in solutions.items():
        for key in cited([text]):
            citing[key].append(f"[exercises {titles[slug][:2]}](../exercises/{slug}.ipynb)")
    works = [(full(entries()[key]), where) for key, where in sorted(citing.items()) if where]
    lines = ["# Sources", "", f"{len(works)} works, each with the chapters and exercises that cite it."]
    return "\n".join([*lines, "", *(f"- {work} Cited in {', '.join(where)}." for work, where in works)]) + "\n"
