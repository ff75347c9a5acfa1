"""Studies keep what they have measured, part by part, and lose nothing of it."""

import json

import pytest

from course_lib.experiments import stored_results


def test_each_part_is_stored_as_soon_as_it_is_measured(tmp_path):
    path, seen = tmp_path / "measured.json", []

    def two():
        seen.append(stored_results.read(path))
        return {"share": 0.5}

    assert stored_results.read(path) == {}
    stored_results.measure({"one": lambda: [1, 2], "two": two}, [], path)
    assert seen == [{"one": [1, 2]}]
    assert stored_results.read(path) == {"one": [1, 2], "two": {"share": 0.5}}


def test_a_part_that_fails_leaves_the_others_as_they_were(tmp_path):
    path = tmp_path / "measured.json"
    stored_results.write({"one": 1, "two": 2}, path)
    with pytest.raises(ZeroDivisionError):
        stored_results.measure({"one": lambda: 3, "two": lambda: 1 / 0}, ["one", "two"], path)
    assert stored_results.read(path) == {"one": 3, "two": 2}


def test_a_part_measured_anew_is_one_line_of_a_diff(tmp_path):
    path = tmp_path / "measured.json"
    stored_results.write({"ä": {"1": [0.25]}, "two": 2, "three": 3}, path)
    before = path.read_text(encoding="utf-8").splitlines()
    stored_results.measure({"two": lambda: 4}, ["two"], path)
    after = path.read_text(encoding="utf-8").splitlines()
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, True, False, True, True]
    assert json.loads(path.read_text(encoding="utf-8")) == {"ä": {"1": [0.25]}, "two": 4, "three": 3}
