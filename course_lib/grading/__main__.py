"""The judge's command line: ``python -m course_lib.grading --help``."""

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from course_lib.grading import roster as rosters
from course_lib.grading import told
from course_lib.grading.assignment import AssignmentError, slugs
from course_lib.grading.batch import grade as grade_all
from course_lib.grading.regrade import Regrading
from course_lib.grading.reports import ResultsError
from course_lib.grading.roster import RosterError
from course_lib.grading.sandbox import SandboxError

AGAIN = "Run the same command again to go on."

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.callback()
def judge():
    """Grade notebooks of people whom you need not trust.

    A student's code runs in a process of its own, in a sandbox, and only computes. Another process, which the student's
    code cannot reach, asks it for values and judges them. So nothing that a notebook prints, patches, forges or kills
    can raise its score or stop the others.
    """
    # Names of students, and an arrow, may be what the terminal cannot write.
    sys.stdout.reconfigure(errors="backslashreplace")
    signal.signal(signal.SIGTERM, _end)


@app.command()
def exercises():
    """List the exercises that can be graded."""
    for slug in slugs():
        print(slug)


Slug = Annotated[str, typer.Argument(help="Which exercises: `01-neurons`. The command `exercises` lists them.")]
Notebooks = Annotated[
    list[Path],
    typer.Argument(
        metavar="NOTEBOOK_OR_FOLDER...",
        help="Notebooks, zips, or folders in which all notebooks are submissions, as Moodle or Canvas gives them.",
    ),
]
Out = Annotated[Path, typer.Option(help="The folder for results and feedback. It is made if it does not exist.")]
Jobs = Annotated[
    int | None, typer.Option(min=1, help="How many to grade at once.", show_default="the number of processors")
]
Timeout = Annotated[
    float, typer.Option(min=1, help="Seconds for one submission. One cell or call may take a third of it.")
]
Seed = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="Chooses the hidden cases. With the same seed the same notebook gets the same score.",
        show_default="chosen at random for the folder `--out`, and kept there",
    ),
]
Vary = Annotated[bool, typer.Option("--vary", help="Give each notebook hidden cases of its own.")]
Scheduler = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS", help="Grade on a Dask cluster, `tcp://host:8786`; its workers need the course too."
    ),
]
RequireSandbox = Annotated[
    bool, typer.Option("--require-sandbox", help="Refuse to grade where bubblewrap cannot be used.")
]
Gradescope = Annotated[bool, typer.Option("--gradescope", help="Also write `results.json` as Gradescope expects it.")]
HiddenFeedback = Annotated[
    str,
    typer.Option(
        metavar="WHEN",
        help="When students are told what came of hidden cases: `now`, `after-due-date` or `never`. Until then neither "
        "pages nor `published.csv` have it, and Gradescope keeps it back.",
    ),
]
Due = Annotated[
    str | None,
    typer.Option(
        metavar="DATE",
        help="The due date, `2026-12-01` or `2026-12-01 18:00`: the same command, run again after it, tells all. "
        "With a roster, `grades.csv` says how many days late each was.",
    ),
]
RosterFile = Annotated[
    Path | None,
    typer.Option(
        "--roster",
        metavar="TABLE",
        help="The class as a CSV table with the column `student` (as she is called in the names of what was handed in) "
        "and, if you like, `name` and `extension` (days). Writes `grades.csv`.",
    ),
]
Attempt = Annotated[
    str, typer.Option(metavar="WHICH", help="Which of a student's attempts counts in `grades.csv`: `last` or `best`.")
]
NeverLower = Annotated[
    bool, typer.Option("--never-lower", help="A check that was passed stays passed, for the same notebook.")
]


@app.command()
def grade(
    slug: Slug,
    notebooks: Notebooks,
    out: Out,
    jobs: Jobs = None,
    timeout: Timeout = 180,
    seed: Seed = None,
    vary: Vary = False,
    scheduler: Scheduler = None,
    require_sandbox: RequireSandbox = False,
    gradescope: Gradescope = False,
    hidden_feedback: HiddenFeedback = "now",
    due: Due = None,
    roster: RosterFile = None,
    attempt: Attempt = "last",
):
    """Grade notebooks and write what came of it to a folder.

    - `results.jsonl`: a line for each submission, with its score and, for each check, whether it is passed and why not

    - `scores.csv`: a table of the points

    - `feedback/NAME.html`: a page for each student, which gives no hidden case away

    - `report.html`: for the instructor alone, what is told to nobody else; the exercises, and who handed in the same

    - `statistics.csv`, `identical.csv`: these as tables

    - `grades.csv`: with `--roster`, a line for each student, with the attempt that counts and how late it was

    - `published.csv`: the table as students may see it, where `--hidden-feedback` keeps something back

    - `results.json` (`gradescope/NAME/results.json` for more than one submission): with `--gradescope`

    Run the same command again to go on after an interruption: what is graded already is not graded again. The exit
    status is 0 when every submission got its line, whatever its score; 1 when grading was not possible, or when nothing
    was handed in; 2 for a mistake in the command.
    """
    results = _graded(**locals())
    failed = sum(result["error"] is not None for result in results)
    print(
        f"{len(results)} graded{f', {failed} of them without a score: see their error' if failed else ''}. "
        f"Results and feedback are in {out}."
    )


@app.command()
def regrade(
    slug: Slug,
    notebooks: Notebooks,
    out: Out,
    never_lower: NeverLower = False,
    jobs: Jobs = None,
    timeout: Timeout = 180,
    seed: Seed = None,
    vary: Vary = False,
    scheduler: Scheduler = None,
    require_sandbox: RequireSandbox = False,
    gradescope: Gradescope = False,
    hidden_feedback: HiddenFeedback = "now",
    due: Due = None,
    roster: RosterFile = None,
    attempt: Attempt = "last",
):
    """Grade again what a repaired check concerns, and say whose points changed.

    Give it what `grade` was given. Answers whose check is as it was, with all that it uses, keep their result. Beside
    what `grade` writes, `regraded.csv` has old and new points. Run it again to go on after an interruption.
    """
    again = Regrading(out, never_lower)
    given = {name: value for name, value in locals().items() if name not in ("never_lower", "again")}
    _graded(**given, regrading=again)
    for line in again.words():
        print(line)
    print(f"The table is in {out / 'regraded.csv'}.")


def _graded(slug, notebooks, out, hidden_feedback, due, roster, attempt, **options):
    """The results, with a bar that shows how far it is; what goes wrong is one sentence and an exit status."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    try:
        telling = told.telling(hidden_feedback, due if hidden_feedback == "after-due-date" or not roster else None)
        date = told.due_date(due) if due else None
        students = rosters.Roster(rosters.read(roster), attempt, date) if roster else None
        with Progress(*columns, transient=True) as progress:
            bar = progress.add_task("Grading", total=None)
            results = grade_all(
                slug,
                notebooks,
                out,
                telling=telling,
                roster=students,
                advance=lambda done, all_of_them: progress.update(bar, completed=done, total=all_of_them),
                warn=lambda sentence: print(sentence, file=sys.stderr),
                **options,
            )
        if not results:
            raise ResultsError("Nothing was graded: nobody handed anything in there.")
        return results
    except (AssignmentError, FileNotFoundError, RosterError, told.TellingError) as error:
        print(error, file=sys.stderr)
        raise typer.Exit(2) from error
    except (ResultsError, SandboxError) as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from error
    except OSError as error:
        place = f": {error.filename}" if error.filename else ""
        print(f"The system refused something ({error.strerror or error}){place}. {AGAIN}", file=sys.stderr)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:
        print(f"Interrupted. {AGAIN}", file=sys.stderr)
        raise typer.Exit(128 + (signal.SIGTERM if error.args else signal.SIGINT)) from error


def _end(number, frame):
    """Whoever ends the judge, a system that shuts down for example, ends it as Ctrl-C does."""
    raise KeyboardInterrupt(number)


if __name__ == "__main__":
    app(prog_name="python -m course_lib.grading")
