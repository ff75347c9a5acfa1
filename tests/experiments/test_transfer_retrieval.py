"""The small librarian of chapter 14."""

import numpy as np
import pytest

from course_lib.experiments import transfer_retrieval as reference


def test_each_question_has_an_answer_and_few_passages_have_it():
    passages = [text.lower() for text in reference.passages()]
    counts = [sum(words.lower() in text for text in passages) for words in reference.QUESTIONS.values()]
    assert 1 <= min(counts) <= max(counts) < 0.05 * len(passages)
    assert not set(reference.REFUSED) & set(reference.QUESTIONS)


def test_no_passage_stands_there_twice():
    passages = reference.passages()
    assert len(set(passages)) == len(passages) > 1000
    assert min(map(len, passages)) >= reference.SHORTEST


def test_words_are_small_without_plural_and_without_what_every_question_has():
    assert reference.words("How do I write Loops, loops and class_names?") == ["write", "loop", "loop", "class_name"]
    assert reference.words("Über Öfen und Каша, 3 mal") == ["über", "öfen", "und", "каша", "mal"]


def test_a_library_of_one_s_own():
    library = reference.Library(["apples and pears", "ships at sea", "a pear on a ship"], width=2)
    for way in ("words", "meanings"):
        scores = [score for score, _ in library.found("apple", way)]
        assert scores == sorted(scores, reverse=True)
    assert library.found("apples")[0][1] == "apples and pears"
    assert library.found("zebra")[0][0] == 0


def test_places_are_those_of_the_first_answer():
    question = "Which statement does nothing at all?"
    (place,) = reference.places("words", {question: reference.QUESTIONS[question]})
    found = reference.library().found(question, most=place)
    answers = [reference.QUESTIONS[question] in text for _, text in found]
    assert answers == [False] * (place - 1) + [True]


def test_the_prompt_holds_passages_question_and_leave_to_say_no():
    text = reference.prompt("How can I leave a loop early?", most=2)
    assert text.count("[1]") == 1
    assert "[2]" in text
    assert "I do not know" in text
    assert text.endswith("How can I leave a loop early?")


@pytest.mark.parametrize("way", ["words", "meanings"])
def test_best_scores_are_one_for_each_question(way):
    answered, refused = reference.best_scores(way)
    assert (len(answered), len(refused)) == (len(reference.QUESTIONS), len(reference.REFUSED))
    assert np.isfinite(answered).all()


def test_a_threshold_lies_where_most_are_told_apart():
    answered, refused = np.array([2.0, 5, 6, 7]), np.array([1.0, 3, 4])
    t = reference.threshold(answered, refused)
    assert t == 4.5
    assert reference.told_apart(answered, refused, t) == pytest.approx((3 / 4 + 1) / 2)
    assert reference.told_apart(answered, refused, 9) == 0.5


def test_no_threshold_tells_apart_what_is_alike_and_one_tells_all_that_is_not():
    rng = np.random.default_rng(1)
    alike = reference.refusals(*rng.random((2, 400)))
    assert len(alike) == 200
    assert np.mean(alike) == pytest.approx(0.5, abs=0.05)
    assert (reference.refusals(rng.random(20) + 5, rng.random(10)) == 1).all()


def test_with_more_directions_meanings_come_level_with_words_and_refuse_no_better():
    by_words = np.mean(1 / reference.places())
    assert abs(np.mean(1 / reference.places("meanings", width=reference.FINE)) - by_words) < 0.05
    assert np.mean(reference.refusals(*reference.best_scores("meanings", reference.FINE))) < 0.7
