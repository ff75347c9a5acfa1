"""Pictures with words: none without them, and the same file each time."""

import io
import os
import re
import subprocess
import sys

import matplotlib.pyplot as plt
import pytest
from PIL import Image

from course_lib.page import show
from course_lib.page.pictures import picture_bundle, png


@pytest.fixture
def displayed(monkeypatch):
    """What would have been displayed, and no figure left from another test."""
    seen = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: seen.append(bundle) if raw else None)
    plt.close("all")
    yield seen
    plt.close("all")


@pytest.mark.parametrize("alt", ["", "  \n"])
def test_no_figure_is_shown_without_words(alt, displayed):
    plt.plot([1, 2])
    with pytest.raises(ValueError, match="alt is empty; say in a sentence"):
        show(alt)
    assert not displayed


def test_alt_is_escaped_and_kept_as_plain_text(displayed):
    alt = """A "quoted" curve: x < 1 & y > 2, it's <b>bold</b>"""
    plt.plot([1, 2])
    show(alt)
    (bundle,) = displayed
    assert bundle["text/plain"] == alt
    written = re.search(r'alt="([^"]*)"', bundle["text/html"])[1]
    assert written == "A &quot;quoted&quot; curve: x &lt; 1 &amp; y &gt; 2, it&#x27;s &lt;b&gt;bold&lt;/b&gt;"
    assert bundle["text/html"].count("<") == 1


def test_words_in_several_lines_are_one_paragraph(displayed):
    plt.plot([1, 2])
    show("""A line that
    rises.""")
    assert displayed[0]["text/plain"] == "A line that rises."


def test_a_figure_is_shown_once_and_closed(displayed):
    figure = plt.figure(figsize=(3, 2))
    kept = plt.figure()
    show("An empty sheet.", figure)
    assert 'width="300"' in displayed[0]["text/html"]
    assert plt.get_fignums() == [kept.number]
    show("The current one, since none is named.")
    assert plt.get_fignums() == []
    assert len(displayed) == 2


def test_the_picture_shown_is_the_figure(displayed):
    def drawn():
        figure, axes = plt.subplots(figsize=(2, 1))
        axes.plot([1, 2])
        return figure

    content = png(drawn())
    show("A line.", drawn())
    assert displayed == [picture_bundle(content, "image/png", "A line.", 200)]
    picture = Image.open(io.BytesIO(content))
    assert picture.size == (320, 160)
    assert not {"Software", "Creation Time", "date"} & set(picture.info)


def test_a_figure_is_the_same_file_in_every_process():
    code = """
import hashlib
import numpy as np
import matplotlib.pyplot as plt
from course_lib.page.pictures import png
from course_lib.plots import points
figure, axes = plt.subplots()
axes.plot(np.sin(np.arange(50)), label="a line")
points(axes, np.random.default_rng(0).normal(size=(40, 2)), np.arange(40) % 3, "abc")
axes.set(title="Words", xlabel="x₁")
axes.legend()
print(hashlib.sha256(png(figure)).hexdigest(), hashlib.sha256(png(figure)).hexdigest())
"""
    seen = set()
    for seed in "12":
        settings = {**os.environ, "PYTHONHASHSEED": seed, "MPLBACKEND": "agg"}
        run = subprocess.run([sys.executable, "-c", code], env=settings, capture_output=True, text=True, check=True)
        seen.update(run.stdout.split())
    assert len(seen) == 1
