"""The checks of the exercises: one module for each chapter that has any."""

import importlib
import pkgutil
from collections import defaultdict

from course_lib.checking import progress
from course_lib.checking.check import Check

START = "exercises/00-start-here.ipynb"


def all_checks():
    """Every check of every chapter, chapters in their order, checks in the order of their definition."""
    modules = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    in_order = sorted(modules, key=lambda module: module.CHAPTER)
    return [found for module in in_order for found in vars(module).values() if isinstance(found, Check)]


def progress_report():
    """Print what is solved so far: a line for each chapter that was begun, or where to begin."""
    events, complaint = progress.read()
    chapters = defaultdict(list)
    for check in all_checks():
        chapters[importlib.import_module(check.module).CHAPTER].append(check)
    solved = {check for check, event in events.items() if event["status"] == "correct"}
    for chapter, checks in chapters.items():
        if any(check.key in events for check in checks):
            print(_line(chapter, checks, solved))
    if not any(check.key in solved for check in all_checks()):
        print(f"No exercise is solved yet. Open {START} to begin.")
    if complaint:
        print(complaint)


def _line(chapter, checks, solved):
    done = [check for check in checks if check.key in solved]
    points, possible = (sum(check.points for check in some) for some in (done, checks))
    return f"{chapter}: {len(done)} of {len(checks)} exercises solved, {points} of {possible} points"
