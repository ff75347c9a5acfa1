"""What is stored of chapter 07's readers of digits: how it was chosen, and that what is quick comes out again."""

import numpy as np
import pytest

from course_lib.experiments import convolution as experiments
from course_lib.experiments import convolution_study as study

STORED = experiments.stored()
NETWORKS = "pool", "flat", "dens"


def test_a_rate_is_looked_for_until_the_best_lies_between_two_others():
    tried = study.best_between(lambda rate: [1 - abs(np.log2(rate / 0.05)), 0, 0], reach=1)
    assert study.chosen(tried, 1) == 0.048
    assert list(tried) == [0.003, 0.006, 0.012, 0.024, 0.048, 0.096]


def test_of_settings_that_read_as_much_the_one_with_the_best_neighbours_is_chosen():
    tried = {0.1: [0.9, 0, 0], 0.2: [0.95, 0, 0], 0.3: [0.95, 0.1, 0], 0.4: [0.95, 0, 0], 0.5: [0.8, 0, 0]}
    assert study.chosen(tried, 0) == 0.3
    assert study.chosen(tried | {0.4: [0.95, 0.2, 0]}, 1) == 0.4
    # What lies at the grid's edge has fewer neighbours.
    assert study.chosen({1: [0.5, 0, 0], 2: [0.9, 0, 0], 3: [0.9, 0, 0]}, 0) == 2
    pairs = {(c, g): [0.8, 0, 0] for c in (1, 2, 3) for g in (0.1, 0.2, 0.3)}
    assert study.chosen(pairs, 0) == (2, 0.2)
    assert study.chosen(pairs | {(3, 0.1): [0.9, 0, 0]}, 0) == (3, 0.1)


@pytest.mark.parametrize("name", [name for name in STORED["validation"] if name[:4] in NETWORKS])
def test_every_stored_network_had_its_own_best_rate_and_twenty_runs(name):
    tried = {float(rate): shares for rate, shares in STORED["validation"][name].items()}
    best = study.chosen(tried, int(name[-1]))
    assert min(tried) < best < max(tried)
    assert np.shape(STORED["test"][name]) == (study.RUNS, 3)


@pytest.mark.parametrize("reach", ["0", "1", "centred"])
def test_every_stored_pair_of_settings_lies_inside_its_grid(reach):
    tried = {
        tuple(map(float, pair.strip("()").split(","))): shares
        for pair, shares in STORED["validation"][f"support vectors, {reach}"].items()
    }
    assert len(tried) == len(study.MARGINS) * len(study.WIDTHS)
    margin, width = study.chosen(tried, int(reach) if reach.isdigit() else 0)
    assert min(study.MARGINS) < margin < max(study.MARGINS)
    assert min(study.WIDTHS) < width < max(study.WIDTHS)


@pytest.mark.parametrize("name", study.OTHERS)
def test_each_of_the_other_readers_has_the_setting_that_reads_most(name):
    tried = {float(value): shares for value, shares in STORED["validation"][name].items()}
    best = study.chosen(tried, 0)
    assert min(tried) < best < max(tried)
    assert best == experiments.others()[name].get_params()[study.OTHERS[name][0]]


def test_what_is_stored_of_the_quick_readers_comes_out_again():
    parts = study.sheets()
    readers = experiments.classical(*parts["both"]) | {
        "support vectors, 0": experiments.support_vectors(*parts["both"]),
        "support vectors, centred": experiments.support_vectors(
            *parts["both"], width=0.1, prepared=experiments.centred
        ),
    }
    for name, read in readers.items():
        np.testing.assert_allclose(study.judged(read, *parts["test"]), STORED["test"][name][0], atol=0.006)


def test_over_ten_other_splits_the_support_vectors_read_what_the_chapter_says():
    splits = np.array(STORED["splits"]["support vectors, 0"])
    assert splits.shape == (study.SPLITS, 3)
    assert splits.mean(axis=0)[:2].round(3).tolist() == [0.991, 0.517]


@pytest.mark.parametrize("name", ["pooled, 2", "flattened, 2", "pooled_two, 0", "flattened_three, 0", "dense, 1, long"])
def test_every_control_had_its_own_best_rate_and_five_runs(name):
    tried = {float(rate): shares for rate, shares in STORED["control validation"][name].items()}
    assert min(tried) < study.chosen(tried, int(name.split(",")[1])) < max(tried)
    assert np.shape(STORED["controls"][name]) == (study.FEWER_RUNS, 3)


def test_all_moves_and_all_looks_are_stored():
    assert np.shape(STORED["places"]["support vectors, 2"]) == (5, 5)
    assert {name: len(costs) for name, costs in STORED["looks"].items()} == dict.fromkeys(
        ("Grad-CAM", "saliency", "costliest", "any ink"), study.RUNS
    )
