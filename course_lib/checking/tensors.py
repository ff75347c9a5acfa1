"""Answers made plain: the tensors of TensorFlow, JAX and PyTorch, and Python's other numbers, as values that travel.

None of these libraries is imported: whose tensor it is, its type says.
"""

import contextlib
from collections import OrderedDict, defaultdict
from decimal import Decimal
from fractions import Fraction

import numpy as np

LIBRARIES = {"tensorflow", "jax", "jaxlib", "torch", "keras"}
# Deeper than any value may be that travels.
DEEPEST = 30


class NoNumbers(Exception):
    """A tensor that holds no numbers, or none that can be read. The message says what to do."""


def plain(value, depth=0):
    """The value with each tensor as an array, and 0.125 for Fraction(1, 8), in lists, tuples and dicts too.

    Raises ``NoNumbers``. What is none of these stays what it is.
    """
    kind = type(value)
    if kind in (list, tuple) and depth < DEEPEST:
        return kind(plain(entry, depth + 1) for entry in value)
    if kind in (dict, OrderedDict, defaultdict) and depth < DEEPEST:
        return {key: plain(entry, depth + 1) for key, entry in value.items()}
    if kind in (Fraction, Decimal):
        # One that is too large, or no number, stays what it is.
        with contextlib.suppress(ArithmeticError, ValueError):
            return float(value)
    return _numbers(value) if _is_tensor(value) else value


def _is_tensor(value):
    kind = type(value)
    return kind.__module__.partition(".")[0] in LIBRARIES and hasattr(kind, "__array__")


def _numbers(tensor):
    """A tensor, or a variable of Keras, as an array; without an axis, as one number."""
    try:
        array = _array(tensor)
    except Exception as error:
        raise NoNumbers(_way_out(tensor)) from error
    if array.dtype.kind not in "biufcU":
        raise NoNumbers(_way_out(tensor))
    return array[()]


def _array(tensor):
    # A variable of Keras holds its backend's tensor.
    tensor = tensor.value if type(tensor).__module__.startswith("keras.") else tensor
    if hasattr(tensor, "detach"):
        # PyTorch's may be on another device, on record for gradients, or of 16 bits that NumPy does not know.
        tensor = tensor.detach().cpu()
        tensor = tensor.float() if str(tensor.dtype) == "torch.bfloat16" else tensor
    array = np.asarray(tensor)
    return array.astype("float32") if array.dtype.name == "bfloat16" else array


def _way_out(tensor):
    return (
        f"There is a {type(tensor).__name__} in your answer, whose numbers cannot be read. Compute with arrays of "
        "numbers, and return what keras.ops.convert_to_numpy makes of the result."
    )
