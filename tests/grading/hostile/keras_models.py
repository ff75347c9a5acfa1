"""Attacks on the exercise that wants a Keras model: at most 65 parameters, and right on unseen points.

What a model says of itself is the word of the student's process. What it predicts is judged.
"""

from course_lib import checks
from tests.grading.hostile.attack import Attack

SLUG = "01-neurons"


def _first_number_shown():
    """Of the points on which the notebook's own check has a model trained: by it, a hidden case is known from these."""
    seen = []
    (check,) = (check for check in checks.all_checks() if check.key == "neurons.train_xor")
    check.judged(lambda command, x, *rest: seen.append(x) or {}[command], 0)
    return float(seen[0][0, 0])


# |a − b| − |a + b| is positive exactly where a and b have different signs: no training is needed.
EXACT = """
def exact(units=4, **more):
    first, last = np.zeros((2, units)), np.zeros((units, 1))
    first[:, :4], last[:4, 0] = [[1, -1, 1, -1], [-1, 1, 1, -1]], [1, 1, -1, -1]
    model = more.get("kind", keras.Sequential)([
        keras.Input((2,)), keras.layers.Dense(units, "relu"), keras.layers.Dense(1)])
    model.set_weights([first, np.zeros(units), last, np.zeros(1)])
    return model
"""
HONEST = f"{EXACT}\ndef train_xor(x, y):\n    return exact()\n"
SPOOF = """
class Spoof:
    __class__ = keras.Model
    built, weights, layers = True, [], [keras.layers.Dense(1)]
    def count_params(self): return {parameters}
    def __call__(self, x, training=None): return {outputs}

def train_xor(x, y): return Spoof()
"""


def _tensor(outputs):
    """What an honest model gives: anything else is refused before it is looked at."""
    return f"keras.ops.convert_to_tensor({outputs})"


def _spoof(name, parameters="0", outputs="np.zeros((len(x), 1))", **more):
    return Attack(name, SPOOF.format(parameters=parameters, outputs=outputs), **more)


ATTACKS = [
    Attack("keras_too_large", f"{EXACT}\ndef train_xor(x, y): return exact(32)", ran="It has 129 parameters"),
    Attack("keras_no_model", "train_xor = lambda x, y: print"),
    Attack("keras_object_that_equals", "train_xor = lambda x, y: type('M', (), {'__eq__': lambda a, b: True})()"),
    _spoof("keras_spoof_guesses", outputs=_tensor("np.random.normal(size=(len(x), 1)) * 9"), ran="unseen points right"),
    _spoof("keras_spoof_not_a_number", outputs=_tensor("np.full((len(x), 1), np.nan)"), ran="NaN"),
    _spoof("keras_spoof_shape", outputs=_tensor("np.zeros((1, len(x)))"), ran="(1, 1000)"),
    _spoof("keras_spoof_texts", outputs="np.full((len(x), 1), '1.0')"),
    _spoof("keras_spoof_objects", outputs="np.full((len(x), 1), None)"),
    _spoof("keras_spoof_complex", outputs="np.full((len(x), 1), 1j)"),
    _spoof("keras_spoof_list", outputs="{'shape': (1000, 1)}"),
    _spoof("keras_spoof_labels_of_training", outputs="globals().setdefault('kept', np.ones((1000, 1)))[::-1]"),
    Attack(
        "keras_patched",
        """
        keras.Model.count_params = lambda self: 1
        from course_lib.checking import answers
        empty = dict.fromkeys(("shapes", "layers", "activations", "bends", "maps and steps"), [])
        answers._description = lambda model: {"parameters": 1, "last bend": "", "loss of shares": False, **empty}
        answers._checked_model = lambda model: model
        train_xor = lambda x, y: lambda x, training: np.linspace(-9, 9, len(x))[:, None]
    """,
    ),
    Attack(
        "keras_lying_count",
        f"""{EXACT}
class Lying(keras.Sequential):
    def count_params(self): return 65

def train_xor(x, y): return exact(32, kind=Lying)
""",
    ),
    Attack(
        "keras_tell_by_parameters",
        SPOOF.replace(
            "def train_xor(x, y): return",
            "\ndef train_xor(x, y):\n"
            "    Spoof.count_params = lambda self: int('9' + '1' * int(y.sum() > 0) + '7' * 3000)\n    return",
        ).format(parameters="0", outputs="x"),
        hidden="7" * 1000,
    ),
    Attack(
        "keras_tell_by_the_size",
        f"""{EXACT}
def train_xor(x, y): return exact(32 if x[0, 0] == {_first_number_shown()!r} else 77)
""",
        ran="It has 129 parameters",
        hidden="It has 309 parameters",
    ),
    Attack(
        "keras_tell_by_an_error",
        f"""{EXACT}
def train_xor(x, y):
    if x[0, 0] != {_first_number_shown()!r}: raise ValueError("TOP-" + "SECRET" + str(x[0, 0]))
    return exact()
""",
        ran="A case that the notebook does not show",
    ),
]
