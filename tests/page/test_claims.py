"""Claims: what holds prints a line, what does not says what it saw, and what is neither is refused."""

import numpy as np
import pytest

from course_lib.page import claim
from course_lib.page.claims import ClaimFailed

limit = 10


@pytest.mark.parametrize("holds", [True, np.True_, np.float64(2) > 1, np.array([1, 2]).all()])
def test_prints_the_sentence_with_a_tick(holds, capsys):
    assert claim("Two is more than one", holds) is None
    assert capsys.readouterr().out == "✔ Two is more than one\n"


@pytest.mark.parametrize(
    ("holds", "kind"),
    [
        ("no", "str"),
        (None, "NoneType"),
        (1, "int"),
        (0, "int"),
        (0.0, "float"),
        ([], "list"),
        ((True,), "tuple"),
        (np.array(True), "ndarray"),
        (np.array([True, True]), "ndarray"),
        (np.int64(1), "int64"),
        (claim, "function"),
    ],
)
def test_refuses_what_is_neither_true_nor_false(holds, kind, capsys):
    with pytest.raises(TypeError, match=rf"True or False for 'It holds', got {kind}: "):
        claim("It holds", holds)
    assert capsys.readouterr().out == ""


def seen(call):
    """What a claim that fails says that it saw."""
    with pytest.raises(ClaimFailed) as failure:
        call()
    return str(failure.value)


def test_a_failure_shows_the_condition_and_its_values():
    found, wanted = 3, np.array([1.5, 2.0])
    text = seen(lambda: claim("It is all there", len(wanted) > found))
    sentence, _, values = text.partition(" > found, ")
    assert sentence == "It is all there. This did not hold: len(wanted)"
    assert sorted(values.split(", ")) == ["found = 3", "wanted = [1.5 2. ]"]


def test_a_failure_shows_globals_and_what_hides_them():
    assert seen(lambda: claim("Few", limit < 5)).endswith("limit < 5, limit = 10")

    def inside(limit):
        claim("Few", limit < 5)

    assert seen(lambda: inside(7)).endswith("limit < 5, limit = 7")


def test_the_condition_may_be_named():
    found = 3
    assert seen(lambda: claim("Four", holds=found == 4)).endswith("found == 4, found = 3")
    assert seen(lambda: claim(holds=found == 4, sentence="Four")).endswith("found == 4, found = 3")
    assert seen(lambda: claim(sentence="Four", holds=found == 4)).endswith("found == 4, found = 3")


def test_each_value_is_shown_once_and_long_ones_are_cut():
    many, label = list(range(1000)), "x"
    text = seen(lambda: claim("Short", len(many) + len(many) < 3 or label == "y"))
    assert text.count("many = ") == 1
    assert "label = 'x'" in text
    assert len(text) < 200
    large = np.arange(10**6)
    assert len(seen(lambda: claim("Zeros", (large == 0).all()))) < 200


def test_values_that_fit_no_array_are_shown_too():
    ragged = [[1], [2, 3]]
    assert seen(lambda: claim("Three", len(ragged) == 3)).endswith("len(ragged) == 3, ragged = [[1], [2, 3]]")


def test_a_failure_inside_a_function_of_a_function():
    def outer(values):
        def inner():
            claim("All are small", max(values) < 2)

        inner()

    assert seen(lambda: outer([1, 2, 3])).endswith("max(values) < 2, values = [1, 2, 3]")


def hidden():
    """Calls that no source shows: the sentence must be enough."""
    return {
        "text without a file": lambda: exec("claim('It holds', 1 > 2)", {"claim": claim}),
        "a compiled cell": lambda: exec(compile("x = 3\nclaim('It holds', x > 5)", "<cell>", "exec"), {"claim": claim}),
        "stars": lambda: claim(*("It holds", False)),
        "a star for the second": lambda: claim("It holds", *[False]),
        "two stars": lambda: claim(**{"sentence": "It holds", "holds": False}),
        "map": lambda: list(map(claim, ["It holds"], [False])),
    }


@pytest.mark.parametrize("name", hidden())
def test_a_failure_without_a_condition_to_show_is_still_a_failure(name):
    assert seen(hidden()[name]).startswith("It holds. This did not hold: ")


def test_a_failure_in_a_notebook_cell():
    """As Jupyter runs it: IPython keeps a cell's source where it is found again."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    try:
        shell.run_cell("from course_lib.page import claim", silent=True)
        cell = shell.run_cell("share = 0.25\nclaim('Half', share >= 0.5)", silent=True)
        assert str(cell.error_in_exec) == "Half. This did not hold: share >= 0.5, share = 0.25"
    finally:
        InteractiveShell.clear_instance()


def test_a_failed_claim_is_a_failed_assertion():
    assert issubclass(ClaimFailed, AssertionError)
