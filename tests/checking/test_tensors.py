"""A tensor of any library is the array that it holds, in the notebook as for the judge."""

import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

from course_lib.checking.kinds import implement, value
from course_lib.checking.tensors import NoNumbers, plain
from course_lib.grading import wire
from course_lib.page import quiet

with quiet():
    import keras
    import tensorflow as tf


@implement(lambda rng: [(np.array([1.0, 2.0]),)], "A hint.", points=1, mistakes={})
def doubled(x):
    """Twice x, and what it adds up to."""
    return {"twice": 2 * x, "sums": [x.sum(), (x.sum(), 2)]}


@value("A hint.", points=1, mistakes={})
def total():
    """A number."""
    return 3.0


class Torch:
    """Behaves as PyTorch's tensor does while it is on record and on another device."""

    def __init__(self, numbers, kept=False, dtype="torch.float32"):
        self.numbers, self.kept, self.dtype = numbers, kept, dtype

    def detach(self):
        return self

    def cpu(self):
        return Torch(self.numbers, True, self.dtype)

    def float(self):
        return Torch(self.numbers, self.kept)

    def __array__(self, dtype=None, copy=None):
        if not self.kept or self.dtype == "torch.bfloat16":
            raise TypeError
        return np.array(self.numbers, "float32")


Torch.__module__ = "torch"


TENSORS = {
    "TensorFlow": lambda x: tf.constant(x, tf.float64),
    "a variable of TensorFlow": lambda x: tf.Variable(x, dtype=tf.float64),
    "Keras": lambda x: keras.ops.convert_to_tensor(x, "float64"),
    "a variable of Keras": lambda x: keras.Variable(x, dtype="float64"),
}


@pytest.mark.parametrize("tensor", TENSORS.values(), ids=TENSORS)
def test_an_answer_may_be_a_tensor_wherever_it_stands(tensor):
    def answer(x):
        return {"twice": tensor(2 * x), "sums": (tensor(x.sum()), [tensor(x.sum()), tf.constant(2)])}

    verdict = doubled.run(answer)
    assert (verdict.status, verdict.message) == ("correct", "")
    assert total.run(tensor(3.0)).status == "correct"
    assert "got:    4.0" in total.run(tensor(4.0)).message


def test_tensors_keep_their_numbers_and_their_kind():
    for tensor, wanted in [
        (tf.constant([1, 2]), np.array([1, 2], "int32")),
        (tf.constant([True]), np.array([True])),
        (tf.constant([1.5], tf.bfloat16), np.array([1.5], "float32")),
        (Torch([1.5]), np.array([1.5], "float32")),
        (Torch([1.5], dtype="torch.bfloat16"), np.array([1.5], "float32")),
    ]:
        got = plain([tensor])[0]
        assert (type(got), got.dtype) == (np.ndarray, wanted.dtype)
        np.testing.assert_array_equal(got, wanted)
    assert type(plain(tf.constant(2.5, tf.float64))) is np.float64


def test_what_is_no_tensor_stays_what_it_is():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    array, itself = np.ones(2), []
    itself.append(itself)
    for kept in array, model, model.layers[0], "text", None, tf.keras, print:
        assert plain(kept) is kept
    assert plain({"a": [Fraction(1, 8), array]})["a"][1] is array
    assert type(plain(itself)) is list


@pytest.mark.parametrize(
    "made",
    [
        lambda: keras.Input((2,)),
        lambda: tf.constant(["a"]),
        lambda: tf.function(lambda x: x).get_concrete_function(tf.TensorSpec((2,))).inputs[0],
    ],
)
def test_of_a_tensor_without_numbers_a_sentence_names_the_way_out(made):
    with pytest.raises(NoNumbers, match=r"keras\.ops\.convert_to_numpy"):
        plain((made(),))
    assert "whose numbers cannot be read" in total.run(made()).message
    assert "whose numbers cannot be read" in doubled.run(lambda x: made()).message


def test_a_tensor_travels_to_the_judge_as_its_array():
    answer = doubled.accept(lambda x: [tf.constant(x)])
    header_and_body = wire.packed({"value": answer(np.ones(2))})
    assert b'"array"' in header_and_body
    assert b"EagerTensor" not in header_and_body


def test_no_library_is_imported_to_know_its_tensors():
    code = (
        "import sys; from course_lib.checking import answers; answers.value_answer([1.0, {'a': 2}])(); "
        "print({'keras', 'tensorflow', 'torch', 'jax'} & {*sys.modules})"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed == "set()\n"
