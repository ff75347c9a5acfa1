"""The scripts and styles of widgets. A widget has one text of each, because a page loads no file besides.

So what they share is put first: the colours, which are those of every figure, and shared.js or base.css.
"""

from pathlib import Path

from course_lib.drawing import palette

FOLDER = Path(__file__).parent
COLOURS = {name: colour for name, colour in vars(palette).items() if str(colour).startswith("#")}


def script(*files):
    """One JavaScript module of these files, in which each colour is a constant, as ``BLUE``."""
    colours = "".join(f'const {name} = "{colour}";\n' for name, colour in COLOURS.items())
    return colours + _joined("shared.js", *files)


def style(*files):
    """The CSS of these files, in which each colour is a variable, as ``var(--course-blue)``."""
    colours = " ".join(f"--course-{name.lower().replace('_', '-')}: {colour};" for name, colour in COLOURS.items())
    return f".course-widget {{ {colours} }}\n" + _joined("base.css", *files)


def _joined(*files):
    return "\n".join((FOLDER / file).read_text(encoding="utf-8") for file in files)
