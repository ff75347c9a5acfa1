"""Whose a hand-in is: from the names that Moodle, Canvas, Blackboard and Brightspace give to what they let download."""

import contextlib
import itertools
import re
import unicodedata
from collections import defaultdict
from datetime import datetime

# A student chooses what comes last in such a name, the system what comes first. So each takes as little as it can.
SYSTEMS = tuple(
    re.compile(pattern, re.I | re.S)
    for pattern in (
        r"(?P<student>.+?)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)(?:_(?P<rest>.*))?",
        r"(?:late_)?(?P<student>anon_[^\W_]{5})(?P<id>)_(?:\d{4,}_)?(?P<rest>.+)",
        r"(?P<student>[^\W_][^_]*)_(?:late_)?(?P<id>\d{3,})_\d{4,}_(?P<rest>.+)",
        r"(?P<student>[^\W_][^_]*)_(?:late_)?(?P<id>\d{3,})_(?P<rest>(?:text|link)\.html)",
        r".+?_(?P<student>[^_]+)(?P<id>)_attempt_\d{4}(?:-\d\d){5}(?:_(?P<rest>.+))?",
        r"(?P<id>\d+)-\d+ ?- (?P<student>.+?) ?- [^-]*\d{4}[^-]*?(?: - (?P<rest>.+))?",
    )
)
SUFFIXES = re.compile(r"(?:\.ipynb)?(?:\.(?:json|txt|zip))?\Z|\.ipynb(?: ?\(\d+\))?\Z", re.I)


# When a system was given a file: Blackboard's way to write it in a name, and Brightspace's.
TIMES = (
    (re.compile(r"_attempt_(\d{4}(?:-\d\d){5})(?:_|\Z)"), ("%Y-%m-%d-%H-%M-%S",)),
    (
        re.compile(r" - ((?:[A-Z]\w+ \d+|\d+ [A-Z]\w+), \d{4} [\d.: ]+(?: ?[AP]M)?)(?: - |\Z)"),
        ("%b %d, %Y %I%M %p", "%B %d, %Y %I%M %p", "%b %d, %Y %I:%M %p", "%B %d, %Y %I:%M %p", "%d %B, %Y %H%M"),
    ),
)


def time(place):
    """When it was handed in, as far as a system's name says so; else None."""
    for name, (pattern, forms) in itertools.product(place, TIMES):
        found = pattern.search(without_suffix(name)) if is_a_systems(name) else None
        for form in forms if found else ():
            with contextlib.suppress(ValueError):
                return datetime.strptime(found[1].strip(), form)
    return None


def without_suffix(name):
    """The name without what says that it is a notebook, or a zip."""
    return SUFFIXES.sub("", name, count=1) or name


def named(places):
    """A name of its own for each place, which is a tuple of names that lead to it.

    Where a system's name says whose it is, that is the student; with more than one hand-in of hers, the student and
    what follows. Else it is the place, as "ann/hw". Who has an ordinary name keeps it, whatever others call themselves.
    """
    found = [_whose(place) for place in places]
    hand_ins, ids = defaultdict(int), defaultdict(set)
    for student, number, _ in found:
        hand_ins[student, number] += 1
        ids[student].add(number)
    names = []
    for student, number, rest in found:
        name = student if len(ids[student]) == 1 or not number else f"{student} ({number})"
        alone = number is not None and hand_ins[student, number] == 1
        names.append(name if alone or not rest else "/".join((name, *rest)))
    return _different(names)


def is_a_systems(name):
    """Whether a system has given this name: it says whose it is."""
    return any(system.fullmatch(without_suffix(name)) for system in SYSTEMS)


def owner(place):
    """Whose a file is, as something to compare: a student whom a system names, else the first folder, or nobody."""
    student, number, _ = _whose(place)
    return (student, number) if number is not None else place[:1] if len(place) > 1 else None


def _whose(place):
    """(the student, a number that tells her from others of her name, what follows): the latter two may be empty."""
    for depth, name in enumerate(place):
        for system in SYSTEMS:
            if found := system.fullmatch(without_suffix(name)):
                student = "/".join((*place[:depth], found["student"].strip()))
                rest = (found["rest"] or "", *map(without_suffix, place[depth + 1 :]))
                return student, found["id"], tuple(filter(None, rest))
    return "/".join((*place[:-1], without_suffix(place[-1]))), None, ()


def written(name):
    """A name in characters that can be written anywhere."""
    name = unicodedata.normalize("NFC", name.encode(errors="backslashreplace").decode())
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


def _different(names):
    chosen, taken = [""] * len(names), set()
    for place in sorted(range(len(names)), key=lambda place: written(names[place]) != names[place]):
        name, number = written(names[place]), 1
        while name in taken:
            number += 1
            name = f"{written(names[place])} ({number})"
        taken.add(name)
        chosen[place] = name
    return chosen
