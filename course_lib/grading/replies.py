"""What comes back from a student's process, taken for what it may be and no more."""

import math

from course_lib.checking import answers
from course_lib.checking.answers import NotYet

# In letters: what is told of a check, and of a cell, and the longest name.
LONGEST_MESSAGE, LONGEST_NOTE, LONGEST_NAME = 2000, 300, 60
# Of a model: its layers or weights, and its parameters, which a submission's memory must hold.
MOST_ENTRIES, MOST_PARAMETERS = 2000, 1 << 30


def clean(text, longest):
    """A text of a student's process, in characters that can be written anywhere, and not too many of them."""
    text = text[:longest].encode("utf-8", "replace").decode()
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)


def outcome(reply):
    """The value that came back, or what happened instead, as a check knows it from the learner's own notebook."""
    if type(reply) is not dict or len(reply) != 1:
        raise NotYet("What came back is not an answer.")
    ((what, content),) = reply.items()
    if what == "value":
        return content
    if what == "stub":
        raise NotImplementedError
    if what == "changed":
        raise answers.ChangedInput
    if what == "none":
        raise answers.ReturnedNone(content is True)
    if what == "not yet" and type(content) is str:
        raise NotYet(content[:LONGEST_MESSAGE])
    if what == "raised" and type(content) is list and [type(part) for part in content] == [str, str]:
        name, text = content
        name = name[:LONGEST_NAME] if name.isidentifier() else "Error"
        raise type(name, (Exception,), {})(text[:LONGEST_MESSAGE])
    raise NotYet("What came back is not an answer.")


_NAMED = ("layers", "activations", "bends")
_SHAPED = ("shapes", "maps and steps")


def check_description(model):
    """``NotYet`` if this is not what ``answers.model_answer`` says of a model, or contradicts itself."""
    sound = (
        type(model) is dict
        and model.keys() == {*_NAMED, *_SHAPED, "parameters", "last bend", "loss of shares"}
        and type(model["loss of shares"]) is bool
        and _is_name(model["last bend"])
        and all(type(model[key]) is list and len(model[key]) <= MOST_ENTRIES for key in (*_NAMED, *_SHAPED))
        and all(_is_shape(shape) for key in _SHAPED for shape in model[key])
        and model["parameters"] == sum(math.prod(shape) for shape in model["shapes"]) <= MOST_PARAMETERS
        and all(_is_name(name) for key in _NAMED for name in model[key])
    )
    if not sound:
        raise NotYet("What came back does not describe a model.")


def _is_shape(shape):
    return type(shape) is list and len(shape) <= 8 and all(type(n) is int and 0 <= n < 1 << 30 for n in shape)


def _is_name(name):
    return type(name) is str and len(name) <= LONGEST_NAME
