"""The widget of chapter 16: the years, to be grabbed, and on them the milestones, to be clicked."""

import html
import re
from collections import Counter
from itertools import count, pairwise

import numpy as np

from course_lib.drawing import svg
from course_lib.drawing.palette import BLUE, FAINT, GREEN, GREY, INK, LINE_COLOURS, ORANGE, PURPLE, VERMILION
from course_lib.experiments.history_runs import RUNS
from course_lib.history import KINDS, MILESTONES, Milestone
from course_lib.widgets.live import LiveDemo, choice, nearest, slider

COLOURS = dict(zip((*KINDS, "own"), (BLUE, ORANGE, GREEN, PURPLE, VERMILION, LINE_COLOURS[5]), strict=True))
ALL, FIRST, LAST = "all", 1940, 2026
LANE, LEVELS = 56, 5
# What in a milestone's place leads somewhere, as "doi.org/10.1007/BF01931367".
ADDRESS = re.compile(r"\b(?:[\w-]+\.)+[a-z]{2,}/[^\s;]+")


class Timeline(LiveDemo):
    """The milestones on a line of years: grab it to move along, click one to read what it changed.

    own: your own milestones, a list of dicts {"year", "name", "new", "who", "source"}, or of ``Milestone``
    """

    name = "timeline"

    def __init__(self, own=(), kind=ALL, year=1985, span=90, chosen="The perceptron"):
        mine = [m if isinstance(m, Milestone) else _own(m) for m in own]
        self.all = sorted(_told_apart([*MILESTONES, *mine]), key=lambda m: m.year)
        self.kinds = [*KINDS, *(["own"] if any(m.kind == "own" for m in mine) else [])]
        # The line reaches as far as the milestones do.
        self.reach = min(FIRST, self.all[0].year), max(LAST, self.all[-1].year)
        controls = [
            choice("kind", "kind", [ALL, *self.kinds]),
            slider("year", "year in the middle", *self.reach),
            slider("span", "years shown", 10, 90),
        ]
        self._held = None
        super().__init__(controls, drags=True, kind=kind, year=year, span=span, chosen=chosen)

    def some(self):
        """The milestones of the chosen kind."""
        return [m for m in self.all if self.state["kind"] in (ALL, m.kind)]

    def chosen(self):
        """The one that is told: the one that was chosen, or, where that is of another kind, the nearest in time."""
        some = self.some() or self.all
        named = [m for m in some if m.name == self.state["chosen"]]
        return named[0] if named else min(some, key=lambda m: abs(m.year - self.number("year")))

    def ends(self):
        """The first and the last year in view."""
        half = self.number("span") / 2
        middle = float(np.clip(self.number("year"), self.reach[0] + half - 3, self.reach[1] - half + 4))
        return middle - half, middle + half

    def width(self):
        """Where the line begins and ends in the drawing."""
        return (18, 382) if self.narrow else (88, 742)

    def places(self):
        """Where each of ``some`` lies: (n, 2); those of one lane that would lie on one another go below each other."""
        (first, last), (left, right), taken, places = self.ends(), self.width(), {}, []
        for m in self.some():
            x = left + (m.year - first) / (last - first) * (right - left)
            lane = self.kinds.index(m.kind)
            near = [level for place, level in taken.get(lane, []) if abs(place - x) < 10]
            level = next(n for n in count() if n not in near)
            taken.setdefault(lane, []).append((x, level))
            places.append(
                (x, 38 + 6 * self.narrow + LANE * lane + 9.5 * (level % LEVELS) + 4.5 * (level // LEVELS % 2))
            )
        return np.array(places).reshape(-1, 2)

    def grab(self, x, y):
        found, (left, right) = nearest(self.places(), x, y, 12), self.width()
        self._held = None if found >= 0 else (x, sum(self.ends()) / 2)
        if found >= 0 and left - 9 <= x <= right + 9:
            self.set(chosen=self.some()[found].name)

    def drag(self, x, y):
        """The paper goes with the hand."""
        if self._held is not None:
            (first, last), (left, right) = self.ends(), self.width()
            moved = (self._held[0] - x) * (last - first) / (right - left)
            self.set(year=round(float(np.clip(self._held[1] + moved, *self.reach))))

    def press(self, what):
        some, told = self.some(), self.chosen()
        moves = {"ArrowLeft": -1, "ArrowRight": 1}
        if what in moves and told in some:
            told = some[(some.index(told) + moves[what]) % len(some)]
            first, last = self.ends()
            self.set(chosen=told.name, **({} if first < told.year < last else {"year": told.year}))
        elif what in ("ArrowUp", "ArrowDown"):
            span = self.number("span") * (2 if what == "ArrowDown" else 0.5)
            self.set(span=round(float(np.clip(span, 10, 90))))

    def draw(self):
        told = self.chosen()
        size = (400 if self.narrow else 760), 40 + LANE * len(self.kinds) + 34
        picture = svg.drawing(*size, *_lanes(self), *_dots(self, told))
        sentences = [*_told(told), _conclusion(self)]
        return picture, "<br>".join([_headed(told), *map(html.escape, sentences)]), " ".join([_title(told), *sentences])


def _told_apart(milestones):
    """The same, those with a name that came before with a number behind it: what is chosen is known by its name."""
    seen = Counter()
    for m in milestones:
        seen[m.name] += 1
        yield m if seen[m.name] == 1 else m._replace(name=f"{m.name} ({seen[m.name]})")


def _own(given):
    known = {"who": "You", "source": "you", "kind": "own"} | dict(given)
    if missing := {"year", "name", "new"} - set(known):
        raise ValueError(f"a milestone of your own needs year, name and new; one has no {min(missing)}")
    if unknown := set(known) - set(Milestone._fields):
        raise ValueError(f"a milestone has {', '.join(Milestone._fields)}, but no {min(unknown)}")
    if known["kind"] not in COLOURS:
        raise ValueError(f"kind must be one of {', '.join(COLOURS)}, got {known['kind']!r}")
    return Milestone(int(known.pop("year")), **known)


def _lanes(demo):
    (first, last), (left, right), bottom = demo.ends(), demo.width(), 40 + LANE * len(demo.kinds)
    for lane, kind in enumerate(demo.kinds):
        y = 28 + LANE * lane
        yield svg.line(left, y - 6, right, y - 6, FAINT, 1)
        where = (left, y + 1, 11) if demo.narrow else (10, y + 14, 13)
        yield svg.text(*where[:2], kind, where[2], INK, "start", bold=True)
    step = 20 if demo.number("span") > 50 else 10 if demo.number("span") > 20 else 5
    yield svg.line(left, bottom, right, bottom, GREY, 1.5)
    for year in range(int(np.ceil(first / step)) * step, int(last) + 1, step):
        x = left + (year - first) / (last - first) * (right - left)
        yield svg.line(x, 22, x, bottom, FAINT, 1) + svg.text(x, bottom + 14, year, 12)


def _dots(demo, told):
    left, right = demo.width()
    for m, (x, y) in zip(demo.some(), demo.places(), strict=True):
        if left <= x <= right:
            here = m is told
            yield svg.circle(
                x, y, 6.5 if here else 4.6, COLOURS[m.kind], INK if here else "#fff", 2.5 if here else 1, m.name
            )
            if here:
                name, wide = f"{m.year} · {m.name}", 8.2 * len(f"{m.year} · {m.name}")
                # Where its name has room: behind the line, before it, or along the whole drawing.
                at, anchor = (x, "start") if x + wide <= right + 18 else (x, "end") if x >= wide else (4, "start")
                yield svg.text(at, 12, name, 13, INK, anchor, bold=True)
                yield svg.line(x, 20, x, y - 8, INK, 1)
        elif m is told:
            # It is told below, so the picture says where it went.
            name, anchor = (f"◂ {m.year} · {m.name}", "start") if x < left else (f"{m.year} · {m.name} ▸", "end")
            yield svg.text(left if x < left else right, 12, name, 13, INK, anchor, bold=True)


def _title(m):
    return f"{m.year} · {m.name} ({m.who})."


def _headed(m):
    where = m.place or m.source
    link = ADDRESS.sub(r'<a href="https://\g<0>">\g<0></a>', html.escape(where))
    return f"<b>{html.escape(_title(m))}</b> Source: {link}."


def _told(m):
    told = [m.new]
    if m.source in RUNS:
        run = RUNS[m.source][0]
        # A name as GPT-3, LeNet or Q-learning keeps its capitals.
        name = (len(run.split()[0]) > 1 and not run.split()[0][1:].islower()) or run[1] == "-"
        told.append(f"It runs in this chapter: {run[0] if name else run[0].lower()}{run[1:]}.")
    elif m.chapter == "16":
        told.append("It runs in this chapter.")
    if m.chapter not in ("", "16"):
        told.append(f"Its subject: chapter {m.chapter}.")
    return told


def _conclusion(demo):
    (first, last), some = demo.ends(), demo.some()
    years = [m.year for m in some if first <= m.year <= last]
    said = f"In view: {len(years)} of {len(some)} milestones"
    said += "" if demo.state["kind"] == ALL else f" of the kind “{demo.state['kind']}”"
    gaps = [(later - sooner, sooner, later) for sooner, later in pairwise(years) if later > sooner]
    if not gaps:
        return said + "."
    longest = max(gaps, key=lambda gap: gap[0])
    years = f"{longest[0]} year{'s' * (longest[0] > 1)}, from {longest[1]} to {longest[2]}"
    return f"{said}; the longest pause between two of them: {years}."
