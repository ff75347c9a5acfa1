"""The experiment of chapter 04."""

from course_lib.experiments.backpropagation import time_passes


def test_both_passes_take_time_and_all_parameters_are_counted():
    forward, backward, parameters = time_passes([8, 16, 4], batch=2, repeats=2)
    assert 0 < forward < 1000
    assert 0 < backward < 1000
    assert parameters == 9 * 16 + 17 * 4
