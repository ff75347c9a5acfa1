"""The judge's command line: ``python -m course_lib.grading --help``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from course_lib.grading.assignment import AssignmentError, slugs
from course_lib.grading.batch import grade as grade_all
from course_lib.grading.reports import ResultsError
from course_lib.grading.sandbox import SandboxError

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.callback()
def judge():
    """Grade notebooks of people whom you need not trust.

    A student's code runs in a process of its own, in a sandbox, and only computes. Another process, which the student's
    code cannot reach, asks it for values and judges them. So nothing that a notebook prints, patches, forges or kills
    can raise its score or stop the others.
    """


@app.command()
def exercises():
    """List the exercises that can be graded."""
    for slug in slugs():
        print(slug)


@app.command()
def grade(
    slug: Annotated[str, typer.Argument(help="Which exercises: `01-neurons`. The command `exercises` lists them.")],
    notebooks: Annotated[
        list[Path],
        typer.Argument(
            metavar="NOTEBOOK_OR_FOLDER...", help="Notebooks, or folders in which all notebooks are submissions."
        ),
    ],
    out: Annotated[Path, typer.Option(help="The folder for results and feedback. It is made if it does not exist.")],
    jobs: Annotated[
        int | None, typer.Option(min=1, help="How many to grade at once.", show_default="the number of processors")
    ] = None,
    timeout: Annotated[
        float, typer.Option(min=1, help="Seconds for one submission. One cell or call may take a third of it.")
    ] = 120,
    seed: Annotated[
        int,
        typer.Option(min=0, help="Chooses the hidden cases. With the same seed the same notebook gets the same score."),
    ] = 1,
    vary: Annotated[bool, typer.Option("--vary", help="Give each notebook hidden cases of its own.")] = False,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Grade on a Dask cluster, `tcp://host:8786`; its workers need the course too."
        ),
    ] = None,
    require_sandbox: Annotated[
        bool, typer.Option("--require-sandbox", help="Refuse to grade where bubblewrap cannot be used.")
    ] = False,
    gradescope: Annotated[
        bool, typer.Option("--gradescope", help="Also write `results.json` as Gradescope expects it.")
    ] = False,
):
    """Grade notebooks and write what came of it to a folder.

    - `results.jsonl`: a line for each submission, with its score and, for each check, whether it is passed and why not

    - `scores.csv`: a table of the points

    - `feedback/NAME.html`: a page for each student, which gives no hidden case away

    - `results.json` (`gradescope/NAME/results.json` for more than one submission): with `--gradescope`

    Run the same command again to go on after an interruption: what is graded already is not graded again. The exit
    status is 0 when every submission got its line, whatever its score; 1 when grading was not possible; 2 for a mistake
    in the command.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    try:
        with Progress(*columns, transient=True) as progress:
            bar = progress.add_task("Grading", total=None)
            results = grade_all(
                slug,
                notebooks,
                out,
                jobs=jobs,
                timeout=timeout,
                seed=seed,
                vary=vary,
                scheduler=scheduler,
                require_sandbox=require_sandbox,
                gradescope=gradescope,
                advance=lambda done, all_of_them: progress.update(bar, completed=done, total=all_of_them),
                warn=lambda sentence: print(sentence, file=sys.stderr),
            )
    except (AssignmentError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        raise typer.Exit(2) from error
    except (ResultsError, SandboxError) as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:
        print("Interrupted. Run the same command again to go on.", file=sys.stderr)
        raise typer.Exit(130) from error
    failed = sum(result["error"] is not None for result in results)
    print(
        f"{len(results)} graded{f', {failed} of them without a score: see their error' if failed else ''}. "
        f"Results and feedback are in {out}."
    )


if __name__ == "__main__":
    app(prog_name="python -m course_lib.grading")
