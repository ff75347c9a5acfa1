"""Readers of zip codes as in 1989: what a network of that plan is made of, and digits that are not centred."""

import numpy as np

SIDE, FAR = 16, 2
# The network of 1989 in plain Conv2D layers, with one bias for each map: 312 + 3,612 + 5,790 + 310.
PARAMETERS = 10_024
LEARNT_FROM, JUDGED_ON, LEAST = 600, 500, 0.65

TEN = "There are ten digits: the last layer has ten units."
BENDS = "In 1989 each unit was a tanh: both convolutions, the dense layer, and the ten outputs."
NO_BIASES = "Some biases are missing. In Keras, Conv2D and Dense have them unless they are told otherwise."
KERNELS = "There are two convolutions, and each unit of a map looks at 5 × 5 places of the maps below."
PLACES = 'Each convolution halves height and width, 16 to 8 to 4: strides=2 and padding="same".'
FIXED = "maps and units are arguments: the network has as many as it is asked for."
FLATTEN = "All 4 × 4 places of all maps go into the dense layer: a Flatten stands before it."
ONE_CHANNEL = "The input has 16 × 16 points and one channel."
ALL_BELOW = "Each map of the second layer looks at all maps below it."
BESIDES = "Something besides has weights: only the two convolutions and the two dense layers are to have any."
NO_DENSE = "Between the maps and the ten outputs stands one dense layer, that of the units."

TOO_LARGE = "The network of 1989 with plain Conv2D layers has 10,024 weights. The same plan with new training will do."
GUESSING = (
    "Near guessing, even of digits in the middle. Was it trained, long enough, on logits if the loss takes logits?"
)
MIDDLE = (
    "It reads digits in the middle, and loses its way when they are moved by a point or two. Show it copies of the "
    "training digits that are moved so: up and down, left and right."
)
ON_ITS_WAY = "It is on its way. More moved copies, or a few more epochs, help."


def plan(maps, units):
    """The shapes of all weights, in order: 5 × 5 convolutions twice, a dense layer, ten outputs."""
    places = (SIDE // 4) ** 2
    kernels = [[5, 5, 1, maps], [5, 5, maps, maps], [places * maps, units], [units, 10]]
    return [shape for kernel in kernels for shape in (kernel, kernel[-1:])]


def as_dense(shapes):
    """The shapes, where a kernel of 4 × 4 places, or of one, is written as the dense layer that it is here."""
    is_dense = [len(shape) == 4 and shape[:2] in ([4, 4], [1, 1]) for shape in shapes]
    return [[int(np.prod(s[:3])), s[3]] if dense else s for s, dense in zip(shapes, is_dense, strict=True)]


def why_not_the_plan(shapes, maps, units, halves=True):
    """The words for a model whose weights have other shapes than the plan's; "" where they have these.

    halves: whether its convolutions halve what they see
    """
    wanted = plan(maps, units)
    if sorted(shapes) == sorted(wanted):
        return ""
    kernels = [shape for shape in shapes if len(shape) > 1]
    convolutions = [shape for shape in kernels if len(shape) == 4]
    dense = [shape for shape in kernels if len(shape) == 2]
    if not dense or dense[-1][-1] != 10:
        return TEN
    if len(convolutions) != 2 or any(shape[:2] != [5, 5] for shape in convolutions):
        return KERNELS
    if [shape[-1] for shape in convolutions] != [maps, maps] or dense[0][-1] not in (units, 10):
        return FIXED
    if len(dense) != 2:
        return NO_DENSE
    if dense[0][0] == maps and halves:
        return FLATTEN
    if dense[0][0] != (SIDE // 4) ** 2 * maps:
        return PLACES
    if len(shapes) != len(wanted):
        return NO_BIASES if len(shapes) < len(wanted) else BESIDES
    return ONE_CHANNEL if convolutions[0][2] != 1 else ALL_BELOW


def judge_plan(trial):
    """The network for two numbers of maps and units, and for those of 1989: its weights, its bends, its output."""
    sizes = [(int(trial.rng.integers(3, 12)), int(trial.rng.integers(11, 41))) for _ in range(2)]
    for maps, units in [*sizes, (12, 30)]:
        model = trial.built(maps, units)
        wanted = sum(int(np.prod(shape)) for shape in plan(maps, units))
        count, shapes, told = model["parameters"], as_dense(model["shapes"]), model["maps and steps"][:2]
        halves = _halves(told)
        said = f"With {maps} maps and {units} units it has {count:,} weights; {wanted:,} were wanted."
        trial.require(sorted(shapes) == sorted(plan(maps, units)), said, why_not_the_plan(shapes, maps, units, halves))
        units_of = " and ".join(f"{high} × {wide} in steps of {down}" for high, wide, down, _ in told)
        trial.require(halves, f"Its convolutions give maps of {units_of}.", PLACES)
        bends = model["bends"]
        named = ", ".join(bends) or "none"
        trial.require(bends == ["tanh"] * 4, f"Its activations on the way are: {named}.", BENDS)
        trial.predicted(trial.rng.normal(size=(3, SIDE, SIDE, 1)).astype("float32"), 10, "images", f". {TEN}")


def _halves(told):
    """Whether each of two convolutions halves what it sees, in steps of 2, or is padded for a pooling that does so.

    What does not show its convolutions is judged by its weights alone.
    """
    wanted = [(SIDE // 2, SIDE), (SIDE // 4, SIDE // 2)]
    ways = [([half, half, 2, 2], [whole, whole, 1, 1]) for half, whole in wanted]
    return len(told) != 2 or all(one in way for one, way in zip(told, ways, strict=True))


def _large(split):
    """All digits of ``data.digits()``, (n, 16, 16, 1), and their labels."""
    images = np.concatenate([split.x_train, split.x_val, split.x_test])
    # Each point becomes four, and 0 to 1 becomes −1 to 1, as in 1989.
    large = 2 * np.kron(images, np.ones((1, 2, 2), "float32"))[..., None] - 1
    return large, np.concatenate([split.y_train, split.y_val, split.y_test])


def moved(x, rng):
    """Each image, (n, 16, 16, 1), moved by up to two places down or up, and right or left; what is free is paper."""
    there = np.pad(x, [(0, 0), (FAR, FAR), (FAR, FAR), (0, 0)], constant_values=-1)
    starts = rng.integers(0, 2 * FAR + 1, (len(x), 2))
    return np.stack([image[a : a + SIDE, b : b + SIDE] for image, (a, b) in zip(there, starts, strict=True)])


def mail(rng, split):
    """Of ``data.digits()``: (x, y) to learn from, 600 digits in the middle, and (x, y) of 500 others."""
    images, labels = _large(split)
    order = rng.permutation(len(labels))
    parts = order[:LEARNT_FROM], order[-JUDGED_ON:]
    return [(images[part], labels[part]) for part in parts]


def judge_mail(trial, split):
    """At most 10,024 weights, trained on digits in the middle; of 500 others, moved, at least 65 % right."""
    (x, y), (x_new, y_new) = mail(trial.rng, split)
    away = moved(x_new, trial.rng)
    model = trial.built(x, y)
    count = model["parameters"]
    trial.require(count <= PARAMETERS, f"It has {count:,} weights; {PARAMETERS:,} are allowed.", TOO_LARGE)
    answers = [trial.predicted(images, 10, "images", f". {TEN}") for images in (away, x_new)]
    trial.finite(answers[0])
    far, near = (np.mean(said.argmax(axis=1) == y_new) for said in answers)
    said = (
        f"It reads {far:.1%} of the {JUDGED_ON} moved digits, and {near:.1%} of the same ones in the middle; 65 % of "
    )
    trial.require(far >= LEAST, f"{said}the moved ones were wanted.", why_not_the_mail(far, near))


def why_not_the_mail(far, near):
    """The words for a model that reads too few. far, near: the share of moved digits, and of those in the middle"""
    if near < 0.5:
        return GUESSING
    return ON_ITS_WAY if far > near - 0.2 else MIDDLE


def reader(*layers, shape=(SIDE, SIDE, 1)):
    """A Sequential model of these layers, each a function that makes it of ``keras.layers``."""
    from course_lib.page import quiet

    with quiet():
        import keras
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input(shape), *(layer(keras.layers) for layer in layers)])


def of_1989(maps, units, last="tanh", hidden="tanh", outputs=10, shape=(SIDE, SIDE, 1), **conv):
    """The plan's network, or one that differs from it in something. conv: of both convolutions, besides"""
    return reader(*_maps(maps, hidden, **conv), *_dense(units, hidden, outputs, last), shape=shape)


def _maps(maps, hidden="tanh", kernel_size=5, second=None, **conv):
    """Two convolutions. second: what the second one has otherwise"""
    conv = {"strides": 2, "padding": "same", "activation": hidden} | conv
    both = conv, conv | (second or {})
    return [lambda layers, one=one: layers.Conv2D(maps, kernel_size, **one) for one in both]


def _dense(units, hidden="tanh", outputs=10, last="tanh"):
    sizes = (units, hidden), (outputs, last)
    dense = [lambda layers, one=one: layers.Dense(*one) for one in sizes]
    return [lambda layers: layers.Flatten(), *dense]


def taught(x, y, copies=0, epochs=20):
    """The network of 1989, its outputs logits, trained with so many moved copies of each digit."""
    model = of_1989(12, 30, last=None, hidden="relu")
    import keras

    rng = np.random.default_rng(0)
    seen = np.concatenate([x, *(moved(x, rng) for _ in range(copies))])
    model.compile(keras.optimizers.Adam(0.003), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(seen, np.tile(y, copies + 1), batch_size=32, epochs=epochs, verbose=0)
    return model


WRONG_PLANS = {
    TEN: lambda maps, units: of_1989(maps, units, outputs=1),
    BENDS: lambda maps, units: of_1989(maps, units, hidden="relu"),
    NO_BIASES: lambda maps, units: of_1989(maps, units, use_bias=False),
    KERNELS: lambda maps, units: of_1989(maps, units, kernel_size=3),
    PLACES: lambda maps, units: of_1989(maps, units, padding="valid"),
    FIXED: lambda maps, units: of_1989(12, 30),
    ONE_CHANNEL: lambda maps, units: of_1989(maps, units, shape=(SIDE, SIDE, 3)),
    ALL_BELOW: lambda maps, units: of_1989(maps, units, second={"groups": maps}),
    BESIDES: lambda maps, units: reader(*_maps(maps), lambda layers: layers.BatchNormalization(), *_dense(units)),
    FLATTEN: lambda maps, units: reader(*_maps(maps), *_dense(units)[1:]),
    NO_DENSE: lambda maps, units: reader(*_maps(maps), *_dense(units)[:1], *_dense(units)[2:]),
}
WRONG_MAIL = {
    TEN: lambda x, y: of_1989(12, 30, last=None, outputs=1),
    TOO_LARGE: lambda x, y: of_1989(24, 60, last=None),
    GUESSING: lambda x, y: of_1989(12, 30, last=None),
    MIDDLE: lambda x, y: taught(x, y, epochs=8),
}
