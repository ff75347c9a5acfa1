"""What several tests of the judge hand in, and how they start it."""

import pytest

from course_lib.building.notebooks import ROOT
from course_lib.grading import batch, judge
from course_lib.grading.sandbox import why_not_bubblewrap
from tests.grading.submitted import SLUG, SOLVED, changed, make_link, notebook


@pytest.fixture(scope="module")
def place():
    if why_not_bubblewrap():
        pytest.skip(why_not_bubblewrap())
    workplace = batch.Workplace(SLUG, judge.Settings(timeout=45), require_sandbox=True)
    yield workplace
    workplace.close()


@pytest.fixture
def impatient():
    """A workplace with little time for each submission."""
    if why_not_bubblewrap():
        pytest.skip(why_not_bubblewrap())
    workplace = batch.Workplace(SLUG, judge.Settings(timeout=9), require_sandbox=True)
    # Starting the fork server is not part of a submission's time.
    workplace.judge(notebook([]))
    yield workplace
    workplace.close()


@pytest.fixture
def class_folder(tmp_path):
    """A folder of submissions: full, stub, partly right, and two that are none."""
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "=full.ipynb").write_bytes(notebook(SOLVED))
    (folder / "stub.ipynb").write_bytes((ROOT / f"exercises/{SLUG}.ipynb").read_bytes())
    (folder / "<b>part.ipynb").write_bytes(notebook(changed("misread = 18", "misread = 5")))
    (folder / "text.ipynb").write_text("hello")
    make_link(folder / "link.ipynb")
    return folder
