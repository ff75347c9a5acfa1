"""The card of a verdict: its colour, its sign and its words, what was called, wanted and got, hints, and the progress.

It is one text in HTML, with the styles in it, because a notebook that is opened again has nothing else: no kernel, no
script, no style sheet. Where a kernel runs, the same text is read out, and a button gives the hints.
"""

import html

import anywidget
import traitlets

from course_lib.drawing.palette import GREY, PAPER
from course_lib.page.stills import beside
from course_lib.widgets.scripts import script, style

# Each colour is dark enough to be read on white and behind white, and stands out from a dark page too.
SIGNS = {
    "correct": ("✔", "#00694E"),
    "not yet": ("✘", "#B34700"),
    "not written yet": ("○", "#5B5F66"),
    "stopped": ("■", "#5B5F66"),
}
ALL_GIVEN = "Those were all the hints. The solutions folder has one way to do it."
CODE = "font-family: var(--jp-code-font-family, monospace); white-space: pre-wrap; min-width: 0; padding: 0"


class Card(anywidget.AnyWidget):
    """A verdict as JupyterLab shows it.

    text: the verdict as it is printed elsewhere   status: one of ``SIGNS``
    parts: {"call": …, "wanted": …, "got": …}, shown as code   sentences: what else is said, a paragraph each
    bars: (words, share from 0 to 1) of each bar of progress   hints: all there are   given: how many are shown already
    """

    _esm = script("card.js")
    _css = style("card.css")

    html = traitlets.Unicode().tag(sync=True)
    hints = traitlets.List().tag(sync=True)
    given = traitlets.Int().tag(sync=True)
    all_given = traitlets.Unicode(ALL_GIVEN).tag(sync=True)

    def __init__(self, text, status, parts, sentences, bars, hints=(), given=0):
        self._text = text
        headline = text.splitlines()[0].partition(" ")[2]
        shown = _verdict(status, headline, parts, sentences, bars)
        super().__init__(html=shown, hints=list(hints), given=given)

    def _repr_mimebundle_(self, **kwargs):
        still = {"text/html": self.html + _folded(self.hints, self.given), "text/plain": self._text}
        return beside(super()._repr_mimebundle_(**kwargs), still)

    def __repr__(self):
        return "<card>"


def _verdict(status, headline, parts, sentences, bars):
    sign, colour = SIGNS[status]
    rows = [_row(label, part) for label, part in parts.items() if part]
    said = [f'<div style="white-space: pre-line; margin: 4px 0">{html.escape(words)}</div>' for words in sentences]
    badge = f"background: {colour}; color: {PAPER}; padding: 1px 8px; border-radius: 4px; font-weight: 600"
    return (
        f'<div style="border-left: 5px solid {colour}; padding: 4px 0 4px 12px; margin: 4px 0; max-width: 760px; '
        'overflow-wrap: break-word; word-break: normal; line-height: 1.5">'
        f'<div><span style="{badge}" aria-hidden="true">{sign}</span> <b>{html.escape(headline)}</b></div>'
        f"{''.join(rows + said)}<div>{' '.join(_bar(words, share, colour) for words, share in bars)}</div></div>"
    )


def _row(label, part):
    """Labels of one width, so that wanted and got stand one above the other."""
    return (
        '<div style="display: flex; margin: 2px 0">'
        f'<span style="flex: 0 0 72px">{label}</span><code style="{CODE}">{html.escape(part)}</code></div>'
    )


def _bar(words, share, colour):
    filled = f"display: block; height: 8px; width: {100 * share:.0f}%; background: {colour}"
    frame = f"display: inline-block; width: 72px; border: 1px solid {GREY}; margin-right: 6px"
    return (
        f'<span style="display: inline-block; margin-right: 20px"><span style="{frame}" aria-hidden="true">'
        f'<span style="{filled}"></span></span>{html.escape(words)}</span>'
    )


def _folded(hints, given):
    """Hints where no script runs: those that were given, and each of the others inside the one before."""
    if not hints:
        return ""
    lines = [f"<div>Hint {number} of {len(hints)}: {html.escape(hint)}</div>" for number, hint in enumerate(hints, 1)]
    folded = f"<div>{ALL_GIVEN}</div>"
    for number, line in reversed(list(enumerate(lines[given:]))):
        folded = f"<details><summary>{'Next hint' if number else 'Hint'}</summary>{line}{folded}</details>"
    return "".join(lines[:given]) + folded
