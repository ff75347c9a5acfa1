"""A small librarian for chapter 14: the passages of Python's own language reference, and questions to ask of them.

The questions were written for this course, before any method was tried on them. Each names words that stand in a
passage that answers it; those without have no answer in the reference and must be refused.
"""

import re
from functools import cache

import numpy as np

from course_lib import retrieval
from course_lib.data import topics

SHORTEST, WIDTH, FINE = 80, 100, 800
# What every question has and no answer needs. (That "how" is rare in a reference would make it weigh most.)
ASIDE = """
    a an and are as at be by can could did do does for from has have how i in is it its may me much my no of on or
    should that the there they this to was what when which who will with would you your
"""
QUESTIONS = {
    "How do I write a loop that runs as long as a condition holds?": "is used for repeated execution as long as",
    "How can I leave a loop early?": "terminates the nearest enclosing loop",
    "How do I skip the rest of a loop's body and go on with the next round?": "continues with the next cycle",
    "Which statement does nothing at all?": "null operation",
    "How do I make a small function without a name?": "create anonymous functions",
    "How do I delete a name?": "Deletion of a name removes the binding",
    "How do I check a debugging assumption in a program?": "convenient way to insert debugging assertions",
    "What happens when an else follows a for loop?": "if present, is executed, and the loop terminates",
    "How do I catch an exception?": "specifies exception handlers",
    "Which code runs whether there was an error or not?": "finally",
    "How do I raise an exception again inside its handler?": "re-raises the exception",
    "How do I pause a coroutine until something is ready?": "Suspend the execution of *coroutine*",
    "How do I hand a value back from a function to its caller?": "leaves the current function call with the expression",
    "How can a function change a variable of the module it stands in?": "global",
    "What is the difference between floor division and true division?": "floor division",
    "How do I raise a number to a power?": "power operator",
    "Which objects count as false?": "considered false",
    "How do I test whether something is a member of a list?": "test for membership",
    "How do I test whether two names are the same object?": "object’s identity",
    "How do I split a text at commas?": "Return a list of the words in the string",
    "How do I remove spaces at both ends of a string?": "leading and trailing characters removed",
    "How do I turn a text into capital letters?": "converted to uppercase",
    "How do I join strings with a separator between them?": "concatenation of the strings",
    "How do I put a value into the middle of a formatted string?": "replacement fields",
    "How do I get a value from a dictionary or a default if the key is missing?": "*key* is in the dictionary, else",
    "What may not be a key of a dictionary?": "hashable",
    "How do I set a breakpoint in the debugger?": "set a break",
    "Which method is called when a new object is initialized?": "Called after the instance has been created",
    "How does an object decide how it is printed?": "“informal” or nicely printable",
    "How do I make a class whose objects can be called like functions?": "“called” as a function",
    "What are the rules for names of variables?": "Identifiers",
    "How are complex numbers written?": "imaginary literal",
}
REFUSED = (
    "What is the capital of France?",
    "How do I bake bread without yeast?",
    "Who won the chess championship last year?",
    "How many legs does a spider have?",
    "What will the weather be tomorrow?",
    "How do I install numpy with pip?",
    "How do I train a neural network?",
    "Which graphics card should I buy?",
    "How do I plot a histogram?",
    "How do I open a web page from a script?",
    "How do I read a spreadsheet?",
    "How do I send an email?",
    "When was the first moon landing?",
    "How do I center a picture on a web page?",
    "How do I undo my last commit?",
    "What is the best way to learn the piano?",
)


def words(text):
    """In small letters, without those that are set aside; a plural's s is dropped."""
    found = (word for word in re.findall(r"[^\W\d]+", text.lower()) if word not in ASIDE.split())
    return [word[:-1] if len(word) > 3 and word.endswith("s") else word for word in found]


@cache
def passages():
    """The paragraphs of ``topics`` that have 80 letters or more, each once."""
    paragraphs = (" ".join(part.split()) for part in topics().split("\n\n"))
    return tuple(dict.fromkeys(part for part in paragraphs if len(part) >= SHORTEST))


class Library:
    """Passages, counted word by word, and where each lies in a space of meanings."""

    def __init__(self, texts=None, width=WIDTH):
        self.texts = passages() if texts is None else tuple(texts)
        split = [words(text) for text in self.texts]
        self.places = {word: k for k, word in enumerate(sorted({word for some in split for word in some}))}
        self.counts = np.array([self.count(some) for some in split])
        self.meanings, self.axes = retrieval.latent(self.counts, min(width, *self.counts.shape))

    def count(self, split):
        known = [self.places[word] for word in split if word in self.places]
        return np.bincount(known, minlength=len(self.places)).astype("float32")

    def scores(self, question, way="words"):
        """(passages,): by the words they share, BM25, or by the cosine of the meanings."""
        counts = self.count(words(question))
        if way == "words":
            return retrieval.bm25(self.counts, counts)
        return retrieval.cosines(self.meanings, np.log1p(counts) @ self.axes)

    def found(self, question, way="words", most=5):
        """[(score, passage)], best first."""
        scores = self.scores(question, way)
        return [(float(scores[k]), self.texts[k]) for k in np.argsort(-scores, kind="stable")[:most]]


@cache
def library(width=WIDTH):
    return Library(width=width)


def places(way="words", questions=QUESTIONS, width=WIDTH):
    """For each question the place, from 1, of the first passage that answers it."""
    found, texts = [], [text.lower() for text in library(width).texts]
    for question, answer in questions.items():
        order = np.argsort(-library(width).scores(question, way), kind="stable")
        right = [answer.lower() in texts[k] for k in order]
        found.append(right.index(True) + 1)
    return np.array(found)


def best_scores(way="words", width=WIDTH):
    """The best score of each question that has an answer, and of each that has none."""
    return [np.array([library(width).scores(q, way).max() for q in some]) for some in (QUESTIONS, REFUSED)]


def threshold(answered, refused):
    """Between two scores, where most are told apart: the mean of the shares above it and at or below it."""
    scores = np.unique(np.concatenate([answered, refused]))
    between = (scores[1:] + scores[:-1]) / 2
    return between[np.argmax([told_apart(answered, refused, t) for t in between])]


def told_apart(answered, refused, t):
    """The mean of two shares: of the questions with an answer above t, and of those without at t or below it."""
    return (np.mean(answered > t) + np.mean(refused <= t)) / 2


def refusals(answered, refused, splits=200):
    """For each of many halvings: what a threshold chosen on one half tells apart on the other. (splits,)"""
    rng, found = np.random.default_rng(0), []
    for _ in range(splits):
        halves = [np.split(rng.permutation(some), [len(some) // 2]) for some in (answered, refused)]
        (chosen, judged) = zip(*halves, strict=True)
        found.append(told_apart(*judged, threshold(*chosen)))
    return np.array(found)


def prompt(question, way="words", most=3):
    """What a language model would be handed: the passages, numbered, the question, and leave to say no."""
    numbered = (f"[{k}] {text}" for k, (_, text) in enumerate(library().found(question, way, most), start=1))
    rule = "Answer from these passages only, and name the one you use. If they do not say, answer: I do not know."
    return "\n".join([*numbered, rule, f"Question: {question}"])
