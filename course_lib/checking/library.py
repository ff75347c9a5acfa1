"""A library of paragraphs, questions that remember half a sentence, and what to say of a librarian that errs."""

import functools
import re

import numpy as np

from course_lib.checking.answers import function_answer
from course_lib.checking.check import Check
from course_lib.checking.mistakes import wrong_functions
from course_lib.checking.words import shown_value

SHELVED, OF_EACH, LEAST = 200, 150, 0.7
SHORTEST, LONGEST, STRETCH = 200, 700, 20
NO_NUMBERS = "Return a list with one whole number for each question: a passage's place in passages, from 0, or -1."
ALL_THE_SAME = "It says the same of all questions. Compare each question with each passage."
NEVER_REFUSES = (
    "It always finds a nearest passage, and one is always the nearest. Where even that one is far away, say -1."
)
ALWAYS_REFUSES = "It refuses nearly all questions. Is the threshold on the scale of your scores?"
WRONG_SHELF = (
    "Refusing aside, it takes the wrong passage too often. Rare words tell more than common ones, and a long "
    "passage holds many words by chance."
)
TOO_STRICT = "It refuses too many questions that have an answer: a lower threshold."
TOO_KIND = (
    "It answers too many questions that have no answer here: a higher threshold. "
    "And what is compared with it should not grow with the question's length."
)

NO_THRESHOLD = (
    "It finds too few and refuses too few: no threshold helps. Let rare words tell more, and what is compared with the "
    "threshold not grow with the question's length."
)


def paragraphs_of(text):
    """The paragraphs of a text that are neither short nor long, each once and in one line."""
    lines = (" ".join(part.split()) for part in text.split("\n\n"))
    return sorted({line for line in lines if SHORTEST <= len(line) <= LONGEST})


def words_of(text):
    """The words of a text, as they come."""
    return re.findall(r"[a-z_]+", text.lower())


def half_remembered(passage, elsewhere, rng):
    """A question: about half of twenty words in a row of a passage, and in between some from elsewhere."""
    words, wrong = words_of(passage), words_of(elsewhere)
    begin = rng.integers(max(1, len(words) - STRETCH))
    lucky = zip(words[begin : begin + STRETCH], rng.random(STRETCH), strict=False)
    heard = [word if luck < 0.5 else wrong[rng.integers(len(wrong))] for word, luck in lucky if luck < 0.65]
    return " ".join(heard or words)


@functools.lru_cache(maxsize=4)
def _paragraphs(text):
    return paragraphs_of(text())


def a_day_at_the_library(text, rng):
    """(passages, questions, wanted): which passage each question remembers, and -1 where that one is not there."""
    all_of_them = _paragraphs(text)
    chosen = [all_of_them[k] for k in rng.permutation(len(all_of_them))[: SHELVED + OF_EACH]]
    passages, others = chosen[:SHELVED], chosen[SHELVED:]
    places = np.concatenate([rng.permutation(SHELVED)[:OF_EACH], np.full(len(others), -1)])
    asked = [passages[place] for place in places[:OF_EACH]] + others
    order = rng.permutation(len(asked))
    return passages, [half_remembered(asked[k], chosen[rng.integers(len(chosen))], rng) for k in order], places[order]


def library(*hints, points, mistakes, text):
    """A check for a function that finds the passage of each question, or refuses: decorates the right one.

    mistakes: as for ``implement``   text: a function that gives the text whose paragraphs are the passages
    """

    def decorate(right):
        def judge(trial):
            passages, questions, wanted = a_day_at_the_library(text, trial.rng)
            said = _places(trial, trial.ask(passages, questions), len(passages), len(questions))
            trial.require(said[0] == -1 or len(set(said)) > 1, "All questions got the same answer.", ALL_THE_SAME)
            is_here, refused = wanted >= 0, said == -1
            found, sent_away = np.mean(said[is_here] == wanted[is_here]), np.mean(refused[~is_here])
            words = (
                f"It found {found:.0%} of the passages that are there, and refused {sent_away:.0%} of the questions "
            )
            words += f"whose passage is not; {LEAST:.0%} of each were wanted."
            hint = _why_not(found, sent_away, np.mean(refused[is_here]))
            trial.require(min(found, sent_away) >= LEAST, words, hint)

        wrong = wrong_functions(mistakes, right)
        return Check(right.__name__, judge, function_answer, points, hints, wrong, right.__module__)

    return decorate


def _places(trial, said, passages, questions):
    """What was said as whole numbers, (questions,)."""
    is_list = type(said) in (list, tuple) or (type(said) is np.ndarray and said.ndim == 1)
    trial.require(is_list, f"It returned {shown_value(said)}.", NO_NUMBERS)
    trial.require(len(said) == questions, f"It gave {len(said)} answers to {questions} questions.", NO_NUMBERS)
    unfit = [one for one in said if not (_is_number(one) and -1 <= one < passages and one == round(float(one)))]
    trial.require(not unfit, f"One of its answers is {shown_value(unfit[0])}." if unfit else "", NO_NUMBERS)
    return np.array(said).astype(int)


def _is_number(one):
    return isinstance(one, int | float | np.integer | np.floating) and not isinstance(one, bool)


def _why_not(found, sent_away, refused):
    """The words for shares that are too low. refused: of the questions whose passage is there"""
    if sent_away < 0.05:
        return NEVER_REFUSES if found >= LEAST else WRONG_SHELF
    if refused > 0.9:
        return ALWAYS_REFUSES
    if found / (1 - refused) < 0.75:
        return WRONG_SHELF
    if max(found, sent_away) < LEAST:
        return NO_THRESHOLD
    return TOO_STRICT if found < sent_away else TOO_KIND


_REFUSES = "if best[1] >= 0.57 else"
WRONG_LIBRARIANS = {
    NEVER_REFUSES: f"{_REFUSES} → if True else",
    ALWAYS_REFUSES: f"{_REFUSES} → if best[1] >= 1.5 else",
    TOO_STRICT: f"{_REFUSES} → if best[1] >= 0.75 else",
    TOO_KIND: f"{_REFUSES} → if best[1] >= 0.4 else",
    NO_THRESHOLD: f"{_REFUSES} → if (best[1] >= 0.57) == (len(words) % 2 > 0) else",
    ALL_THE_SAME: lambda passages, questions: [0] * len(questions),
    NO_NUMBERS: lambda passages, questions: list(questions),
    WRONG_SHELF: lambda passages, questions: [k % len(passages) for k in range(len(questions))],
}
