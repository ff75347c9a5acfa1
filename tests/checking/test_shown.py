"""How a verdict is shown: a card on a page of JupyterLab, and plain text everywhere else."""

import sys
from types import SimpleNamespace

import pytest

import course_lib.checks
from course_lib.checks import start_here as check
from course_lib.widgets.card import Card

PLAIN = """✘ ink: not yet.
  ink(array([[1. , 0. ], [0.5, 0. ]]))
    wanted: 0.375
    got:    1.5
"""
SESSION = "JPY_SESSION_NAME"


def total(picture):
    return picture.sum()


@pytest.fixture
def displayed(monkeypatch):
    """What was displayed instead of printed."""
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    return shown


@pytest.fixture
def kernel(monkeypatch):
    """A kernel runs this, and a server has opened its notebook."""
    import IPython

    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=True))
    monkeypatch.setenv(SESSION, "exercises/00-start-here.ipynb")


@pytest.fixture(autouse=True)
def no_hints(monkeypatch):
    monkeypatch.setattr(check.ink, "given", 0)


def test_on_a_page_a_verdict_is_a_card_and_nothing_is_printed(kernel, displayed, capsys):
    check.ink(total)
    [card] = displayed
    assert isinstance(card, Card)
    assert capsys.readouterr().out == ""
    data, _ = card._repr_mimebundle_()
    assert data["text/plain"].startswith(PLAIN)
    assert "0 of 3 here" in data["text/html"]
    assert f"0 of {len(course_lib.checks.all_checks())} in the course" in data["text/html"]


def test_a_value_was_not_called(kernel, displayed):
    check.misread(19)
    check.ink(total)
    value, function = (card.html for card in displayed)
    assert ">call<" not in value
    assert ">got<" in value
    assert ">call<" in function


def test_progress_on_the_card_counts_the_verdict_itself(kernel, displayed):
    check.misread(18)
    assert "1 of 3 here" in displayed[0].html
    assert displayed[0].hints == []


def test_a_hint_that_the_button_gave_is_not_given_again(kernel, displayed, capsys):
    check.ink(total)
    displayed[0].given = 1
    check.ink.hint()
    assert capsys.readouterr().out.startswith(f"Hint 2 of {len(check.ink.hints)}: ")
    check.ink(total)
    assert displayed[1].given == 2


def test_a_progress_that_cannot_be_kept_is_said_on_the_card(kernel, displayed, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "file" / "progress.jsonl"))
    check.ink(total)
    assert "Your progress could not be saved" in displayed[0].html


def test_a_card_that_cannot_be_made_is_a_printed_verdict(kernel, displayed, monkeypatch, capsys):
    monkeypatch.setattr("course_lib.widgets.card.Card.__init__", None)
    check.ink(total)
    assert displayed == []
    assert capsys.readouterr().out.startswith(PLAIN)


@pytest.mark.parametrize("what", ["no server", "no kernel", "no IPython"])
def test_elsewhere_a_verdict_is_plain_text(what, kernel, displayed, monkeypatch, capsys):
    """nbval, nbconvert and nbgrader start kernels, but give them no notebook's name; a terminal has no kernel."""
    if what == "no server":
        monkeypatch.delenv(SESSION)
    elif what == "no kernel":
        monkeypatch.setattr("IPython.get_ipython", SimpleNamespace)
    else:
        monkeypatch.setitem(sys.modules, "IPython", None)
    check.ink(total)
    assert displayed == []
    assert capsys.readouterr().out.startswith(PLAIN)


def test_under_nbgrader_a_wrong_answer_raises_also_on_a_page(kernel, displayed, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    with pytest.raises(AssertionError, match="ink: not yet"):
        check.ink(total)
    assert displayed == []
