"""The checks of the exercises: one module for each chapter that has any."""

import contextlib
import importlib
import os
import pkgutil
import sys

from course_lib.checking import progress
from course_lib.checking.check import Check


def all_checks():
    """Every check of every chapter, chapters in their order, checks in the order of their definition."""
    return [check for checks in _chapters().values() for check in checks]


def progress_report():
    """Print what is solved so far: a line for each chapter that was begun, or where to begin."""
    events, complaint = progress.read()
    rows = _rows(events)
    for (chapter, checks), row in zip(_chapters().items(), rows, strict=False):
        if any(check.key in events for check in checks):
            print("{}: {} of {} exercises solved, {} of {} points".format(chapter, *row[1:]))
    if not rows[-1][1]:
        print("No exercise is solved yet. Begin with those of chapter 00.")
    if complaint:
        print(complaint)


def progress_map():
    """What is solved so far as a picture that follows by itself: a bar for each chapter, and one for the course."""
    from course_lib.widgets.course_map import CourseMap

    return CourseMap(lambda: _rows(progress.read()[0]), progress.stamp)


def _chapters():
    """{chapter: its checks}"""
    modules = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    in_order = sorted(modules, key=lambda module: module.CHAPTER)
    return {
        module.CHAPTER: [found for found in vars(module).values() if isinstance(found, Check)] for module in in_order
    }


def _rows(events):
    """(name, solved, exercises, points, possible points) of each chapter, and of the course."""
    chapters = {_title(chapter): checks for chapter, checks in _chapters().items()}
    return [(name, *_counts(checks, events)) for name, checks in {**chapters, "The whole course": all_checks()}.items()]


def _title(chapter):
    """ "00 Start here" for 00-start-here."""
    number, _, name = chapter.partition("-")
    return f"{number} {name.replace('-', ' ').capitalize()}"


def _counts(checks, events):
    done = [check for check in checks if events.get(check.key, {}).get("status") == "correct"]
    points, possible = (sum(check.points for check in some) for some in (done, checks))
    return len(done), len(checks), points, possible


def _show(check, verdict, text, complaint):
    """Show a verdict as a card where there is a page for it, and as plain text everywhere else."""
    card = None
    if _on_a_page():
        # Whatever is wrong with the card, the verdict itself is said.
        with contextlib.suppress(Exception):
            card = _card(check, verdict, text, complaint)
    if card is None:
        _print(check, verdict, text, complaint)
        return
    from IPython.display import display

    display(card)


def _card(check, verdict, text, complaint):
    from course_lib.widgets.card import Card

    events, _ = progress.read()
    chapter = sys.modules[check.module].CHAPTER
    here, course = _counts(_chapters()[chapter], events), _counts(all_checks(), events)
    bars = [(f"{n[0]} of {n[1]} {where}", n[0] / n[1]) for n, where in [(here, "here"), (course, "in the course")]]
    parts = {part: getattr(verdict, part) for part in ("call", "wanted", "got")}
    # A value has no call: its name stands in the headline.
    parts["call"] = "" if verdict.call == check.name else verdict.call
    hint = verdict.hint and f"Hint: {verdict.hint}"
    sentences = [words for words in (verdict.difference, hint, complaint) if words]
    card = Card(text, verdict.status, parts, sentences, bars, check.hints * (verdict.status != "correct"), check.given)
    card.observe(lambda change: setattr(check, "given", max(check.given, change["new"])), "given")
    return card


def _on_a_page():
    """Whether a Jupyter server has opened the notebook that runs: only then does its kernel know the notebook's name.

    Neither a terminal nor nbval, nbconvert or nbgrader gives it one.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    return "JPY_SESSION_NAME" in os.environ and hasattr(shell, "kernel")


_print, Check.show = Check.show, staticmethod(_show)
