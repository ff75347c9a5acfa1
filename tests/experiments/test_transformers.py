"""The experiments of chapter 10: counted, cut, masked and trained as they say."""

import numpy as np
import pytest

from course_lib.experiments import transformers as experiments
from course_lib.experiments import transformers_chat as chat
from course_lib.experiments import transformers_variants as variants
from course_lib.tokens import BytePairTokenizer
from course_lib.transformers import GPT

TEXT = "the cat sat on the mat and the rat sat on the cat " * 4


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_probabilities_of_counts_sum_to_one():
    counts = experiments.CharacterCounts(TEXT, 3)
    for history in ("", "t", "th", "xyz", "the c"):
        assert np.exp(counts.logits(history)).sum() == pytest.approx(1)


def test_witten_bell_by_hand():
    """After "a" came b twice and c once: two kinds in three. Before that, each of three characters counts."""
    counts = experiments.CharacterCounts("ababac", 2)
    one = (2 + 3 / 3) / (6 + 3)
    assert counts.probability("", "b") == pytest.approx(one)
    assert counts.probability("xa", "b") == pytest.approx((2 + 2 * one) / (3 + 2))
    assert counts.bits("ab") == pytest.approx(-np.mean(np.log2([counts.probability("", "a"), (2 + 2 * one) / 5])))


def test_windows_are_one_token_apart(rng):
    x, y = experiments.windows(np.arange(100), 8, 50, rng)
    np.testing.assert_array_equal(y, x + 1)
    assert x.shape == (50, 8)
    assert y.max() <= 99


def test_keras_and_numpy_gpt_are_equal(rng):
    model = experiments.keras_gpt(20, 8, 12, 2, 2)
    ours, tokens = experiments.in_numpy(model, 8, 2), rng.integers(0, 20, (3, 8))
    np.testing.assert_allclose(ours.forward(tokens), np.asarray(model(tokens)), atol=1e-4)


def test_bits_a_character_of_a_model_that_knows_nothing():
    tokenizer = BytePairTokenizer.train(TEXT, 260)
    tokens = tokenizer.encode(TEXT)

    def flat(pieces):
        return np.zeros((*pieces.shape, 260))

    bits = experiments.bits_per_character(flat, tokenizer, TEXT, 8)
    assert bits == pytest.approx(np.log2(260) * len(tokens) / len(TEXT), rel=0.05)


def test_the_sorter_sorts():
    tokens, wanted = experiments.sorting_task(3, 6, 200, np.random.default_rng(5))
    said = experiments.sorter().forward(tokens)[:, 5:].argmax(axis=-1)
    assert np.mean(said == wanted) > 0.99


def test_repeated_tokens_come_twice_and_differ(rng):
    for _ in range(20):
        tokens, prefix, length = variants.repeated(16, 8, 4, rng)
        np.testing.assert_array_equal(tokens[:, prefix : prefix + length], tokens[:, prefix + length :])
        assert all(len(set(row)) == length for row in tokens[:, prefix : prefix + length].tolist())


def test_a_short_training_on_copies_gives_shares_of_attention():
    scores, losses = variants.train_on_copies(2, steps=3)
    assert losses.shape == (3, 2)
    for before, after in scores:
        assert before.shape == after.shape == (2,)
        assert all(0 <= share <= 1 for share in [*before, *after])


def test_questions_are_unseen_only_in_their_wording():
    seen, unseen = chat.questions()
    assert len(seen) == 4 * len(unseen) == 40
    assert not {question for question, _ in seen} & {question for question, _ in unseen}
    assert {answer for _, answer in seen} == {answer for _, answer in unseen}


def test_who_chooses_settings_sees_nothing_of_the_fifth_wording():
    (seen, unseen), (learnt, chosen_on) = chat.questions(), chat.questions(choosing=True)
    assert set(learnt) | set(chosen_on) == set(seen)
    assert len(learnt) == 30
    assert not set(chosen_on) & set(unseen)
    assert [answer for _, answer in chosen_on] == [answer for _, answer in unseen]


def test_only_the_answer_counts():
    tokenizer = BytePairTokenizer()
    tokens, counts = chat.templated("Why if?", "a choice", tokenizer)
    assert tokens[0] == 256
    assert tokens[-1] == 258
    assert tokenizer.decode(tokens[counts][:-1]) == " a choice"
    x, y, mask = chat.chat_batch([("Why if?", "a choice")], tokenizer, 32)
    assert x.shape == y.shape == mask.shape == (1, 32)
    np.testing.assert_array_equal(y[0, mask[0] == 1], tokens[counts])


def test_a_model_that_has_learnt_nothing_has_no_answer(rng):
    model = GPT(259, 32, 8, 2, 1, rng)
    assert chat.answered(model, "Why if?", BytePairTokenizer()) is None


@pytest.mark.parametrize("normalize_first", [False, True])
def test_every_block_has_a_gradient(normalize_first, rng):
    sizes = variants.deep_gradients(4, normalize_first, rng)
    assert sizes.shape == (4,)
    assert (sizes > 0).all()


def test_hidden_are_15_of_100_and_of_these_80_behind_the_sign(rng):
    tokens = rng.integers(0, 256, (400, 100))
    read, to_name = variants.hide(tokens, 256, rng)
    assert to_name.mean() == pytest.approx(0.15, abs=0.01)
    assert (read[~to_name] == tokens[~to_name]).all()
    assert (read[to_name] == 256).mean() == pytest.approx(0.8, abs=0.02)
    # Of the random ones one in 256 is right by chance.
    assert (read[to_name] == tokens[to_name]).mean() == pytest.approx(0.1, abs=0.02)
    assert read.max() == 256


def test_only_what_is_to_be_named_is_judged():
    tokens = np.array([[0, 1, 2]])
    to_name = np.array([[True, False, True]])
    assert variants.share_named(lambda read: np.eye(3)[[[0, 0, 0]]], tokens, to_name, tokens) == 0.5


def test_the_patches_are_those_of_the_picture():
    """Each of 16 patches holds 2 × 2 pixels that lie side by side: moving within one changes nothing but its place."""
    model = variants.vision_transformer(width=4, num_heads=1, num_blocks=1)
    assert model.output_shape == (None, 10)
    assert tuple(model(np.zeros((2, 8, 8))).shape) == (2, 10)


def test_the_cache_writes_the_same_and_reads_each_position_once(rng):
    seconds, positions, equal = experiments.cache_costs(GPT(5, 8, 8, 2, 1, rng), (2, 4), 1)
    assert equal
    assert seconds[False].shape == seconds[True].shape == (2,)
    assert positions[False].tolist() == [1 + 2, 1 + 2 + 3 + 4]
    assert positions[True].tolist() == [2, 4]


def test_the_likelihood_of_a_text_is_that_of_its_tokens(rng):
    model = GPT(6, 8, 8, 2, 1, rng)
    tokens = np.array([1, 2, 3, 4])
    p = np.exp(model.forward(tokens[None])[0])
    p /= p.sum(axis=1, keepdims=True)
    assert experiments.log_likelihood(model, tokens, 2) == pytest.approx(np.log(p[1, 3] * p[2, 4]))


def test_six_ways_begin_with_the_prompt(rng):
    model = GPT(6, 16, 8, 2, 1, rng)
    written, likelihoods = experiments.six_ways(model, np.array([[1, 2]]), 5)
    assert len(written) == 6
    assert set(written) == set(likelihoods)
    assert all(tokens[:2].tolist() == [1, 2] and len(tokens) == 7 for tokens in written.values())
    assert likelihoods["4 beams"] >= likelihoods["greedy"] - 1e-9


def test_decoder_blocks_of_keras_and_ours_have_the_same_weights(rng):
    import keras

    from course_lib.transformers import DecoderBlock

    inputs = keras.Input((5, 8)), keras.Input((7, 8))
    twin = keras.Model(inputs, experiments.decoder_block(*inputs, 8, 2))
    assert [w.shape for w in twin.get_weights()] == [w.shape for w in DecoderBlock(8, 2, 32, rng).parameters()]


def test_an_order_that_was_counted_along_is_as_good_as_one_of_its_own():
    counts = experiments.CharacterCounts(TEXT, 4)
    found = counts.bits_by_order("the mat and the cat")
    assert list(found) == [1, 2, 3, 4]
    assert found[2] == pytest.approx(experiments.CharacterCounts(TEXT, 2).bits("the mat and the cat"))
