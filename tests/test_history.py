"""The milestones: in order, each told in one sentence and with a source of its own."""

import re
from itertools import pairwise

import pytest

from course_lib.building.bibliography import address, entries
from course_lib.building.notebooks import ROOT
from course_lib.history import KINDS as MILESTONE_KINDS
from course_lib.history import MILESTONES, Milestone, told
from course_lib.history import milestone as read
from tests.witness import KINDS, without

pytestmark = without(KINDS, "it holds facts, each with its source, and computes nothing", Milestone, read, told)

# What chapter 16 promises to tell, by the source that each has here.
PROMISED = {
    "mcculloch1943",
    "hebb1949",
    "rosenblatt1958",
    "widrow1960",
    "linnainmaa1970",
    "werbos1974",
    "hopfield1982",
    "ackley1985",
    "mikolov2013",
    "mnih2013",
    "silver2016",
    "minsky1969",
    "fukushima1980",
    "rumelhart1986",
    "cybenko1989",
    "lecun1989",
    "bengio1994",
    "hochreiter1997",
    "lecun1998b",
    "hinton2006",
    "deng2009",
    "glorot2010",
    "nair2010",
    "hinton2012",
    "krizhevsky2017",
    "kingma2013",
    "goodfellow2014",
    "bahdanau2014",
    "kingma2015",
    "ioffe2015",
    "he2016",
    "vaswani2017",
    "radford2018",
    "devlin2018",
    "kaplan2020",
    "brown2020",
    "ho2020",
    "dosovitskiy2020",
    "hu2022",
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


# Works of one first author, at most three years apart, of which the course cites one and the history another.
DIFFERENT = {
    ("hinton2012", "hinton2015"): "dropout's first report; distillation",
    ("hinton2015", "hinton2012"): "distillation; dropout's first report",
    ("ho2020", "ho2022"): "diffusion; guidance without a classifier",
    ("kingma2013", "kingma2015"): "the variational autoencoder; Adam",
    ("kingma2015", "kingma2013"): "Adam; the variational autoencoder",
    ("lecun1998b", "lecun1998"): "LeNet-5; how to make backpropagation efficient",
    ("he2016", "he2015"): "residual networks; rectifiers and their initialization",
    ("he2016", "he2016b"): "residual networks; identity mappings in them",
    ("radford2018", "radford2021"): "GPT; CLIP",
    ("radford2019", "radford2021"): "GPT-2; CLIP",
    ("openai2022", "openai2023"): "ChatGPT; GPT-4",
}


def test_one_work_has_one_key():
    """What the bibliography has already is called here as there, and no key means two works."""
    wanted = {}
    for milestone in MILESTONES:
        author, year = re.fullmatch(r"([a-z]+)(\d{4})[a-z]?", milestone.source).groups()
        for key in set(entries()) - {milestone.source}:
            other, when = re.fullmatch(r"([a-z]+)(\d{4})[a-z]?", key).groups()
            if author == other and abs(int(year) - int(when)) <= 3:
                wanted[milestone.source, key] = milestone.name
    assert set(wanted) <= set(DIFFERENT)


# A word of the title that the bibliography has under the key.
TITLES = {
    "mcculloch1943": "logical calculus",
    "rosenblatt1958": "perceptron",
    "minsky1969": "Perceptrons",
    "ackley1985": "Boltzmann",
    "brown2020": "few-shot learners",
    "deng2009": "ImageNet",
    "hopfield1982": "collective",
    "lecun1989": "zip code",
    "mikolov2013": "word representations",
    "mnih2013": "Atari",
    "silver2016": "game of Go",
    "rumelhart1986": "back-propagating",
    "cybenko1989": "superpositions",
    "bengio1994": "difficult",
    "hochreiter1997": "Long short-term memory",
    "lecun1998b": "document recognition",
    "krizhevsky2017": "deep convolutional",
    "kingma2013": "variational",
    "goodfellow2014": "adversarial",
    "kingma2015": "Adam",
    "ioffe2015": "Batch normalization",
    "hinton2012": "co-adaptation",
    "hinton2015": "Distilling",
    "he2016": "residual",
    "devlin2018": "BERT",
    "bahdanau2014": "jointly learning to align",
    "vaswani2017": "attention is all you need",
    "kaplan2020": "Scaling laws",
    "ho2020": "diffusion probabilistic",
    "dosovitskiy2020": "16x16 words",
    "hoffmann2022": "compute-optimal",
    "ouyang2022": "follow instructions",
    "hebb1949": "Organization of Behavior",
    "fukushima1980": "Neocognitron",
    "hinton2006": "deep belief nets",
    "radford2021": "natural language supervision",
    "hu2022": "low-rank adaptation",
    "yao2023": "ReAct",
    "openai2023": "GPT-4",
    "dettmers2023": "QLoRA",
    "widrow1960": "Adaptive switching circuits",
    "werbos1974": "Beyond regression",
    "glorot2010": "difficulty of training",
    "nair2010": "Rectified linear units",
}


# Milestones whose report has no entry in the bibliography, since it has no reference that lasts.
UNPRINTED = {
    "linnainmaa1970": "a Master's thesis that was not printed; what was printed of it in 1976 is cited",
    "radford2018": "on its company's pages only",
    "radford2019": "on its company's pages only",
    "openai2022": "a service that was opened, told on its company's pages",
}


def test_each_milestone_is_in_the_bibliography_or_could_not_be():
    assert {milestone.source for milestone in MILESTONES} - set(entries()) == set(UNPRINTED)
    assert "linnainmaa1976" in entries()


def test_the_chapter_says_which_works_have_no_lasting_reference():
    text = " ".join((ROOT / "chapters/source/16-history.py").read_text(encoding="utf-8").split())
    said = text[text.index("Not seen for this chapter") :]
    assert all(name in said for name in ("Hebb", "Linnainmaa", "Werbos", "GPT,", "GPT-2", "ChatGPT"))


def test_the_key_is_that_of_the_work_that_is_told():
    both = {milestone.source for milestone in MILESTONES} & set(entries())
    assert both == set(TITLES)
    for key in both:
        assert TITLES[key].lower() in re.sub("[{}]", "", entries()[key].fields["title"]).lower()


@pytest.mark.parametrize("milestone", MILESTONES, ids=lambda m: m.source)
def test_each_is_one_sentence_with_its_source(milestone):
    """The key is the first author's name and the year, as in the bibliography."""
    assert re.fullmatch(r"[A-Z0-9][^.!?]*(\d\.\d[^.!?]*)*\.", milestone.new)
    assert len(milestone.new) <= 240
    first_author = re.split(r",|;| and ", milestone.who)[0].split()[-1].lower()
    author, year = re.fullmatch(r"([a-z]+)(\d{4})[a-z]?", milestone.source).groups()
    # Some are cited from where they were printed later: AlexNet five years, Adam, LoRA and ReAct one.
    assert author == first_author
    assert milestone.year <= int(year) <= milestone.year + 5
    assert int(year) == milestone.year or milestone.source in entries()
    assert milestone.name[0].isupper()
    assert not milestone.name.endswith(".")


@pytest.mark.parametrize("milestone", MILESTONES, ids=lambda m: m.source)
def test_each_says_where_its_work_is(milestone):
    """By the address that the bibliography has, where it has the work."""
    assert milestone.place
    if milestone.source in entries():
        assert milestone.place == address(entries()[milestone.source]).removeprefix("https://")
    assert milestone.chapter in {"", *(f"{n:02}" for n in range(17))}


def test_those_of_some_years_and_of_a_kind():
    assert [m.year for m in told(1943, 1958)] == [1943, 1949, 1958]
    assert told(1900, 2100) == MILESTONES
    assert {m.kind for m in MILESTONES} == set(MILESTONE_KINDS)
    assert all(m.kind == "theory" and m.year >= 1980 for m in told(1980, 2100, "theory"))
    assert told(1944, 1948) == ()


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="kind must be one of"):
        read("1990 | A thing | you1990 | fashion | | nowhere\nYou\nIt was new.")


def test_the_chapter_answers_what_its_timeline_says():
    """The longest pause of learning; what came in it; what language waited for."""
    learning = [m.year for m in told(0, 3000, "learning")]
    assert max((b - a, a, b) for a, b in pairwise(learning)) == (20, 1986, 2006)
    assert [m.year for m in told(1986, 2006, "theory")] == [1989, 1994]
    assert told(0, 3000, "language")[0].year == 2013


def test_older_works_that_the_course_cites_are_named():
    """The first report of rectified units is older than the milestone that made them known."""
    assert "fukushima1969" in entries()
    assert "1969" in next(m.new for m in MILESTONES if m.source == "nair2010")
