"""What is shown of an exception: the line that says something, whoever wrote it."""

import numpy as np
import pytest

from course_lib.checking.words import LONGEST_REASON, shown_error


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError("an exception that fails to say what it is")


class SaysNoText(Exception):
    def __str__(self):
        return 5


KERAS = (
    "Exception encountered when calling Sequential.call().\n\n\x1b[1mInput 0 of layer 'dense' is incompatible with the "
    "layer: expected axis -1 of input shape to have value 2\x1b[0m\n\nArguments received by Sequential.call():\n"
    "  • inputs=tf.Tensor(shape=(5, 3), dtype=float32)"
)
OWN_LAYER = (
    "Exception encountered when calling Own.call().\n\n\x1b[1mCould not automatically infer the output shape / dtype "
    "of 'own' (of type Own). Either the `Own.call()` method is incorrect, or you need to implement the "
    "`Own.compute_output_spec() / compute_output_shape()` method. Error encountered:\n\ninteger division or modulo by "
    "zero\x1b[0m\n\nArguments received by Own.call():\n  • args=('<KerasTensor>',)"
)
GRAPH = (
    "Graph execution error:\n\nDetected at node loss/SparseSoftmaxCrossEntropyWithLogits defined at (most recent call "
    'last):\n  File "<frozen runpy>", line 198, in _run_module_as_main\n\n  File "<stdin>", line 1, in <module>\n\n'
    "Received a label value of 12 which is outside the valid range of [0, 3).  Label values: 12\n"
    "\t [[{{node loss/SparseSoftmaxCrossEntropyWithLogits}}]] [Op:__inference_one_step_on_iterator_12]"
)
TWO_ROOTS = (
    "2 root error(s) found.\n  (0) INVALID_ARGUMENT:  Incompatible shapes: [5,3] vs. [5,2]\n\t [[{{node add}}]]\n"
    "  (1) INVALID_ARGUMENT:  Incompatible shapes"
)
AUTOGRAPH = (
    'in user code:\n\n    File "<ipython-input-1>", line 3, in loss  *\n        return y_true @ y_pred\n\n'
    "    ValueError: Shape must be rank 2 but is rank 1\n"
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            KERAS,
            "Input 0 of layer 'dense' is incompatible with the layer: expected axis -1 of input shape to have value 2",
        ),
        (OWN_LAYER, "integer division or modulo by zero"),
        (GRAPH, "Received a label value of 12 which is outside the valid range of [0, 3).  Label values: 12"),
        (TWO_ROOTS, "Incompatible shapes: [5,3] vs. [5,2]"),
        (AUTOGRAPH, "ValueError: Shape must be rank 2 but is rank 1"),
        (
            "{{function_node __wrapped__MatMul_device_/job:localhost/device:CPU:0}} Matrix size-incompatible: "
            "In[0]: [5,3], In[1]: [2,1] [Op:MatMul] name: ",
            "Matrix size-incompatible: In[0]: [5,3], In[1]: [2,1]",
        ),
        ("bad rows\nand more of it", "bad rows"),
        ("\n\n  what matters\n", "what matters"),
        ("'W2'", "'W2'"),
        ("Exception encountered when calling it.", "Exception encountered when calling it."),
    ],
)
def test_the_line_that_says_something_is_shown(text, reason):
    error = ValueError(text)
    assert shown_error(error) == f"ValueError: {reason}"
    # What was shown may be shown again: a judge gets the reason in words from another process.
    assert shown_error(ValueError(reason)) == f"ValueError: {reason}"


@pytest.mark.parametrize("error", [Unspeakable(), SaysNoText()])
def test_an_exception_without_words_has_its_name(error):
    assert shown_error(error) == type(error).__name__


@pytest.mark.parametrize("text", ["", "\n\n", "  "])
def test_an_exception_that_says_nothing_has_its_name(text):
    assert shown_error(ValueError(text)) == "ValueError"


def test_a_long_reason_is_cut_between_words():
    shown = shown_error(ValueError("a word, " * 1000))
    assert shown.endswith("word…") or shown.endswith(" a…")
    assert len(shown) <= LONGEST_REASON + len("ValueError: ")


def test_what_keras_really_says_is_understood():
    import keras

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    with pytest.raises(ValueError, match="Exception encountered") as caught:
        model(np.ones((5, 3)))
    assert "expected axis -1 of input shape to have value 2" in shown_error(caught.value)
    assert shown_error(caught.value).startswith("ValueError: Input 0 ")
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    with pytest.raises(ValueError, match="rank") as caught:
        model.fit(np.ones((5, 2)), np.eye(5), verbose=0)
    assert "must have rank" in shown_error(caught.value)


def test_what_went_into_a_model_of_another_shape_does_not_hide_what_was_expected(keras):
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(10)])
    for call in (model, lambda x: model.predict(x, verbose=0)):
        with pytest.raises(ValueError, match="Expected shape") as caught:
            call(np.zeros((5, 8, 8), "float32"))
        assert "Expected shape (None, 64), but input has incompatible shape (5, 8, 8)" in shown_error(caught.value)
