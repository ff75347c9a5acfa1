"""What a reader of 5 to 9 costs, and how well it reads, by each way to make it: with Keras, from fifty labels a digit.

Run by ``transfer_study costs``. Each way's rate is chosen on the validation digits with other draws than it is judged.
"""

import numpy as np

from course_lib.data import digits
from course_lib.experiments import transfer as experiments
from course_lib.experiments.transfer_many import asked, pretrained

LABELS, COPIES, EPOCHS = 50, 20, 8
RATES = (0.003, 0.01, 0.03, 0.1)
# All weights at once need smaller steps.
RATES_OF_ALL = (0.001, 0.003, 0.01)
WAYS = {
    "head": ("head", None),
    "LoRA, rank 1": ("lora", 1),
    "LoRA, rank 4": ("lora", 4),
    "LoRA, rank 16": ("lora", 16),
    "QLoRA, rank 4": ("qlora", 4),
    "full": ("full", None),
}
SMALL = {"filters": 4, "width": 8}
SMALL_WAYS = {
    "small, from labels": (None,),
    "small, distilled": (4.0,),
    "small, distilled on more": (4.0, False),
}


def asked_in_keras(part):
    (x,), y = asked(part, "wandering", 1)
    return x.reshape(-1, 12, 12, 1), y


def right(model, part):
    x, y = asked_in_keras(part)
    return float(np.mean(np.argmax(model.predict(x, verbose=0, batch_size=512), axis=1) == y))


def made(base, way, rate, seed):
    """A reader of 5 to 9 from a reader of 0 to 4."""
    import keras

    keras.utils.set_random_seed(seed)
    model = experiments.made_ready(experiments.new_head(base), *(part for part in WAYS[way] if part is not None))
    experiments.compiled(model, rate)
    model.fit(*experiments.new_digits(LABELS, COPIES, seed), batch_size=100, epochs=EPOCHS, verbose=0)
    return model


def small(teacher, rate, seed, temperature=None, labelled=True):
    """A reader of 921 weights, from labels, or from what a teacher says of the same pictures; or of all there are."""
    import keras

    keras.utils.set_random_seed(seed)
    student, (x, y) = experiments.reader(**SMALL), experiments.new_digits(LABELS, COPIES, seed)
    if temperature is not None:
        x = x if labelled else experiments.shown(_unlabelled(), COPIES // 2, seed)
        return experiments.distilled(student, teacher, x, temperature, rate, 2 * EPOCHS)
    experiments.compiled(student, rate).fit(x, y, batch_size=100, epochs=2 * EPOCHS, verbose=0)
    return student


def _unlabelled():
    """All training pictures of 5 to 9."""
    x, y, *_ = digits()
    return x[y >= 5]


def _best_rate(make, rates=RATES, seeds=(1000,)):
    val = [np.mean([right(make(rate, seed), "val") for seed in seeds]) for rate in rates]
    best = int(np.argmax(val))
    return {"rate": rates[best], "inside": 0 < best < len(rates) - 1}


def costs(runs=5):
    """{way: {"rate", "inside", "trained", "while training", "served", "test": (runs,)}}"""
    seeds = [*range(runs), 1000]
    bases = {seed: experiments.in_keras(pretrained("wandering", 1, seed), 0) for seed in seeds}
    found, full = {}, {}
    for way in WAYS:
        rates = RATES_OF_ALL if way == "full" else RATES
        found[way] = _best_rate(lambda rate, seed, way=way: made(bases[seed], way, rate, seed), rates)
        models = {seed: made(bases[seed], way, found[way]["rate"], seed) for seed in range(runs)}
        found[way] |= _told(models)
        if way == "full":
            full = models | {seed: made(bases[seed], way, found[way]["rate"], seed) for seed in (1000,)}
    found["full, then int8"] = _told({seed: experiments.in_int8(full[seed]) for seed in range(runs)})
    # Before it served as whole numbers, it was trained in full.
    found["full, then int8"] |= {key: found["full"][key] for key in ("trained", "while training")}
    for name, settings in SMALL_WAYS.items():
        found[name] = _best_rate(
            lambda rate, seed, settings=settings: small(full[seed], rate, seed, *settings), (0.001, *RATES)
        )
        found[name] |= _told({seed: small(full[seed], found[name]["rate"], seed, *settings) for seed in range(runs)})
    return found


def _told(models):
    one = next(iter(models.values()))
    return {
        "trained": experiments.numbers(one.trainable_variables),
        "while training": experiments.training_bytes(one),
        "served": experiments.served_bytes(one),
        "test": [right(model, "test") for model in models.values()],
    }
