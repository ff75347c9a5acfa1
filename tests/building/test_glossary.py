"""The glossary: each bold term has its one entry, and each entry its term."""

import pytest

from course_lib.building import glossary
from tests.building.test_bibliography import CHAPTERS, texts


@pytest.mark.parametrize(
    ("bold", "wanted"),
    [
        ("weight", True),
        ("ReLU", True),
        ("LSTM", True),
        ("Adam optimizer", False),
        ("Run", False),
        ("Diagnosis.", False),
        ("sum:", False),
        ("Predict, then run:", False),
        ("What is it?", False),
        ("A", False),
        ("A note", False),
    ],
)
def test_what_counts_as_a_term(bold, wanted):
    assert glossary.is_term(bold) == wanted


def test_a_name_within_a_sentence_is_a_term():
    text = "Their mean\n**F1**, and the **Brier score**. **Ten bells**, no training.\n\n- **Run** it.\n\n**Cure** it."
    assert glossary.terms([text]) == ["F1", "Brier score"]


def test_a_term_may_go_on_in_the_next_line():
    assert glossary.terms(["the **dot\nproduct** of a **row** and **that.**"]) == ["dot product", "row"]


def introduced():
    """(term, chapter's number) for every term in bold, in the order of the chapters."""
    return [(term, source.stem[:2]) for source in CHAPTERS for term in glossary.terms(texts(source))]


def listed():
    """(term, chapter's number) for every entry of the glossary."""
    return [(term, chapter) for term, chapter, _ in glossary.entries()]


def test_every_term_is_introduced_once_and_has_one_entry():
    assert len(introduced()) > 10
    assert sorted(introduced()) == sorted(listed())
    terms = [term.lower() for term, _ in introduced()]
    assert len(set(terms)) == len(terms)


def test_the_glossary_is_in_alphabetical_order():
    terms = [term.lower() for term, _ in listed()]
    assert terms == sorted(terms)


def test_a_malformed_entry_is_named(tmp_path):
    path = tmp_path / "glossary.md"
    path.write_text(
        "# Glossary\n\n- **bias** ([01](01-neurons.ipynb)): A number.\n- **weight**: no chapter.\n", encoding="utf-8"
    )
    with pytest.raises(ValueError, match=r"must read .* got '- \*\*weight\*\*: no chapter\.'"):
        glossary.entries(path)
