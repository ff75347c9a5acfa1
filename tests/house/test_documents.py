"""README and CONTRIBUTING tell the truth: what they link to is there, and what one looks for is found in one guess."""

import re

import pytest

from course_lib.building.notebooks import ROOT

DOCUMENTS = ["README.md", "CONTRIBUTING.md"]
LINK = re.compile(r"\]\(([^)\s]+)\)")
# A path in code marks, as `course_lib/page`; words with a star or a placeholder in them are patterns, and no paths.
PATH = re.compile(r"`((?:course_lib|chapters|tests|exercises|solutions)/[\w./-]*)`")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_and_paths_lead_somewhere(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    links = [link for link in LINK.findall(text) if not link.startswith(("https://", "#"))]
    paths = [path for path in PATH.findall(text) if "NN-" not in path and "slug" not in path]
    assert links
    assert [place for place in links + paths if not (ROOT / place).exists()] == []


def test_twenty_places_are_named():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    _, _, table = text.partition("**Where is …?**")
    rows = [line for line in table.partition("\n\n## ")[0].splitlines() if line.startswith("| ") and "](" in line]
    assert len(rows) >= 20
    assert all(len(LINK.findall(row)) == 1 for row in rows)


def test_every_room_is_described():
    """Each folder of course_lib has its row in CONTRIBUTING's table and its name in README's."""
    rooms = {path.parent.name for path in (ROOT / "course_lib").glob("*/__init__.py")}
    contributing, readme = ((ROOT / document).read_text(encoding="utf-8") for document in reversed(DOCUMENTS))
    assert {room for room in rooms if f"\n| `{room}` |" not in contributing} == set()
    assert {room for room in rooms if f"`{room}/`" not in readme and f"/{room}/`" not in readme} == set()
