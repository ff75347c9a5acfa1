"""The milestones: in order, each told in one sentence and with a source of its own."""

import re

import pytest

from course_lib.history import MILESTONES, Milestone
from tests.witness import KINDS, without

pytestmark = without(KINDS, "it holds facts, each with its source, and computes nothing", Milestone)

# What chapter 16 promises to tell, by the source that each has here.
PROMISED = {
    "mcculloch1943",
    "hebb1949",
    "rosenblatt1958",
    "minsky1969",
    "fukushima1980",
    "rumelhart1986",
    "cybenko1989",
    "lecun1989",
    "bengio1994",
    "hochreiter1997",
    "lecun1998",
    "hinton2006",
    "deng2009",
    "glorot2010",
    "nair2010",
    "hinton2012",
    "krizhevsky2012",
    "kingma2013",
    "goodfellow2014",
    "bahdanau2014",
    "kingma2014",
    "ioffe2015",
    "he2015",
    "vaswani2017",
    "radford2018",
    "devlin2018",
    "kaplan2020",
    "brown2020",
    "ho2020",
    "dosovitskiy2020",
    "hu2021",
    "ouyang2022",
    "openai2022",
    "openai2023",
}


def test_they_are_in_order_and_come_once():
    years = [milestone.year for milestone in MILESTONES]
    assert years == sorted(years)
    for column in ("name", "new", "source"):
        assert len({getattr(milestone, column) for milestone in MILESTONES}) == len(MILESTONES)


def test_what_the_chapter_promises_is_there():
    assert not PROMISED - {milestone.source for milestone in MILESTONES}


@pytest.mark.parametrize("milestone", MILESTONES, ids=lambda m: m.source)
def test_each_is_one_sentence_with_its_source(milestone):
    """The key is the first author's name and the year, as in the bibliography."""
    assert re.fullmatch(r"[A-Z0-9][^.!?]*(\d\.\d[^.!?]*)*\.", milestone.new)
    assert len(milestone.new) <= 240
    first_author = re.split(r",|;| and ", milestone.who)[0].split()[-1].lower()
    assert milestone.source == f"{first_author}{milestone.year}"
    assert milestone.name[0].isupper()
    assert not milestone.name.endswith(".")
