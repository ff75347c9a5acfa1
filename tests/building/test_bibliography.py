"""Citations and glossary: each key has its entry, each entry its reader, each bold term its sentence."""

import re
from pathlib import Path

import jupytext
import pytest

from course_lib.building.bibliography import CITATION, LIST, REFERENCES, address, cite, cited, entries

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted((ROOT / "chapters/source").glob("*.py"))
SOURCES = CHAPTERS + sorted((ROOT / "solutions/source").glob("*.py"))


def texts(source):
    """The markdown cells of a notebook's source."""
    return [cell.source for cell in jupytext.read(source).cells if cell.cell_type == "markdown"]


# --- the bibliography of the course


def test_the_course_has_citations_at_all():
    assert len(CHAPTERS) >= 2
    assert len(cited(text for source in SOURCES for text in texts(source))) >= 10


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: f"{path.parent.parent.name}/{path.stem}")
def test_every_citation_is_known_and_well_formed(source):
    for text in texts(source):
        assert set(cited([text])) <= set(entries())
        # Anything else that begins like a citation would be left in the notebook as it is.
        assert "[@" not in CITATION.sub("", text).replace(LIST, "")
    # In a code cell it would be left there too.
    assert source.read_text(encoding="utf-8").count("[@") == sum(text.count("[@") for text in texts(source))


@pytest.mark.parametrize("source", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_that_cites_ends_with_its_sources(source):
    cells = texts(source)
    lists = [text for text in cells if LIST in text]
    assert len(lists) <= 1
    if lists:
        assert lists == cells[-1:]
        assert cited(cells)


def test_no_entry_is_left_uncited():
    assert set(entries()) == set(cited(text for source in SOURCES for text in texts(source)))


# How each reference reads; an address only at those who print or keep reports for good.
FORMS = {
    "doi": r"10\.\d{4,}/\S+",
    "eprint": r"\d{4}\.\d{4,5}",
    "url": r"https://(proceedings\.mlr\.press|www\.jmlr\.org|icml\.cc|apps\.dtic\.mil)/\S+",
    "isbn": r"97[89](-\d+){4}",
}


def isbn_is_sound(isbn):
    """Its last digit fits: the digits, in turn once and three times, add up to a multiple of 10."""
    digits = [int(digit) for digit in isbn if digit.isdigit()]
    return len(digits) == 13 and (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0


def test_a_wrong_digit_of_an_isbn_is_found():
    assert isbn_is_sound("978-0-471-59897-8")
    assert not isbn_is_sound("978-0-471-59887-8")


@pytest.mark.parametrize("key", entries())
def test_every_entry_can_be_found(key):
    fields = entries()[key].fields
    found = {kind: re.fullmatch(form, fields[kind]) for kind, form in FORMS.items() if kind in fields}
    assert found
    assert all(found.values())
    assert "isbn" not in fields or isbn_is_sound(fields["isbn"])
    assert fields["title"]
    # The key is the first author's name and the year, so that nobody has to look it up.
    name = re.sub(r"[^a-z]", "", entries()[key].persons["author"][0].last_names[0].lower())
    assert key == name + fields["year"]


@pytest.mark.parametrize("key", entries())
def test_a_work_at_arxiv_has_the_year_in_which_it_came_there(key):
    """Unless the entry says where it was printed, in the year that is named."""
    fields = entries()[key].fields
    if "eprint" in fields and not {"doi", "journal", "booktitle", "howpublished"} & set(fields):
        assert fields["year"][:4] == "20" + fields["eprint"][:2]


def test_entries_are_sorted_and_come_once():
    keys = re.findall(r"^@\w+\{([\w-]+),", REFERENCES.read_text(encoding="utf-8"), re.MULTILINE)
    assert keys == sorted(set(keys)) == list(entries())


# --- how a citation is written out

SMALL = """
@article{one2001, author = {Uno, Ana}, title = {Alone}, journal = {Journal_A}, year = {2001}, doi = {10.1000/a_1}}
@misc{two2002, author = {van der Due, Bo and Tre, Ci}, title = {Two}, year = {2002}, eprint = {2002.00001}}
@book{many2003, author = {Quattro, Di and Uno, Ana and Tre, Ci and Sei, Ed}, title = {Many}, publisher = {P},
  year = {2003}, doi = {10.1000/c}}
@inproceedings{page2004, author = {Cinque, Lu}, title = {At its printer's}, booktitle = {Talks}, year = {2004},
  isbn = {978-1-60558-907-7}, url = {https://icml.cc/a.pdf}}
@phdthesis{book2005, author = {Sette, Io}, title = {Bound}, school = {S}, year = {2005}, isbn = {978-0-471-59897-8}}
"""


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.bib"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("As in [@one2001].", "As in [Uno, 2001](https://doi.org/10.1000/a_1)."),
        ("([@two2002])", "([van der Due and Tre, 2002](https://arxiv.org/abs/2002.00001))"),
        ("[@many2003]", "[Quattro et al., 2003](https://doi.org/10.1000/c)"),
        ("[@page2004]", "[Cinque, 2004](https://icml.cc/a.pdf)"),
        ("[@book2005]", "[Sette, 2005](https://openlibrary.org/isbn/978-0-471-59897-8)"),
        ("No citation, an address a@b, a [link](x) and x[0].", "No citation, an address a@b, a [link](x) and x[0]."),
    ],
)
def test_a_citation_becomes_names_and_year(text, wanted, small):
    assert cite([text], small) == [wanted]


def test_the_list_holds_what_was_cited_once_and_in_order(small):
    *_, listed = cite(["[@two2002]", "[@one2001] and [@two2002]", "## Sources\n\n[@]"], small)
    assert listed.startswith("## Sources\n\n- ")
    lines = listed.splitlines()[2:]
    assert len(lines) == 2
    assert "Alone" in lines[0]
    assert lines[0].endswith("[doi.org/10.1000/a_1](https://doi.org/10.1000/a_1)")
    assert "Two" in lines[1]
    assert lines[1].endswith("[arxiv.org/abs/2002.00001](https://arxiv.org/abs/2002.00001)")


def test_the_list_names_at_most_three_authors(small):
    (listed,) = cite(["[@many2003][@]"], small)
    assert "Quattro" in listed
    assert "and others" in listed
    assert "Sei" not in listed


def test_writing_out_changes_no_entry(small):
    once, again = (cite(["[@one2001][@many2003][@]"], small) for _ in range(2))
    assert once == again
    assert address(entries(small)["one2001"]) == "https://doi.org/10.1000/a_1"
    assert len(entries(small)["many2003"].persons["author"]) == 4


def test_an_unknown_key_is_named(small):
    with pytest.raises(KeyError, match=r"nobody1999 is cited but is not in small\.bib"):
        cite(["[@one2001]", "[@nobody1999]"], small)


def test_cited_gives_each_key_once_in_order():
    assert cited(["[@b] [@a]", "[@]", "[@b] [@c-d]"]) == ["b", "a", "c-d"]
