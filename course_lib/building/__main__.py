"""``python -m course_lib.building`` rebuilds the notebooks whose source changed: ``make notebooks``."""

import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Annotated

import typer

from course_lib.building import pages
from course_lib.building.exercises import BuildError
from course_lib.building.notebooks import ROOT, build, is_current, targets


def main(
    names: Annotated[
        list[str] | None, typer.Argument(help='Only paths that contain one of these: "01-", "exercises/".')
    ] = None,
    force: Annotated[bool, typer.Option(help="Also what is up to date, after a change in course_lib.")] = False,
    jobs: Annotated[int, typer.Option(min=1, help="How many to build at once.")] = 2,
):
    """Rebuild the notebooks whose source changed, and the pages about all of them."""
    from rich.progress import track

    chosen = [t for t in targets() if not names or any(name in t.notebook.as_posix() for name in names)]
    for page in pages.write(ROOT):
        print(page)
    stale = [t for t in chosen if force or not is_current(t)]
    if not stale:
        print(f"All {len(chosen)} notebooks are up to date.")
        return
    # A fresh process for each: nothing that one notebook's run leaves behind can reach another's.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, max_tasks_per_child=1) as pool:
        waiting = [pool.submit(build, target) for target in stale]
        try:
            for done in track(as_completed(waiting), "Building", len(waiting)):
                print(done.result())
        except BuildError as error:
            pool.shutdown(cancel_futures=True)
            sys.exit(str(error))


if __name__ == "__main__":
    typer.run(main)
