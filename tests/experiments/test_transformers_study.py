"""What chapter 10 measures once: how a rate is found, and that what is stored has every part."""

import numpy as np
import pytest

from course_lib.experiments import transformers_study as study


@pytest.mark.parametrize("best", [0.001, 0.004, 0.032])
def test_the_best_rate_lies_between_two_worse_ones(best):
    rate, tried = study.best_between(lambda rate: abs(np.log2(rate / best)), 0.004)
    assert rate == pytest.approx(best)
    assert min(tried) < rate < max(tried)
    assert list(tried) == sorted(tried)


def test_settings_are_chosen_on_a_part_of_what_is_learnt_from():
    _, learnt, chosen_on, train_text, test_text = study.texts()
    assert train_text.startswith(learnt)
    assert len(learnt) < 0.95 * len(train_text)
    seen = {line.strip() for line in learnt.splitlines()}
    assert not {line.strip() for line in chosen_on.splitlines() if len(line.strip()) >= 40} & seen
    assert chosen_on not in test_text


def test_a_part_is_stored_when_it_is_done(tmp_path, monkeypatch):
    monkeypatch.setattr(study, "RESULTS", tmp_path / "measured.json")
    monkeypatch.setattr(study, "PARTS", {"one": lambda: {0.5: (1, 2)}, "two": lambda: 3})
    study.study("one")
    assert study.stored() == {"one": {"0.5": [1, 2]}}
    study.study()
    assert study.stored() == {"one": {"0.5": [1, 2]}, "two": 3}
