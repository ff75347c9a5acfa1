"""What chapter 10 has measured once and stored, because a reader should not have to wait for it.

``python -m course_lib.experiments.transformers_study`` measures all parts, ``… sizes copies`` these two. All together
take about forty minutes of one processor. Settings are chosen on the last tenth of the training text, on the validation
digits, with starts or with questions of their own; what the chapter tells was then measured on what no choice had seen.
"""

import sys
from functools import cache
from pathlib import Path

import numpy as np

from course_lib.data import digits, topics_split
from course_lib.experiments import recurrence_tables, stored_results
from course_lib.experiments import transformers as experiments
from course_lib.experiments import transformers_chat as chat
from course_lib.experiments import transformers_variants as variants
from course_lib.tokens import BytePairTokenizer

HERE = Path(__file__).parent
RESULTS, WEIGHTS = HERE / "transformers.json", HERE / "transformers.npz"
LONG_STEPS = 3_000


def stored():
    """What was measured: {part: what its function below returns}."""
    return stored_results.read(RESULTS)


@cache
def texts():
    """(tokenizer, what is learnt while settings are chosen, what they are chosen on, train text, test text)"""
    train_text, test_text = topics_split()
    return BytePairTokenizer.train(train_text, 512), *topics_split(train_text), train_text, test_text


def bits(width, steps, rate, seed, choosing=True, more=False):
    """Bits a character of a GPT; on what settings are chosen on, or else on the test text. more: the model as well"""
    tokenizer, learnt, chosen_on, train_text, test_text = texts()
    text, judged = (learnt, chosen_on) if choosing else (train_text, test_text)
    model = experiments.language_model(tokenizer.encode(text), width, steps, rate, seed)
    found = round(experiments.bits_per_character(model, tokenizer, judged, experiments.CONTEXT), 4)
    return (found, model) if more else found


def best_between(measure, first):
    """(the best rate, {rate: measured}): rates a factor of two apart, until the least lies between two larger ones."""
    found = {rate: measure(rate) for rate in (first, 2 * first)}
    while True:
        edge = min((min(found), max(found)), key=found.get)
        if found[edge] > min(found.values()):
            break
        # A tie with an edge does not count: further on it may be better.
        further = edge / 2 if edge == min(found) else edge * 2
        found[further] = measure(further)
    return min(found, key=found.get), dict(sorted(found.items()))


def sizes():
    """Three widths, 250 steps each, every one at its own best rate: bits on the test text of three starts."""
    return {width: _size(width) for width in (16, 32, 64)}


def _size(width):
    rate, tried = best_between(lambda rate: bits(width, experiments.STEPS, rate, 0), 0.008)
    reached = [bits(width, experiments.STEPS, rate, seed, choosing=False) for seed in range(3)]
    return {"tried": tried, "rate": rate, "bits": reached}


def long():
    """Many more steps, once, at half the rate that was best for few. The weights are stored too, in two bytes each."""
    found, model = bits(64, LONG_STEPS, 0.004, 0, choosing=False, more=True)
    np.savez_compressed(WEIGHTS, *[w.astype("float16") for w in model.get_weights()])
    return {"steps": LONG_STEPS, "rate": 0.004, "bits": found}


def copies():
    """Attention alone, of one layer and of two, each at its own rate: final losses and scores from twenty starts."""
    return {layers: _copies(layers) for layers in (1, 2)}


def _copies(layers):
    def second(rate):
        runs = [variants.train_on_copies(layers, seed, rate=rate)[1] for seed in (100, 101)]
        return float(np.mean([losses[-50:, 1].mean() for losses in runs]).round(4))

    rate, tried = best_between(second, 0.02)
    found = {"tried": tried, "rate": rate, "losses": [], "scores": []}
    for seed in range(20):
        scores, losses = variants.train_on_copies(layers, seed, rate=rate)
        found["losses"].append(losses[-50:].mean(axis=0).round(4).tolist())
        found["scores"].append([[kind.round(4).tolist() for kind in pair] for pair in scores])
    return found


def assistants():
    """The stored model taught to answer, in twenty orders: how many of ten it gets right, and bits before and after.

    The rate is the one that had most right of a wording that it had not seen, and did not have to.
    """
    tokenizer, *_, test_text = texts()
    rates = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016)
    tried = {
        rate: chat.taught_to_answer(experiments.stored_model(), tokenizer, rate, 100, choosing=True) for rate in rates
    }
    found = {"tried": tried, "rate": max(tried, key=tried.get), "right": [], "after": []}
    found["before"] = _on_a_part(experiments.stored_model(), tokenizer, test_text)
    for seed in range(20):
        model = experiments.stored_model()
        found["right"].append(chat.taught_to_answer(model, tokenizer, found["rate"], seed))
        found["after"].append(_on_a_part(model, tokenizer, test_text))
    return found | controls()


def controls(starts=5):
    """The lessons in answering with one thing changed: from random weights; and with the questions counted, too.

    {"from nothing": {"tried": {rate: right}, "right": of ten, in five orders}, "questions counted": {the last of it}}
    """
    import keras

    tokenizer, *_ = texts()

    def new(seed):
        keras.utils.set_random_seed(seed)
        return experiments.keras_gpt(515, experiments.CONTEXT, experiments.WIDTH, experiments.HEADS, 2)

    rates = (0.002, 0.004, 0.008, 0.016)
    tried = {rate: chat.taught_to_answer(new(100), tokenizer, rate, 100, choosing=True) for rate in rates}
    rate = max(tried, key=tried.get)
    nothing = [chat.taught_to_answer(new(seed), tokenizer, rate, seed) for seed in range(starts)]
    counted = [
        chat.taught_to_answer(experiments.stored_model(), tokenizer, seed=seed, masked=False) for seed in range(starts)
    ]
    return {"from nothing": {"tried": tried, "right": nothing}, "questions counted": {"right": counted}}


def _on_a_part(model, tokenizer, test_text):
    return round(experiments.bits_per_character(model, tokenizer, test_text[:15_000], experiments.CONTEXT), 4)


def readers():
    """Two readers of digits, each at its best rate on the validation digits: shares of the test digits, five starts."""
    long = {"vision_transformer, 100 passes": _reader(variants.vision_transformer, 100)}
    return {build.__name__: _reader(build) for build in (variants.vision_transformer, variants.convolution)} | long


def _reader(build, epochs=30):
    def missed(rate):
        return round(1 - variants.read_digits(build, data, rate, 100, epochs)[0], 4)

    data = digits()
    rate, tried = best_between(missed, 0.002)
    shares = [round(variants.read_digits(build, data, rate, seed, epochs)[1], 4) for seed in range(5)]
    return {"tried": tried, "rate": rate, "shares": shares}


def gaps():
    """Who fills gaps better: who looks both ways, or who looks back only? Each at its best rate, three starts."""
    return {name: _gaps(causal) for name, causal in (("both ways", False), ("back only", True))}


def _gaps(causal):
    rate, tried = best_between(lambda rate: round(1 - variants.gap_filler(causal, rate, 100, True)[1], 4), 0.008)
    shares = [round(variants.gap_filler(causal, rate, seed)[1], 4) for seed in range(3)]
    return {"tried": tried, "rate": rate, "shares": shares}


def tables():
    """The rivals that count: bits a character by their longest piece, on what settings are chosen on, and on the test.

    "simple" is Witten and Bell's, "smooth" Kneser and Ney's.
    """
    _, learnt, chosen_on, train_text, test_text = texts()
    orders = {"simple": (3, 4, 5, 6, 7), "smooth": (4, 5, 6, 7, 8, 10, 12)}
    rules = {"simple": recurrence_tables.witten_bell, "smooth": recurrence_tables.kneser_ney}
    return {
        name: {
            order: [
                round(recurrence_tables.bits(rules[name](*both, order)), 4)
                for both in ((learnt, chosen_on), (train_text, test_text))
            ]
            for order in orders[name]
        }
        for name in rules
    }


PARTS = {part.__name__: part for part in (sizes, long, copies, assistants, readers, gaps, tables)}


def study(*names):
    """Measure these parts, or all, and store each when it is done."""
    stored_results.measure(PARTS, names, RESULTS)


if __name__ == "__main__":
    study(*sys.argv[1:])
