"""The pages about the whole course: what is stored is what its sources say, and every link of theirs leads on."""

import re

import pytest

from course_lib.building import bibliography, glossary, pages
from course_lib.building.notebooks import ROOT, WHOLE_COURSE
from course_lib.lab import copies

LINK = re.compile(r"\]\(((?!https:)[^)\s]+)\)")
PAGES = sorted((ROOT / "chapters").glob("*.md"))
SOURCES = sorted((ROOT / "chapters/source").glob("*.py"))


def test_the_pages_are_what_their_sources_say():
    """Else: ``make notebooks``."""
    for path, text in pages.pages(ROOT).items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is not up to date: make notebooks"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_their_links_lead_to_notebooks(path):
    links = LINK.findall(path.read_text(encoding="utf-8"))
    assert len(links) >= len(SOURCES) - 1
    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_learners_copy_of_them_leads_to_her_copies(path, tmp_path):
    copies.bring_up_to_date(ROOT, tmp_path)
    copy = tmp_path / "chapters" / path.name
    links = LINK.findall(copy.read_text(encoding="utf-8"))
    assert [link for link in links if not (copy.parent / link).exists()] == []


def test_each_term_of_the_glossary_leads_to_the_chapter_that_introduces_it():
    for line, (_, chapter, _) in zip(_entries(), glossary.entries(), strict=True):
        [link] = LINK.findall(line.partition("):")[0] + ")")
        assert link.startswith(f"{chapter}-")
        assert (ROOT / "chapters" / link).exists()


def _entries():
    lines = glossary.GLOSSARY.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith("- ")]


def test_every_chapter_leads_to_all_of_them():
    assert sorted(LINK.findall(WHOLE_COURSE)) == [path.name for path in PAGES]


def test_every_exercise_is_listed_with_its_minutes_and_points():
    for path in sorted((ROOT / "solutions/source").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        found = pages.exercises(text)
        assert [one["number"] for one in found] == list(range(1, text.count("\n# ### Exercise ") + 1))
        assert {one["kind"] for one in found} <= {"implement", "build", "predict", "diagnose"}
        assert all(1 <= one["stars"].count("★") <= 5 for one in found)
        head = text.partition("\n# ### Exercise 1 ")[0]
        said = [int(number) for number in re.findall(r"(\d+)\s+(?:# )?(?:points|minutes)", head)]
        totals = {sum(one[name] for one in found) for name in ("minutes", "points")}
        assert set(said) <= totals, f"{path.stem} promises {said}; its exercises come to {totals}"


def test_every_work_of_the_bibliography_is_listed():
    text = (ROOT / "chapters/bibliography.md").read_text(encoding="utf-8")
    assert text.count("\n- ") == len(bibliography.entries())


def test_every_chapter_but_those_of_words_shows_a_widget():
    assert all(pages.shown(path.read_text(encoding="utf-8")) for path in SOURCES)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("widgets.Kernel(place=(2, 5))", ["Kernel"]),
        ("demo = widgets.ForwardPass(layer=1)", ["ForwardPass"]),
        ("# choose. (`widgets.Kernel(picture)` takes your own.)", ["Kernel"]),
        ("playground = Playground()", ["Playground"]),
        ("widgets.machine_report()", []),
    ],
)
def test_a_widget_is_recognized_as_chapters_show_it(line, names):
    assert pages.shown(f"words\n{line}\nwords") == names
