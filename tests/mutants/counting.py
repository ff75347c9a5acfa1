"""How many wrong answers do the checks catch? ``python -m tests.mutants`` counts them: ``make mutants``

Every solution is changed in one place in all the ways that ``tests/mutants/operators.py`` knows, and each of these
mutants is given to the exercise's check, with the learner's random cases and with others. At least 95 % have to be
caught, exercise by exercise. Some mutants compute the same as the solution: they are listed with the reason in
``tests/mutants/equivalent.toml``, and do not count. Names choose exercises: ``python -m tests.mutants 01- pocket``.
"""

import ast
import multiprocessing
import os
import random
import tomllib
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from course_lib.building.exercises import BEGIN, END
from course_lib.checking.answers import model_answer
from course_lib.checks import all_checks
from tests.checking.test_checks import cells, chapter_of, check_call, is_about_checks
from tests.mutants.runs import Exercise, Unsound, outcomes
from tests.mutants.texts import mutants

WANTED_SHARE = 0.95
# How a mutant can end otherwise than by an answer that is not yet right.
ENDS = {"crashed": "crash", "check raised": "check", "too slow": "slow", "killed": "killed"}
COLUMNS = ("mutants", "equivalent", "caught", "share", "seed 0", *ENDS.values(), "seconds")
CAPTION = (
    "seed 0: what the learner's own random cases catch. Some of the caught gave no answer to judge: crash, it "
    "raised before it was asked; check, the check raised; slow, it ran too long; killed, its process ended."
)
WIDTH = 132
EQUIVALENT = Path(__file__).with_name("equivalent.toml")


@dataclass(frozen=True)
class Measured:
    """What became of an exercise's mutants, {mutant: outcome}, and which of them are known to be equivalent."""

    key: str
    outcomes: dict
    equivalent: frozenset = frozenset()
    problem: str = ""

    @property
    def counted(self):
        """{mutant: outcome} without the equivalent ones."""
        return {mutant: end for mutant, end in self.outcomes.items() if lines_of(mutant) not in self.equivalent}

    @property
    def survivors(self):
        """The mutants that should have been caught."""
        return [mutant for mutant, outcome in self.counted.items() if not outcome.caught]

    @property
    def share(self):
        """The share of the mutants that is caught, of those that could be."""
        return 1 - len(self.survivors) / len(self.counted) if self.counted else 0.0

    @property
    def visible_share(self):
        """The share that the learner's own random cases catch."""
        caught = sum(outcome.caught and outcome.seed == 0 for outcome in self.counted.values())
        return caught / len(self.counted) if self.counted else 0.0

    @property
    def wrongly_excused(self):
        """Those that are listed as equivalent, and are caught."""
        return [
            mutant
            for mutant, outcome in self.outcomes.items()
            if lines_of(mutant) in self.equivalent and outcome.caught
        ]


def lines_of(mutant):
    """What names a mutant in the list of equivalents, wherever in the solution it stands."""
    return mutant.before, mutant.after


def exercises(names=()):
    """Every exercise of every chapter, from its solution; with names, those whose chapter and key has one of them."""
    for check in all_checks():
        if not names or any(name in f"{chapter_of(check)} {check.key}" for name in names):
            code = [cell for cell in cells(chapter_of(check), blanked=False) if cell.cell_type == "code"]
            yield exercise_of(check, code)


def exercise_of(check, code):
    """The exercise that a check belongs to: the last cell with a solution before the check's own cell."""
    at = next(i for i, cell in enumerate(code) if check.name in _calls(cell))
    solution = max(i for i in range(at) if BEGIN in code[i].source)
    handed = ast.unparse(_calls(code[at])[check.name])
    before, after = (
        [_without_checks(cell) for cell in some if "solution" not in cell.metadata.get("tags", [])]
        for some in (code[:solution], code[solution + 1 : at])
    )
    source = code[solution].source
    return Exercise(
        check.key,
        check.module,
        check.name,
        tuple(before),
        source,
        marked_lines(source),
        tuple(after),
        handed,
        check.accept is model_answer,
    )


def marked_lines(source):
    """The numbers of the lines that begin and end the solution."""
    lines = [line.strip() for line in source.splitlines()]
    return lines.index(BEGIN) + 1, lines.index(END) + 1


def _calls(cell):
    return {name: argument for name, argument in map(check_call, ast.parse(cell.source).body) if name}


def _without_checks(cell):
    tree = ast.parse(cell.source)
    tree.body = [statement for statement in tree.body if not is_about_checks(statement)]
    return ast.unparse(tree)


def mutants_of(exercise):
    """All mutants of an exercise's solution."""
    return list(mutants(exercise.cell, *exercise.lines))


def sampled(mutants, size, seed=0):
    """So many of the mutants, always the same, in their order."""
    chosen = random.Random(seed).sample(range(len(mutants)), min(size, len(mutants)))
    return [mutants[i] for i in sorted(chosen)]


def equivalents(path=EQUIVALENT):
    """{the check's key: the lines, before and after, of its mutants that compute the same as the solution}"""
    found = {}
    for entry in tomllib.loads(path.read_text(encoding="utf-8"))["equivalent"]:
        found.setdefault(entry["check"], set()).update((entry["before"], after) for after in entry["after"])
    return found


def measure(exercise, chosen, equivalent=()):
    """Run the chosen mutants of one exercise."""
    try:
        found = outcomes(exercise, [mutant.text for mutant in chosen])
    except Unsound as problem:
        return Measured(exercise.key, {}, problem=str(problem))
    return Measured(exercise.key, dict(zip(chosen, found, strict=True)), frozenset(equivalent))


def measured(work, jobs=2):
    """What comes of ``measure`` for each (exercise, mutants, equivalent), in their order."""
    # One thread for a process: others work on this machine too.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(measure, *zip(*work, strict=True))


def table(found):
    """A line for each exercise."""
    from rich import box
    from rich.table import Table

    sheet = Table("exercise", *COLUMNS, caption=CAPTION, box=box.SIMPLE_HEAD)
    for number, column in enumerate(sheet.columns):
        column.no_wrap, column.justify = True, "right" if number else "left"
    for one in found:
        ends = Counter(outcome.end for outcome in one.counted.values())
        caught = len(one.counted) - len(one.survivors)
        sheet.add_row(
            one.key,
            *map(
                str,
                (
                    len(one.outcomes),
                    len(one.outcomes) - len(one.counted),
                    caught,
                    f"{one.share:.1%}",
                    f"{one.visible_share:.1%}",
                    *(ends[end] for end in ENDS),
                    f"{sum(outcome.seconds for outcome in one.outcomes.values()):.1f}",
                ),
            ),
        )
    return sheet


def complaints(found):
    """What is wrong, in lines: the survivors with what was changed, and what is listed as equivalent but is not."""
    for one in found:
        if one.problem:
            yield one.problem
        yield from (f"{one.key}: not caught ({mutant.operator})\n{_shown(mutant)}" for mutant in one.survivors)
        yield from (f"{one.key}: listed as equivalent, but caught\n{_shown(mutant)}" for mutant in one.wrongly_excused)


def _shown(mutant):
    return "\n".join(
        [f"  - {line}" for line in mutant.before.splitlines()] + [f"  + {line}" for line in mutant.after.splitlines()]
    )


def failed(found):
    """The keys of the exercises whose checks are too weak, or could not be measured."""
    return [one.key for one in found if one.share < WANTED_SHARE or one.wrongly_excused]


def main(
    names: Annotated[list[str] | None, typer.Argument(help="Only exercises that contain one of these.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="How many processes at once.")] = 2,
    sample: Annotated[int, typer.Option(help="So many mutants of each exercise that trains; 0 takes all.")] = 0,
):
    """Count the mutants that the checks catch."""
    from rich.console import Console
    from rich.progress import track

    listed, chosen = equivalents(), list(exercises(names))
    if not chosen:
        raise typer.BadParameter("no exercise has such a name")
    work = [(exercise, mutants_of(exercise), listed.get(exercise.key, ())) for exercise in chosen]
    if sample:
        work = [(one, sampled(some, sample) if one.trains else some, same) for one, some, same in work]
    found = list(track(measured(work, jobs), "Running mutants", len(work)))
    console = Console(width=WIDTH)
    console.print(table(found))
    for complaint in complaints(found):
        console.print(complaint, markup=False, highlight=False)
    counted, survived = (
        sum(len(part) for part in parts) for parts in ([one.counted for one in found], [one.survivors for one in found])
    )
    console.print(f"{counted - survived} of {counted} mutants are caught: {1 - survived / max(counted, 1):.1%}")
    raise typer.Exit(bool(failed(found)))
