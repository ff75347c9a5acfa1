"""Not by heart: models that are right about new rows, and such that are not, most of them really trained."""

import jupytext
import numpy as np
import pytest

from course_lib.building.notebooks import ROOT
from course_lib.checking import by_heart as words
from course_lib.checks import overfitting as check
from course_lib.experiments.many_networks import Many
from course_lib.page import quiet
from tests.checks.tried import accept, refuse

with quiet():
    import keras

layers, L1 = keras.layers, keras.regularizers.L1


def solution(seed):
    """The function of the solution's notebook, with another seed in it."""
    cells = jupytext.read(ROOT / "solutions/source/11-overfitting.py").cells
    [code] = [cell.source for cell in cells if cell.source.startswith("def not_by_heart(")]
    assert code.count("set_random_seed(0)") == 1
    names = {"keras": keras}
    exec(code.replace("set_random_seed(0)", f"set_random_seed({seed})"), names)
    return names["not_by_heart"]


def trained(*hidden, epochs=60, rate=0.01, last=None, logits=True, batch=200, chosen=None, stop=False):
    """A model of these layers, made anew each time, and Dense(1); of all columns, or of those that are ``chosen``."""

    def answer(x, y):
        keras.utils.set_random_seed(1)
        inputs = h = keras.Input((x.shape[1],))
        if chosen:
            mask = np.zeros((words.COLUMNS, 2), "float32")
            mask[chosen(x, y), [0, 1]] = 1
            choice = layers.Dense(2, use_bias=False, trainable=False)
            h = choice(h)
            choice.set_weights([mask])
        for make in hidden:
            h = make()(h)
        model = keras.Model(inputs, layers.Dense(1, last)(h))
        model.compile(keras.optimizers.Adam(rate), keras.losses.BinaryCrossentropy(from_logits=logits))
        stops = [keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)] if stop else []
        model.fit(x, y, batch, epochs, verbose=0, validation_split=0.2 * stop, callbacks=stops)
        return model

    return answer


def dense(units=32, activation="relu", penalty=None):
    return lambda: layers.Dense(units, activation, kernel_regularizer=penalty)


def two_that_matter(x, y):
    """The columns whose squares differ most between the classes."""
    squares = np.square(x)
    return np.argsort(-np.abs(squares[y == 1].mean(axis=0) - squares[y == 0].mean(axis=0)))[:2]


def penalty_of_the_learners_own(w):
    return 0.01 * keras.ops.sum(keras.ops.abs(w))


def nested(x, y):
    """The solution, with its hidden layer in a model of its own."""
    inside = keras.Sequential([layers.Dense(32, kernel_regularizer=L1(0.01)), layers.Activation("relu")])
    return trained(lambda: inside, batch=300, epochs=60)(x, y)


RIGHT = {
    "a penalty of one's own": trained(dense(penalty=penalty_of_the_learners_own), batch=300, epochs=60),
    "columns looked for": trained(dense(8), chosen=two_that_matter, epochs=40),
    "nested": nested,
}

WRONG = {
    "wide and deep": (words.BY_HEART, trained(dense(64), dense(64), rate=0.01, epochs=40)),
    "a sigmoid at its end": (words.SHARES, trained(dense(), epochs=3, last="sigmoid", logits=False)),
    "a ReLU at its end": (words.NEVER_NEGATIVE, trained(dense(penalty=L1(0.01)), epochs=30, last="relu")),
    "stopped early": (words.ON_ITS_WAY, trained(dense(), stop=True)),
    "few epochs": (words.ON_ITS_WAY, trained(dense(16), epochs=10)),
}


def test_the_solution_does_not_live_on_its_seed():
    accept(check.not_by_heart, solution(3), seeds=[3])


@pytest.mark.parametrize("what", RIGHT)
def test_a_model_is_right_however_it_is_cured(what):
    accept(check.not_by_heart, RIGHT[what], seeds=[1])


@pytest.mark.parametrize("what", WRONG)
def test_a_model_that_is_not_right_gets_the_words_that_are_due(what):
    said, answer = WRONG[what]
    refuse(check.not_by_heart, said, answer, seeds=[1])


class Penalized(Many):
    """Copies of the solution in NumPy, with an L1 or an L2 penalty on the first kernel."""

    def gradients(self, x, y):
        first, *others = super().gradients(x, y)
        w = self.params[0]
        return [first + np.float32(self.l1) * np.sign(w) + np.float32(2 * self.l2) * w, *others]


@pytest.mark.parametrize(
    ("l1", "l2", "rate"),
    [(0.01, 0, 0.01), (0.01, 0, 0.03), (0, 0.03, 0.03), (0, 0.1, 0.03), (0, 0.1, 0.003), (0, 0, 0.01)],
)
def test_columns_must_be_left_out_and_small_weights_are_not_enough(l1, l2, rate):
    """On 20 sets of rows each."""
    sets = []
    for rng in map(np.random.default_rng, range(20)):
        columns = rng.permutation(words.COLUMNS)[:2]
        sets.append((*words.rows(rng, words.ROWS, columns, words.WRONG_LABELS), *words.rows(rng, words.NEW, columns)))
    x, y, new, wanted = map(np.stack, zip(*sets, strict=True))
    many, rng = Penalized(20, (words.COLUMNS, 64, 2), rates=rate), np.random.default_rng(0)
    many.l1, many.l2 = l1, l2
    for _ in range(60):
        for rows in np.split(rng.permutation(words.ROWS), 5):
            many.step(x[:, rows].astype("float32"), y[:, rows])
    right = np.mean(many.logits(new).argmax(axis=-1) == wanted, axis=1)
    assert (right > words.RIGHT).all() if l1 else (right < words.RIGHT).all(), right


def test_no_straight_line_comes_near_what_is_wanted():
    """Least squares with all columns, the best line that there is, on 20 sets of rows."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        columns = rng.permutation(words.COLUMNS)[:2]
        x, y = words.rows(rng, 5000, columns)
        w = np.linalg.lstsq(np.column_stack([x, np.ones(5000)]), y - 0.5, rcond=None)[0]
        new, wanted = words.rows(rng, 1000, columns)
        assert np.mean((new @ w[:-1] + w[-1] > 0) == wanted) < 0.6


def test_half_of_all_rows_lie_outside_and_a_tenth_of_the_labels_are_wrong():
    rng = np.random.default_rng(0)
    x, y = words.rows(rng, 20_000, [3, 8], 0.1)
    outside = x[:, 3] ** 2 + x[:, 8] ** 2 > 2 * np.log(2)
    assert abs(outside.mean() - 0.5) < 0.02
    assert abs(np.mean(y != outside) - 0.1) < 0.01
