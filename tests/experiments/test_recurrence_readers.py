"""Chapter 08's readers of text: they read, and what is said of their insides is so."""

import numpy as np
import pytest

from course_lib.data import topics_split
from course_lib.experiments import recurrence, recurrence_readers
from course_lib.experiments.recurrence_readers import (
    SIGNS,
    encoded,
    found_unit,
    marked,
    reader,
    repeated,
    unit_scores,
)


def test_what_is_repeated_lies_in_pieces_that_are_known():
    assert "".join(np.where(repeated("abcde", "xbcdxabc", 3), "r", ".")) == ".rrr.rrr"
    assert not repeated("abcde", "ab", 3).any()


@pytest.mark.parametrize("cell", list(recurrence.CELLS))
def test_the_readers_read_better_than_chance(cell):
    text = topics_split()[1][:4000]
    assert reader(cell).bits(text, streams=4) < 4.5 < np.log2(len(SIGNS))
    assert reader(cell).write("def ", 5, 0.5, np.random.default_rng(0)).startswith("def ")


def test_bits_are_what_the_right_sign_costs():
    gru, text = reader("GRU"), "the interpreter"
    log_p = gru.read(encoded(text)[None])[0][0]
    wanted = -np.mean([log_p[k, SIGNS.index(text[k + 1])] for k in range(len(text) - 1)]) / np.log(2)
    assert gru.bits(text, streams=1) == pytest.approx(wanted)


@pytest.mark.parametrize("cell", list(recurrence.CELLS))
def test_connectivity_is_the_gradient(cell):
    known, text = reader(cell), "the end"
    found = known.connectivity(text)
    assert (np.triu(found, 1) == 0).all()
    signs = encoded(text)[None]
    best = known.read(signs)[1][0, 4] @ known.kernel + known.bias
    sign, embedding, numeric = best.argmax(), known.embedding[signs].copy(), []
    for k in range(embedding.shape[2]):
        ends = []
        for step in (1e-5, -1e-5):
            moved = embedding.copy()
            moved[0, 2, k] += step
            ends.append((known.layer.forward(moved)[0][0, 4] @ known.kernel)[sign])
        numeric.append((ends[0] - ends[1]) / 2e-5)
    assert found[4, 2] == pytest.approx(np.linalg.norm(numeric), rel=1e-4)


def test_a_keras_model_of_ones_own_becomes_a_reader():
    import keras

    model = recurrence_readers.keras_reader("GRU", 5)
    own = recurrence_readers.reader_of(model)
    signs = encoded("a test")[None]
    theirs = keras.ops.convert_to_numpy(keras.ops.log_softmax(model(signs)))
    np.testing.assert_allclose(own.read(signs)[0], theirs, atol=1e-5)
    assert recurrence_readers.reader_of(own) is own
    with pytest.raises(ValueError, match="one SimpleRNN, LSTM or GRU"):
        recurrence_readers.reader_of(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]))


def test_a_reader_is_trained():
    text = "the cat sat on the mat. " * 40
    first = recurrence_readers.train_reader("GRU", 1e-6, text, epochs=1, batch=2, time=8)
    later = recurrence_readers.train_reader("GRU", 0.01, text, epochs=3, batch=2, time=8)
    assert later.bits(text, 2) < first.bits(text, 2) - 1


def test_marks_end_with_their_paragraph():
    text = 'a "b" (c\n\nd)'
    assert "".join(np.where(marked(text, '"', '"'), "x", ".")) == "..xx........"
    assert "".join(np.where(marked(text, "(", ")"), "x", ".")) == "......xx...."


def test_unit_scores_are_the_share_of_pairs():
    rng = np.random.default_rng(0)
    states, inside = rng.normal(size=(30, 4)), rng.random(30) < 0.4
    wanted = (states[inside][:, None] > states[~inside][None]).mean(axis=(0, 1))
    np.testing.assert_allclose(unit_scores(states, inside), wanted)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_unit_is_found_in_one_half_and_judged_by_the_other(sign):
    rng = np.random.default_rng(0)
    states, inside = rng.normal(size=(60, 4)), rng.random(60) < 0.5
    states[:30, 2] = sign * inside[:30]
    unit, sure = found_unit(states, inside)
    alone = unit_scores(states[30:, [2]], inside[30:])[0]
    assert (unit, sure) == (2, alone if sign > 0 else 1 - alone)
    assert sure < 0.9
