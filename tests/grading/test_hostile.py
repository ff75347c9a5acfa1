"""Nobody who attacks the judge gains a point, learns a hidden case, harms a neighbour or leaves anything behind.

Whoever tries is listed in tests/hostile/, one idea each. They are graded together with honest neighbours, in one run
of the judge's command line.
"""

import functools
import json

import pytest

from course_lib.grading import assignment, hand_ins, judge, reports, sandbox
from course_lib.grading.allowance import GIB, Limits
from course_lib.grading.lookout import Lookout
from course_lib.grading.sandbox import BUBBLEWRAP, Launcher, why_not_bubblewrap
from tests.grading.hostile import arena, exhausting, files, forging, keras_models, lying, reaching, telling, unmapped
from tests.grading.hostile.attack import ROOT, with_cells

pytestmark = pytest.mark.skipif(bool(why_not_bubblewrap()), reason=f"needs a sandbox: {why_not_bubblewrap()}")

SLUG, TIMEOUT, KERAS_TIMEOUT = files.SLUG, 6, 60
# Where what is waited for is not time: it comes on a busy machine, too.
PATIENT = judge.Settings(timeout=240)
# Seconds that a submission may take beyond its time: until a process is ended, and a value is judged.
GRACE = 6
# Among the others in the order of their names, which is the order in which they are graded.
HONEST = (
    "an_honest",
    "clever_and_honest",
    "exact_and_honest",
    "forgetful_and_honest",
    "long_and_honest",
    "names_of_the_honest",
    "zealous_and_honest",
)
HALF = "half_of_it"
ATTACKS = [
    *forging.ATTACKS,
    *lying.ATTACKS,
    *telling.ATTACKS,
    *exhausting.ATTACKS,
    *reaching.ATTACKS,
    *unmapped.ATTACKS,
]
# A page is read by a person, and one line of results by a program that has thousands to read.
MOST_TEXT, MOST_MEMORY = 20_000, 400


def _fill(folder, attacks, honest):
    """Put notebooks into a folder."""
    folder.mkdir(parents=True)
    for attack in attacks:
        (folder / f"{attack.name}.ipynb").write_bytes(attack.notebook(SLUG))
    solved = (ROOT / f"solutions/{SLUG}.ipynb").read_text(encoding="utf-8")
    for name in honest:
        # Not quite the same: what is equal is graded only once.
        (folder / f"{name}.ipynb").write_text(json.dumps({**json.loads(solved), "author": name}), encoding="utf-8")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """What came of grading all of them together."""
    place = tmp_path_factory.mktemp("together")
    notebooks = place / "submissions"
    _fill(notebooks, ATTACKS, HONEST)
    half = "def ink(picture):\n    return picture.mean()", "misread = 18"
    (notebooks / f"{HALF}.ipynb").write_bytes(with_cells(SLUG, *half))
    files.make(notebooks)
    return arena.graded(SLUG, notebooks, place / "judge", TIMEOUT, patience=400)


def _wrongs(attack, row, pages, timeout=TIMEOUT):
    """What an attack has achieved, in words."""
    text = json.dumps(arena.told(row))
    return [
        wrong
        for wrong, holds in {
            f"it has {row['score']} points, and earned {attack.earns}": row["score"] != attack.earns,
            f"it took {row['seconds']} seconds": row["seconds"] > timeout + GRACE,
            "something hidden was told": attack.hidden in text or attack.hidden in pages,
            f"its line has {len(text)} letters": len(text) > MOST_TEXT,
            f"it never got to {attack.ran!r}: {row['notes']}": attack.ran not in text,
        }.items()
        if holds
    ]


def test_the_judge_ends_well(run):
    assert run.status == 0, run.said


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_gains_nothing(attack, run):
    assert _wrongs(attack, run.row(attack.name), "") == []


def test_no_page_tells_what_is_hidden(run):
    assert [attack.name for attack in ATTACKS if attack.hidden in run.pages] == []


@pytest.mark.parametrize("name", HONEST)
def test_honest_neighbours_get_their_score(name, run):
    assert run.row(name)["score"] == run.row(name)["max_score"]


def test_half_of_the_work_gets_half_of_the_points(run):
    assert [check["passed"] for check in run.row(HALF)["checks"]] == [True, True, False]


def test_each_submission_has_one_line(run):
    names = [row["submission"] for row in run.rows]
    assert len(names) == len(set(names)) == len(ATTACKS) + len(HONEST) + 1 + len(files.FILES)


def test_files_that_are_no_notebooks_get_no_points(run):
    known = {*(attack.name for attack in ATTACKS), *HONEST, HALF}
    assert [row["submission"] for row in run.rows if row["submission"] not in known and row["score"]] == []


def test_all_were_graded_in_the_sandbox(run):
    assert {row["sandbox"] for row in run.rows} == {BUBBLEWRAP}


def test_nothing_is_left_running(run):
    assert run.still_running == []


def test_nothing_is_left_on_disk(run):
    assert run.left_behind == []


def test_no_submission_is_changed(run):
    assert run.changed == []


def test_names_do_no_harm_in_pages_and_tables(run):
    assert "&lt;script&gt;alert" in run.pages
    assert "<h1>file_<script>" not in run.pages
    assert "\n=cmd" not in run.pages


def test_the_judge_needs_little_memory(run):
    assert 0 < run.peak < MOST_MEMORY


@functools.cache
def _exercise():
    return assignment.load(SLUG)


@pytest.fixture
def narrow(tmp_path):
    """Where students' processes are started with little memory, and little time of the processor."""
    tmp_path.chmod(0o755)
    staged = tmp_path / "staged"
    staged.mkdir(mode=0o755)
    assignment.stage(_exercise(), staged)
    limits = Limits(exhausting.PROCESSOR_LIMIT, exhausting.MEMORY_LIMIT, 2 * GIB, 32)
    with Launcher(staged, limits, _exercise().preload, _exercise().keras) as launcher:
        yield launcher


@pytest.mark.parametrize("attack", exhausting.NARROW_ATTACKS, ids=lambda attack: attack.name)
def test_memory_and_time_count_however_they_are_taken(attack, narrow):
    row = judge.judge(_exercise(), attack.notebook(SLUG), narrow, PATIENT)
    assert attack.ran in json.dumps(row)
    assert attack.hidden not in json.dumps(row)
    assert row["score"] == attack.earns


def test_where_a_child_can_end_its_supervisor_it_is_watched_from_outside(narrow, monkeypatch):
    real = sandbox.bubblewrap
    # Without the machine's /proc to be seen, no child can have a sandbox of its own within the sandbox.
    monkeypatch.setattr(sandbox, "bubblewrap", lambda staged, divided=True: real(staged, divided=False))
    lookouts = []
    monkeypatch.setattr(sandbox, "Lookout", lambda *given: lookouts.append(Lookout(*given)) or lookouts[-1])
    free = "import os, signal\nif os.getppid() > 1: os.kill(os.getppid(), signal.SIGKILL)"
    for attack in (attack for attack in exhausting.NARROW_ATTACKS if "used more" in attack.ran):
        text = json.dumps(judge.judge(_exercise(), with_cells(SLUG, free, attack.code), narrow, PATIENT))
        assert attack.ran in text
        assert attack.hidden not in text
        assert any(lookout.why.startswith(attack.ran) for lookout in lookouts), attack.name
        lookouts.clear()
    assert narrow.lacking == ""
    # In one folder that is in memory there is no more room than on a disk of that size.
    full = next(attack for attack in exhausting.ATTACKS if attack.name == "full_disk")
    assert full.ran in json.dumps(judge.judge(_exercise(), full.notebook(SLUG), narrow, PATIENT))


@pytest.fixture(scope="module")
def keras_run(tmp_path_factory):
    """What came of grading all those together that attack the exercise with a Keras model."""
    place = tmp_path_factory.mktemp("keras")
    notebooks = place / "submissions"
    notebooks.mkdir()
    for attack in keras_models.ATTACKS:
        (notebooks / f"{attack.name}.ipynb").write_bytes(attack.notebook(keras_models.SLUG))
    (notebooks / "honest.ipynb").write_bytes(with_cells(keras_models.SLUG, keras_models.HONEST))
    return arena.graded(keras_models.SLUG, notebooks, place / "judge", KERAS_TIMEOUT, patience=300)


@pytest.mark.parametrize("attack", keras_models.ATTACKS, ids=lambda attack: attack.name)
def test_a_model_is_judged_by_what_can_be_checked(attack, keras_run):
    assert _wrongs(attack, keras_run.row(attack.name), "", KERAS_TIMEOUT) == []


def test_the_run_with_keras_ends_well(keras_run):
    assert keras_run.status == 0, keras_run.said
    assert [check["name"] for check in keras_run.row("honest")["checks"] if check["passed"]] == ["train_xor"]
    assert (keras_run.still_running, keras_run.left_behind, keras_run.changed) == ([], [], [])
    assert len(keras_run.rows) == len(keras_models.ATTACKS) + 1
    assert 0 < keras_run.peak < MOST_MEMORY


@pytest.mark.parametrize(
    "names",
    [("ann\x01lee", "ann_lee"), ("ann\x01lee", "ann_lee", "ann_lee (2)")],
    ids=["one takes its name", "two have one name"],
)
def test_nobody_takes_anothers_name(names, tmp_path):
    for name in names:
        (tmp_path / f"{name}.ipynb").touch()
    found = {hand_in.place[-1].removesuffix(".ipynb"): hand_in.name for hand_in in hand_ins.find([tmp_path])[0]}
    assert len(set(found.values())) == len(names)
    assert found["ann_lee"] == "ann_lee"


def test_a_long_name_in_any_script_gets_its_page(tmp_path):
    nothing = judge.result(_exercise(), [], [], "no reason", 0.0, BUBBLEWRAP, None)
    with reports.Results(tmp_path, _exercise()) as results:
        results.add("名" * 80 + "/" + "名" * 80, nothing)
        results.finish(["名" * 80 + "/" + "名" * 80], gradescope=False)
    assert len(list((tmp_path / "feedback").iterdir())) == 1
