"""Answers: what a check calls, made from what a learner wrote.

An answer is called with values that travel (numbers, text, arrays, lists, dicts) and gives back such a value.
What else can happen has an exception of its own, so that a check need not know in which process the answer runs.
"""

import contextlib
import copy
import inspect
import io
import traceback

from course_lib.checking.comparing import difference
from course_lib.checking.convolutions import maps_and_steps
from course_lib.checking.graph import bends, last_bend
from course_lib.checking.state import state_of_answers
from course_lib.checking.tensors import NoNumbers, plain
from course_lib.checking.words import shown_value

STUB = "Your code goes here."


class NotYet(Exception):
    """The answer is wrong, and this is why: in what it differs, and as far as it is known also what was called, what
    was wanted, what came, and the hint that fits. Each is a text; "" is what is not known, or not to be told.
    ``in_full``: of a hidden case, what an instructor may read.
    """

    in_full = ""

    def __init__(self, difference, call="", wanted="", got="", hint=""):
        super().__init__(difference)
        self.parts = {"call": call, "wanted": wanted, "got": got, "difference": difference, "hint": hint}

    def __str__(self):
        before = {"call": "", "wanted": "  wanted: ", "got": "  got:    ", "difference": "", "hint": "Hint: "}
        return "\n".join(before[name] + part for name, part in self.parts.items() if part)


class ChangedInput(Exception):
    """The answer changed the data it was given."""


class ReturnedNone(Exception):
    """The answer ended without a value; ``printed`` says whether it printed something instead."""

    def __init__(self, printed=False):
        super().__init__(printed)
        self.printed = printed


def is_stub(error):
    """Whether an exception is that of an exercise's stub, and not one of a library, which says what it lacks."""
    return isinstance(error, NotImplementedError) and error.args in ((), (STUB,))


def function_answer(written):
    """The learner's function, watched: it may neither change its arguments nor return nothing."""
    if written is ...:
        raise NotImplementedError
    if inspect.isclass(written):
        raise NotYet(f"This check wants a function; it was given the class {written.__name__}.")
    if not callable(written):
        raise NotYet(f"This check wants the function itself, without parentheses; it was given {shown_value(written)}.")
    return lambda *args: _watched(written, args)


def value_answer(written):
    """A function that gives the value which the learner wrote."""
    if written is ...:
        raise NotImplementedError
    if written is None:
        raise NotYet("The value is None. Write your answer in place of the three dots.")
    value = _plain(written)
    return lambda: value


def model_answer(written):
    """An answer that keeps the learner's Keras model to itself and speaks in values that travel.

    ``answer("build", *args)`` calls the learner's function and describes the model: its number of
    ``parameters``, the shape of each weight, the class of each layer, its activation, the ``bends`` on the longest path
    from input to output, the ``last bend`` where nothing is weighed after it, of each convolution the ``maps and
    steps``, and whether it was compiled with a ``loss of shares``. ``answer("predict", x)`` runs it.
    """
    function = function_answer(written)
    kept = {}

    def answer(command, *args):
        with state_of_answers(keras=True):
            if command == "build":
                try:
                    kept["model"] = _checked_model(function(*args))
                except ReturnedNone:
                    _checked_model(None)
                return _description(kept["model"])
            return _array(kept["model"](args[0], training=False))

    return answer


KINDS = {"function": function_answer, "value": value_answer, "model": model_answer}


def _plain(value):
    try:
        return plain(value)
    except NoNumbers as reason:
        raise NotYet(str(reason)) from None


def _watched(function, args):
    given, printed = copy.deepcopy(args), io.StringIO()
    with contextlib.redirect_stdout(printed), state_of_answers():
        try:
            got = function(*given)
        except MemoryError as error:
            # Else there is none left to put things back in their places, nor to say what happened.
            del given
            _let_go(error)
            raise
    if any(difference(before, after, rtol=0, atol=0) for before, after in zip(args, given, strict=True)):
        raise ChangedInput
    if got is None:
        raise ReturnedNone(bool(printed.getvalue()))
    return _plain(got)


def _let_go(error):
    """Free what the error's frames hold, and those of the errors that it came from."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__context__


def _checked_model(model):
    from course_lib.page import quiet

    with quiet():
        import keras
    if not isinstance(model, keras.Model):
        raise NotYet(f"Your function returned {shown_value(model)}; a Keras model was wanted. Return the model itself.")
    if not model.built:
        raise NotYet("The model does not know its input yet: begin it with keras.Input(shape).")
    return model


def _array(outputs):
    """What a model gave, as an array. A number of 16 bits, which NumPy may not know, becomes one of 32."""
    import keras

    if not keras.ops.is_tensor(outputs):
        raise NotYet(f"Its output is {shown_value(outputs)}; one array was wanted.")
    narrow = keras.backend.standardize_dtype(outputs.dtype) in ("float16", "bfloat16")
    return keras.ops.convert_to_numpy(keras.ops.cast(outputs, "float32") if narrow else outputs)


def _description(model):
    return {
        "parameters": int(model.count_params()),
        "shapes": [list(w.shape) for w in model.weights],
        "layers": [type(layer).__name__ for layer in model.layers],
        "activations": [getattr(getattr(layer, "activation", None), "__name__", "") for layer in model.layers],
        "bends": bends(model),
        "last bend": last_bend(model),
        "maps and steps": maps_and_steps(model),
        "loss of shares": _takes_shares(getattr(model, "loss", None)),
    }


def _takes_shares(loss):
    """Whether this is a binary cross-entropy that takes shares between 0 and 1, and no logits."""
    if isinstance(loss, list | tuple | dict) and len(loss) == 1:
        [loss] = loss.values() if isinstance(loss, dict) else loss
    name = loss if isinstance(loss, str) else getattr(loss, "__name__", type(loss).__name__)
    said = name.replace("_", "").lower()
    return said in ("binarycrossentropy", "binaryfocalcrossentropy") and not getattr(loss, "from_logits", False)
