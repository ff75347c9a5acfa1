"""What chapter 10 measures once: how a rate is found, and that what is stored has every part."""

import numpy as np
import pytest

from course_lib.experiments import transformers as experiments
from course_lib.experiments import transformers_study as study
from course_lib.widgets.transformers import Sampling


@pytest.mark.parametrize("best", [0.001, 0.004, 0.032])
def test_the_best_rate_lies_between_two_worse_ones(best):
    rate, tried = study.best_between(lambda rate: abs(np.log2(rate / best)), 0.004)
    assert rate == pytest.approx(best)
    assert min(tried) < rate < max(tried)
    assert list(tried) == sorted(tried)


def test_a_best_rate_ties_with_no_edge():
    rate, tried = study.best_between(lambda rate: 1 if rate in (0.004, 0.008) else 2, 0.002)
    assert (rate, list(tried)) == (0.004, [0.002, 0.004, 0.008, 0.016])


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


def test_the_answers_about_sampling_are_true_of_the_stored_model():
    tokenizer, *_ = study.texts()
    gpt = experiments.in_numpy(experiments.stored_model(), experiments.CONTEXT, experiments.HEADS)
    demo = Sampling(experiments.Writer(gpt, tokenizer), "The value of the expre", temperature=0.1)
    assert "chance decides 0.00 bits" in demo.describe()
    demo.set(temperature=3.0)
    assert "chance decides 7.5" in demo.describe()
    demo.set(temperature=1.0, top_p=0.5)
    assert ": 1 of 512 tokens may come" in demo.describe()
    demo.set(text="The value of the")
    assert ": 13 of 512 tokens may come" in demo.describe()
    demo.set(text="The value of the expre", top_p=1.0)
    for _ in range(40):
        demo.press("greedy")
    assert demo.state["text"].rstrip(" ") == "The value of the expressing\n"
