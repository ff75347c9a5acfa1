"""Citations: ``[@key]`` in a source becomes a name and a year, and ``[@]`` the list of all that were cited."""

import functools
import re
from pathlib import Path

REFERENCES = Path(__file__).resolve().parents[2] / "chapters/references.bib"
CITATION = re.compile(r"\[@([\w-]+)\]")
LIST = "[@]"
# Where a work is found, by what it has: the first of these.
PLACES = {
    "doi": "https://doi.org/{}",
    "eprint": "https://arxiv.org/abs/{}",
    "url": "{}",
    "isbn": "https://openlibrary.org/isbn/{}",
}


@functools.cache
def entries(path=REFERENCES):
    """The bibliography as a dict from keys to pybtex entries."""
    from pybtex.database import parse_file

    return dict(parse_file(str(path)).entries)


def cite(texts, path=REFERENCES):
    """The texts with every citation written out. Raises ``KeyError`` for a key that the bibliography lacks."""
    keys = cited(texts)
    unknown = [key for key in keys if key not in entries(path)]
    if unknown:
        raise KeyError(f"{unknown[0]} is cited but is not in {path.name}")
    sources = "\n".join(f"- {full(entries(path)[key])}" for key in sorted(keys))
    return [CITATION.sub(lambda found: _short(entries(path)[found[1]]), text).replace(LIST, sources) for text in texts]


def cited(texts):
    """The keys that the texts cite, in order, each once."""
    return list(dict.fromkeys(key for text in texts for key in CITATION.findall(text)))


def address(entry):
    """Where the work is found: by its DOI, its number at arXiv, its page at its printer, or as a book by its ISBN."""
    kind = next(kind for kind in PLACES if kind in entry.fields)
    return PLACES[kind].format(entry.fields[kind])


def _short(entry):
    """The form in running text: [Cybenko, 1989](…), with "and" for two authors and "et al." for more."""
    names = [" ".join(person.prelast_names + person.last_names) for person in entry.persons["author"]]
    shown = {1: names[0], 2: " and ".join(names)}.get(len(names), f"{names[0]} et al.")
    return f"[{shown}, {entry.fields['year']}]({address(entry)})"


def full(entry):
    """The form in the list of sources, with at most three authors named."""
    from pybtex.plugin import find_plugin

    style = find_plugin("pybtex.style.formatting", "unsrt")()
    plain = {k: v for k, v in entry.fields.items() if k not in (*PLACES, "archiveprefix")}
    # In braces: else the style would write GAN and LSTM in small letters.
    plain["title"] = f"{{{plain['title']}}}"
    shortened = type(entry)(entry.original_type, plain, {"author": _at_most_three(entry.persons["author"])})
    formatted = next(iter(style.format_entries([_keyed(shortened)]))).text
    text = formatted.render_as("text").replace("_", r"\_")
    return f"{text} [{address(entry).partition('://')[2]}]({address(entry)})"


def _at_most_three(people):
    from pybtex.database import Person

    return people if len(people) <= 3 else [people[0], Person("others")]


def _keyed(entry):
    entry.key = "entry"
    return entry
