"""How surely chapter 00's claims hold: its network, trained with ten seeds. ``python -m tests.bench.digit_reader``

The chapter's own cells are run, so this cannot drift from what a learner runs. Besides its claims it measures how
many digits are read right that a hand of our own has drawn: 3 styles a digit, 20 drawings a style.
"""

import contextlib
import io
import time
from pathlib import Path
from unittest import mock

import jupytext
import numpy as np

from course_lib.start_here import accuracy, picture_of

CHAPTER = Path(__file__).resolve().parents[2] / "chapters/source/00-start-here.py"
SEED = "keras.utils.set_random_seed(0)"
# Cells that only show something: figures, widgets and checks.
SHOWS = ("plot_", "widgets", "check.", "progress_map")
SEEDS, DRAWINGS = range(10), 20


def arc(x, y, rx, ry, start, end):
    """Points of an ellipse around (x, y); degrees: 0 is right, 90 is down, because y points down."""
    t = np.radians(np.linspace(start, end, 24))
    return np.stack([x + rx * np.cos(t), y + ry * np.sin(t)], axis=1)


def stroke(*parts):
    """One stroke of the pen through arcs and single points."""
    return np.concatenate([np.reshape(part, (-1, 2)) for part in parts])


def ring(x, y, rx, ry, start=-90):
    return arc(x, y, rx, ry, start, start + 360)


# Three ways to write each digit, each a list of strokes in a square from 0 to 1.
HANDS = {
    0: [[ring(0.5, 0.5, 0.32, 0.5)], [ring(0.5, 0.5, 0.25, 0.5, -60)], [arc(0.5, 0.5, 0.36, 0.48, -70, 270)]],
    1: [
        [stroke((0.5, 0), (0.5, 1))],
        [stroke((0.3, 0.25), (0.52, 0), (0.52, 1))],
        [stroke((0.3, 0.25), (0.5, 0), (0.5, 1)), stroke((0.28, 1), (0.72, 1))],
    ],
    2: [
        [stroke(arc(0.5, 0.27, 0.28, 0.27, -170, 40), (0.2, 1), (0.82, 1))],
        [stroke(arc(0.48, 0.25, 0.26, 0.25, -150, 20), (0.45, 0.7), (0.2, 0.97), (0.85, 0.95))],
        [stroke((0.2, 0.08), arc(0.55, 0.25, 0.25, 0.25, -90, 50), (0.2, 1), (0.8, 1))],
    ],
    3: [
        [stroke(arc(0.47, 0.24, 0.27, 0.24, -150, 90), arc(0.47, 0.74, 0.31, 0.26, -90, 150))],
        [stroke((0.2, 0), (0.75, 0), (0.42, 0.4), arc(0.45, 0.7, 0.32, 0.3, -90, 150))],
        [stroke(arc(0.45, 0.26, 0.3, 0.26, -130, 70), (0.4, 0.5), arc(0.45, 0.74, 0.34, 0.26, -70, 130))],
    ],
    4: [
        [stroke((0.6, 0), (0.12, 0.65), (0.9, 0.65)), stroke((0.65, 0.3), (0.65, 1))],
        [stroke((0.2, 0), (0.17, 0.5), (0.82, 0.5)), stroke((0.75, 0.05), (0.7, 1))],
        [stroke((0.85, 0.62), (0.12, 0.62), (0.65, 0), (0.65, 1))],
    ],
    5: [
        [stroke((0.8, 0), (0.25, 0), (0.22, 0.42), arc(0.45, 0.69, 0.32, 0.31, -110, 140))],
        [stroke((0.25, 0), (0.22, 0.45), arc(0.45, 0.68, 0.33, 0.32, -100, 130)), stroke((0.25, 0), (0.8, 0))],
        [stroke((0.78, 0), (0.32, 0.02), (0.24, 0.4), (0.5, 0.4), arc(0.48, 0.7, 0.28, 0.3, -80, 120))],
    ],
    6: [
        [stroke(arc(0.9, 0.66, 0.68, 0.66, -115, -180), arc(0.5, 0.72, 0.28, 0.28, 180, -180))],
        [stroke((0.62, 0), (0.3, 0.5), arc(0.5, 0.72, 0.27, 0.28, -160, -520))],
        [stroke((0.4, 0), (0.25, 0.6), arc(0.5, 0.74, 0.25, 0.26, 180, -150))],
    ],
    7: [
        [stroke((0.15, 0), (0.85, 0), (0.4, 1))],
        [stroke((0.15, 0), (0.85, 0), (0.45, 1)), stroke((0.3, 0.5), (0.8, 0.5))],
        [stroke((0.15, 0.15), (0.17, 0), (0.82, 0), (0.55, 0.5), (0.5, 1))],
    ],
    8: [
        [stroke(arc(0.5, 0.24, 0.24, 0.24, 90, 450), arc(0.5, 0.74, 0.3, 0.26, -90, 270))],
        [ring(0.5, 0.25, 0.23, 0.25), ring(0.5, 0.75, 0.27, 0.25)],
        [
            stroke(
                (0.75, 0.15),
                arc(0.5, 0.22, 0.24, 0.22, -40, -230),
                (0.7, 0.62),
                arc(0.5, 0.77, 0.26, 0.23, -20, 200),
                (0.68, 0.3),
                (0.75, 0.15),
            )
        ],
    ],
    9: [
        [stroke(arc(0.5, 0.27, 0.27, 0.27, 0, -360), (0.75, 1))],
        [stroke(arc(0.5, 0.27, 0.27, 0.27, 0, -360), (0.77, 0.75), arc(0.5, 0.76, 0.27, 0.24, 0, 130))],
        [stroke(arc(0.48, 0.28, 0.26, 0.26, -20, -380), (0.5, 1))],
    ],
}


def drawn():
    """The hand's digits as the pad would see them: pictures (600, 8, 8) and labels (600,)."""
    rng = np.random.default_rng(0)
    pictures, labels = [], []
    for digit, styles in HANDS.items():
        for strokes in styles * DRAWINGS:
            width, slant, turn = rng.normal([1, 0, 0], [0.12, 0.15, 0.07])
            change = np.array([[width, slant], [turn, 1]])
            pictures.append(picture_of([s @ change.T + rng.normal(0, 0.01, s.shape) for s in strokes]))
            labels.append(digit)
    return np.stack(pictures), np.array(labels)


def cells():
    """The chapter's code cells up to its last claim, without those that only show something."""
    code = [cell.source for cell in jupytext.read(CHAPTER).cells if cell.cell_type == "code"]
    assert sum(SEED in source for source in code) == 1, "the chapter must set its seed once, with " + SEED
    return [source for source in code if not any(word in source for word in SHOWS)]


def measured(seed, x, y):
    """Run the chapter with another seed: the numbers behind its claims, and the claims that did not hold."""
    names, failed, seconds = {}, [], 0.0
    recorded = mock.patch("course_lib.page.claim", lambda sentence, holds: holds or failed.append(sentence))
    with recorded, contextlib.redirect_stdout(io.StringIO()):
        for source in cells():
            start = time.perf_counter()
            exec(source.replace(SEED, f"keras.utils.set_random_seed({seed})"), names)
            seconds += (time.perf_counter() - start) * ("model.fit(" in source)
    labels, shares = names["digits"].y_test, names["shares_swapped"]
    return {
        "seconds": seconds,
        "the rule": names["by_rule"],
        "untrained": names["untrained"],
        "test": accuracy(labels, names["readings"]),
        "swapped": accuracy(labels, shares.argmax(axis=1)),
        "sure": float((shares.max(axis=1) > 0.5).mean()),
        "repaired": float((names["repaired"] == names["readings"]).mean()),
        "drawn": accuracy(y, names["model"].predict(x, verbose=0).argmax(axis=1)),
    }, failed


def main():
    x, y = drawn()
    rows = []
    for seed in SEEDS:
        row, failed = measured(seed, x, y)
        rows.append(list(row.values()))
        if seed == 0:
            print("".join(f"{name:>11}" for name in ("seed", *row)))
        print("".join([f"{seed:>11}", *(f"{value:11.4f}" for value in rows[-1])]), *failed, flush=True)
    for name, statistic in ("minimum", np.min), ("median", np.median), ("maximum", np.max):
        print("".join([f"{name:>11}", *(f"{value:11.4f}" for value in statistic(rows, axis=0))]))


if __name__ == "__main__":
    main()
