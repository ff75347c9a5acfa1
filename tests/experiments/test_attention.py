"""The experiments of chapter 09: their data mean what they say, and their networks are what they are called."""

import numpy as np
import pytest

from course_lib.data import dates
from course_lib.experiments import attention as experiments
from course_lib.gradients import numeric_gradient


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_a_sentence_means_what_its_last_word_is_said_of(rng):
    words, meant = experiments.sentences(200, rng)
    assert words.shape == (200, 10)
    for row, noun in zip(words, meant, strict=True):
        text = [experiments.WORDS[word] for word in row]
        found = [word for word in text if word in experiments.NOUNS]
        kind = experiments.ANIMALS if text[-1] in experiments.ALIVE else experiments.THINGS
        assert [word for word in found if word in kind] == [experiments.NOUNS[noun]]
        assert text[experiments.IT] == "it"
        assert experiments.numbered(" ".join(text)) == row.tolist()
    assert abs((meant < 6).mean() - 0.5) < 0.2
    with pytest.raises(ValueError, match="got 'dragon'"):
        experiments.numbered("The dragon sat.")


def test_no_network_learns_from_a_sentence_that_is_kept(rng):
    kept, meant = experiments.kept_sentences()
    learnt, _ = experiments.sentences(20_000, rng)
    assert len(kept) == len(meant) == experiments.KEPT == 576 // 5
    rows = {tuple(row) for row in experiments.all_sentences()[0]}
    assert len(rows) == 576
    assert {tuple(row) for row in learnt} == rows - {tuple(row) for row in kept}
    assert tuple(experiments.numbered(experiments.SENTENCE)) in rows


def test_letters_are_to_name_the_one_before(rng):
    x, y = experiments.previous_letters(5, 7, rng)
    np.testing.assert_array_equal(y[:, 1:], x[:, :-1])
    np.testing.assert_array_equal(y[:, 0], x[:, -1])


@pytest.mark.parametrize("scheme", experiments.RATES)
def test_slopes_of_the_order_networks_equal_brute_force(scheme, rng):
    network = experiments.order_network(scheme, rng)
    x, y = experiments.previous_letters(2, 4, rng)
    loss, gradient = experiments.LOSS
    network.backward(gradient(y, network.forward(x)))
    kernel, slopes = network.parameters()[-2][:3], network.gradients()[-2][:3]
    numeric = numeric_gradient(lambda: loss(y, network.forward(x)), kernel)
    np.testing.assert_allclose(slopes, numeric, rtol=1e-5, atol=1e-8)


def test_slopes_of_the_reader_equal_brute_force(rng):
    network = experiments.it_network(rng)
    x, y = experiments.sentences(3, rng)
    loss, gradient = experiments.LOSS
    network.backward(gradient(y, network.forward(x)))
    places, slopes = network.parameters()[1][:2], network.gradients()[1][:2]
    numeric = numeric_gradient(lambda: loss(y, network.forward(x)), places)
    np.testing.assert_allclose(slopes, numeric, rtol=1e-4, atol=1e-8)


def test_a_silenced_head_adds_nothing_and_comes_back(rng):
    network = experiments.it_network(rng)
    x, _ = experiments.sentences(4, rng)
    before, layer = network.forward(x), experiments.attentions(network)[0]
    with experiments.silenced(layer, 2):
        assert not np.allclose(network.forward(x), before)
        assert not layer.layers[3].params["kernel"][2].any()
    with experiments.silenced(layer, slice(None)):
        network.forward(x)
        np.testing.assert_array_equal(layer.layers[3].params["kernel"], 0)
    np.testing.assert_array_equal(network.forward(x), before)
    noun, maps = experiments.reading(network)
    assert noun in experiments.NOUNS
    assert maps.shape == (2, 4, 10, 10)
    np.testing.assert_allclose(maps.sum(axis=-1), 1)


def test_cosines_of_equal_opposite_and_square_vectors():
    np.testing.assert_allclose(
        experiments.cosines(np.array([[1.0, 0], [2, 0], [-3, 0], [0, 5]]))[0], [1, 1, -1, 0], atol=1e-12
    )


def test_dates_as_numbers_and_back():
    texts, iso = dates(50)
    rows = experiments.as_numbers(texts)
    assert rows.shape == (50, experiments.LONGEST)
    back = ["".join(experiments.CHARACTERS[k - 1] for k in row if k) for row in rows]
    assert back == texts
    assert experiments.as_numbers(iso, 10).max() <= 11
    for wrong in ("x" * 5, "3 May 1979" * 3):
        with pytest.raises(ValueError, match="a date must be at most 28"):
            experiments.as_numbers([wrong])


@pytest.mark.parametrize("looks", [True, False])
def test_what_is_padded_is_not_looked_at_and_without_looking_all_count_alike(keras, looks):
    keras.utils.set_random_seed(0)
    model, attention = experiments.translator(keras, width=8, heads=2, looks=looks)
    inputs = [experiments.as_numbers(["3 May 1979"]), experiments.slots(1)]
    weights = np.asarray(attention(inputs))
    assert weights.shape == (1, 2, 10, 28)
    np.testing.assert_allclose(weights[..., 10:], 0, atol=1e-12)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-5)
    assert (np.ptp(weights[..., :10], axis=-1).max() < 1e-6) == (not looks)
    assert model.output_shape == (None, 10, 11)
    assert len(experiments.translated(model, ["3 May 1979"])[0]) == 10


def test_share_and_loss_are_those_of_the_dates(keras):
    keras.utils.set_random_seed(0)
    model, _ = experiments.translator(keras, width=8, heads=2)
    texts, iso = dates(20)
    share, loss = experiments.share_and_loss(model, texts, iso)
    logits = np.asarray(model([experiments.as_numbers(texts), experiments.slots(20)]), float)
    targets = experiments.as_numbers(iso, 10) - 1
    right = np.take_along_axis(logits, targets[..., None], -1)[..., 0]
    assert loss == pytest.approx((np.log(np.exp(logits).sum(axis=-1)) - right).mean(), rel=1e-4)
    assert share == experiments.share_exact(model, texts, iso)


def test_costs_have_a_time_for_each_length():
    taken = experiments.costs((4, 400), rounds=2)
    assert list(taken) == ["attention", "recurrence"]
    assert all(times.shape == (2,) and 0 <= times[0] < times[1] for times in taken.values())


def test_without_a_mask_the_future_leaks_and_with_it_nothing_does():
    digits = np.random.default_rng(0).integers(10, size=(4, 10))
    later = digits.copy()
    later[:, 6:] = (later[:, 6:] + 1) % 10
    for causal in (False, True):
        network, losses = experiments.next_digit_network(causal, seed=0, steps=3)
        assert len(losses) == 3
        same = np.array_equal(network.forward(later)[:, :6], network.forward(digits)[:, :6])
        assert same == causal
