"""The glossary: which words a chapter introduces, and the one sentence that each has in ``chapters/glossary.md``."""

import re
from pathlib import Path

GLOSSARY = Path(__file__).resolve().parents[2] / "chapters/glossary.md"
BOLD = re.compile(r"\*\*([^*]+)\*\*")
# What stands before a word in the middle of a sentence.
WITHIN = re.compile(r"[\w,]\s$|\($")
# "- **batch** ([01](01-neurons.ipynb)): Several at once.": the term, the chapter that introduces it, its sentences.
ENTRY = re.compile(
    r"^- \*\*(?P<term>[^*]+)\*\* \(\[(?P<chapter>\d\d)\]\((?P=chapter)-[\w-]+\.ipynb\)\): (?P<meaning>\S.*\.)$"
)


def is_term(bold):
    """Bold words that introduce a term, like "weight" or "ReLU", and not a heading, a label or a call to act."""
    first = bold.split()[0]
    capitals_inside = first[1:] != first[1:].lower()
    return not bold.endswith((".", ":", "?", "!")) and (first[0].islower() or capitals_inside)


def is_name(bold, before):
    """Within a sentence a capital is the word's own, as in "Brier score" or "F1". before: the text up to there"""
    return bold[0].isupper() and bold[-1] not in ".:?!" and bool(WITHIN.search(before))


def terms(texts):
    """The terms that the texts introduce in bold, in order; one may go on in the next line."""
    found = [(bold[1], text[: bold.start()]) for text in texts for bold in BOLD.finditer(text)]
    return [" ".join(bold.split()) for bold, before in found if is_term(bold) or is_name(bold, before)]


def entries(path=GLOSSARY):
    """(term, chapter's number, meaning) for every entry, in order. ``ValueError`` names a line that is none."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith(("-", "*"))]
    malformed = [line for line in lines if not ENTRY.match(line)]
    if malformed:
        raise ValueError(f"an entry must read “- **term** ([01](01-neurons.ipynb)): A sentence.”, got {malformed[0]!r}")
    return [ENTRY.match(line).groups() for line in lines]
