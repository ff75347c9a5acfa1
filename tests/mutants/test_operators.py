"""Which mutants each operator makes, on programs of two lines."""

import ast

import pytest

from tests.mutants.operators import OPERATORS
from tests.mutants.texts import changed_lines, mutants

# {operator: [(the body of a function of x and y, what its second line becomes)]}
MADE = {
    "operators_swapped": [
        ("return x + y", {"return x - y"}),
        ("return x @ y", {"return x * y"}),
        ("return x < y", {"return x <= y", "return x > y"}),
        ("return x == y", {"return x != y"}),
        ("return x in y", {"return x not in y"}),
        ("return x and y", {"return x or y", "return x", "return y"}),
        ("return x & y", {"return x | y"}),
    ],
    "updates_changed": [("x += y", {"x -= y", "x = y"}), ("x *= y", {"x /= y", "x = y"})],
    "constants_changed": [
        ("return 3", {"return 4", "return 2", "return 0", "return -3"}),
        ("return 0", {"return 1", "return -1"}),
        ("return -3", {"return -4", "return -2", "return -0"}),
        ("return 0.5", {"return 0.75", "return 0.0", "return -0.5"}),
        ("return 0.0", {"return 1.0"}),
        ("return True", {"return False"}),
        ("return x.sum(axis=1)", {"return x.sum(axis=2)", "return x.sum(axis=0)"}),
        ("return x.shape[1]", {"return x.shape[2]", "return x.shape[0]"}),
        ("x.fit(y, epochs=50, verbose=0)", {"x.fit(y, epochs=1, verbose=0)", "x.fit(y, epochs=0, verbose=0)"}),
        ("x.fit(y, batch_size=32)", set()),
        ("keras.optimizers.Adam(0.1)", {"keras.optimizers.Adam(0.0)", "keras.optimizers.Adam(-0.1)"}),
        (
            "keras.optimizers.schedules.CosineDecay(0.1, n)",
            {"keras.optimizers.schedules.CosineDecay(0.0, n)", "keras.optimizers.schedules.CosineDecay(-0.1, n)"},
        ),
        ("return f(learning_rate=0.1)", {"return f(learning_rate=0.0)", "return f(learning_rate=-0.1)"}),
        ("return 'a'", {"return ''"}),
        ("return x['a'], y['b']", {"return (x['b'], y['b'])", "return (x['a'], y['a'])"}),
        ("keras.utils.set_random_seed(1)", set()),
    ],
    "signs_changed": [
        ("return -x", {"return x"}),
        ("return not x", {"return x"}),
        ("return ~x", {"return x"}),
        ("return x * y", {"return -(x * y)"}),
        ("y = x.T", {"y = -x.T"}),
        ("return x, y", set()),
        ("return x < y", set()),
        ("return", set()),
    ],
    "conditions_forced": [
        ("return x if y else 1", {"return x if True else 1", "return x if False else 1", "return x if not y else 1"}),
        ("return [a for a in x if a]", {"return [a for a in x]"}),
        ("while x: y()", {"while True:", "while False:", "while not x:"}),
    ],
    "keywords_dropped": [
        ("return f(x, axis=0, keepdims=True)", {"return f(x, keepdims=True)", "return f(x, axis=0)"}),
        ("return zip(x, y, strict=True)", set()),
    ],
    "arguments_changed": [
        ("return f(x, y)", {"return f(y, x)", "return f(x)"}),
        ("return np.maximum(x, y)", {"return np.maximum(x)"}),
        ("return f(x)", set()),
        ("return f(*x, y)", set()),
    ],
    "statements_deleted": [
        ("return x", {"pass"}),
        ("for _ in x: break", {"pass", "continue"}),
        ("for _ in x: continue", {"pass", "break"}),
        ("def g(): pass", set()),
    ],
    "returns_cut": [
        ("return x + y", {"return x", "return y"}),
        ("return f(x)", {"return x"}),
        ("return x.sum()", {"return x"}),
        ("return x[0]", {"return x"}),
        ("return x, y", {"return x", "return y"}),
        ("return x, y, 1", {"return (x, y)", "return (y, 1)", "return (x, 1)"}),
    ],
    "elements_changed": [
        ("return [x, y]", {"return [x]", "return [y]"}),
        ("return x, y", {"return (y, x)"}),
        ("x, y = f()", set()),
    ],
    "slices_shifted": [
        ("return x[:]", {"return x[1:]", "return x[:-1]"}),
        ("return x[1:y]", {"return x[:y]", "return x[1:]", "return x[1:y + 1]", "return x[1:y - 1]"}),
        ("return x[::2]", {"return x[1::2]", "return x[:-1:2]", "return x[:]"}),
        ("return x[y]", {"return x[y + 1]", "return x[y - 1]"}),
        ("return x[0]", set()),
    ],
    "names_replaced": [
        ("return x", {"return y"}),
        ("z = f(x)", {"z = f(y)", "z = f(z)"}),
        (
            "return [a for a in x]",
            {"return [x for a in x]", "return [y for a in x]", "return [a for a in y]", "return [a for a in a]"},
        ),
        ("return lambda a: a", {"return lambda a: x", "return lambda a: y"}),
    ],
    "functions_swapped": [
        ("return np.sum(x)", {"return np.mean(x)"}),
        ("return x.argmax()", {"return x.argmin()"}),
        ("return max(x)", {"return min(x)"}),
        ("return np.exp(x)", {"return np.log(x)", "return x"}),
        ("return x.astype(int)", {"return x"}),
        ("return sorted(x)", {"return x"}),
        ("return x.T", {"return x"}),
        ("return f(x)", set()),
    ],
    "loops_bounded_otherwise": [
        ("for i in range(x): y(i)", {"for i in range(x + 1):", "for i in range(x - 1):"}),
        ("for i in range(3): y(i)", set()),
    ],
}
CASES = [pytest.param(name, *case, id=f"{name}-{case[0]}") for name, cases in MADE.items() for case in cases]


def program(body):
    return f"def f(x, y):\n    {body}"


def test_every_operator_is_tested():
    assert MADE.keys() == {operator.__name__ for operator in OPERATORS}


@pytest.mark.parametrize(("operator", "body", "wanted"), CASES)
def test_an_operator_makes_these_mutants(operator, body, wanted, monkeypatch):
    only = [one for one in OPERATORS if one.__name__ == operator]
    monkeypatch.setattr("tests.mutants.texts.OPERATORS", only)
    made = {mutant.after.strip() for mutant in mutants(program(body), 2, 2)}
    assert made == wanted


@pytest.mark.parametrize("body", [case[0] for cases in MADE.values() for case in cases])
def test_no_two_mutants_are_alike_and_all_compile_and_differ(body):
    texts = [mutant.text for mutant in mutants(program(body), 2, 2)]
    assert len(texts) == len(set(texts))
    for text in texts:
        compile(text, "mutant", "exec")
    assert ast.unparse(ast.parse(program(body))) not in texts


def test_only_the_solution_is_mutated():
    text = 'def f(x, y=3):\n    """What it does."""\n    z = 4\n    return z + 5\n'
    assert {mutant.before for mutant in mutants(text, 4, 4)} == {"return z + 5"}
    assert {mutant.before for mutant in mutants(text, 2, 4)} == {"return z + 5", "z = 4"}


def test_the_lines_that_differ_are_found():
    assert changed_lines("a\n  b\nc", "a\n  B\nc") == ("b", "B")
    assert changed_lines("a\n  b\n  b\nc", "a\n  b\nc") == ("b", "")
    assert changed_lines("a\n  b:\n    c\nd", "a\n  pass\nd") == ("b:\nc", "pass")


def test_the_mutants_come_in_the_same_order_each_time():
    text = program("return x + y if x < 3 else [x, -y]")
    assert list(mutants(text, 2, 2)) == list(mutants(text, 2, 2))
