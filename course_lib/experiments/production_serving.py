"""What chapter 15 finds out about a reader that is about to be served, and while it is: behaviour, traffic, waiting."""

import html

import numpy as np

from course_lib.experiments.production import SHIFTS, shifted
from course_lib.serving.canary import Canary

# --- tests of behaviour


def behaviour(read, x, y):
    """What a reader does where accuracy does not look: {test: share passed}. read: (n, 8, 8) → (n, 10) probabilities

    Only digits that it reads rightly as they are count, but for the last.
    """
    said = read(x).argmax(axis=1)
    x_right, y_right = x[said == y], y[said == y]

    def stays(changed):
        return float(np.mean(read(changed).argmax(axis=1) == y_right))

    ink = np.arange(len(x_right))
    promise, half_gone = read(x_right)[ink, y_right], read(_without_lower_half(x_right))[ink, y_right]
    return {
        "invariance: half as dark": stays(0.5 * x_right),
        "invariance: one pixel": min(stays(shifted(x_right, *by)) for by in SHIFTS),
        "direction: half erased": float(np.mean(half_gone < promise)),
        "minimum: each digit's mean": float(np.mean(read(_means(x, y)).argmax(axis=1) == np.arange(10))),
        "minimum: the worst digit": min(float(np.mean(said[y == digit] == digit)) for digit in range(10)),
    }


def _without_lower_half(x):
    x = x.copy()
    x[:, 4:] = 0
    return x


def _means(x, y):
    return np.stack([x[y == digit].mean(axis=0) for digit in range(10)])


# --- a model card


def model_card(name, models, read, x, y):
    """What a stranger needs to know of a registered model, as Markdown; its numbers are measured now.

    models: as ``Registry.models`` gives them   read: (n, 8, 8) → (n, 10) probabilities   x, y: unseen digits
    """
    said, settings = read(x).argmax(axis=1), models[name]["settings"]
    digit = [f"- {k}: {np.mean(said[y == k] == k):.0%} of {np.sum(y == k)}" for k in range(10)]
    tests = [f"- {test}: {share:.0%}" for test, share in behaviour(read, x, y).items()]
    parts = {
        "Model": f"{name}: " + ", ".join(f"{key} {value}" for key, value in sorted(settings.items())),
        "Intended use": "Reading single handwritten digits, 8 × 8 pixels from 0 (paper) to 1 (ink), in this course.",
        "Not for": "Letters, several digits, other sizes; anything where a wrong digit does harm.",
        "Trained on": "1,077 scanned digits by people who also wrote the test digits (UCI, 1998).",
        "Tested": f"{np.mean(said == y):.1%} of {len(y)} unseen digits read rightly.\n" + "\n".join(tests),
        "By digit": "\n".join(digit),
        "Limits": "Unseen pictures, but no unseen hands. What no digit is, it reads as a digit all the same.",
    }
    return "\n\n".join(f"## {title}\n{text}" for title, text in parts.items())


def as_html(card):
    """The card for the page: headings bold, all else as it is."""
    lines = (html.escape(line) for line in card.splitlines())
    return "<br>".join(f"<b>{line[3:]}</b>" if line.startswith("## ") else line for line in lines)


# --- traffic


def ask_until_verdict(client, x, y, most=3000):
    """One digit a request, and the truth about each answer. Returns the verdict, and [(model, was wrong)] in order.

    Digits are drawn by chance: in turn, every fifth one of 360 would be the same 72 again and again.
    """
    heard, verdict, rng = [], "wait", np.random.default_rng(0)
    while verdict == "wait" and len(heard) < most:
        k = rng.integers(len(x))
        answer = client.read(x[k : k + 1])
        verdict = client.truth(answer["request"], y[k : k + 1])["verdict"]
        heard.append((answer["model"], answer["digits"][0] != y[k]))
    return verdict, heard


def apart_by_answer(heard, old):
    """How many standard errors the new model lay above the old one after each of the answers heard."""
    canary, z = Canary(), []
    for name, wrong in heard:
        canary.hear("old" if name == old else "new", wrong)
        z.append(canary.apart() if all(canary.judged.values()) else 0.0)
    return np.array(z)


# --- waiting


def waits(load, most, requests=4000, fixed=1.0, each=0.05, seed=0):
    """From arrival to answer, for each request: a computer answers up to ``most`` of those that wait at once.

    A batch of n keeps it busy for fixed + each · n. load: requests for each unit of time, arriving by chance
    """
    arrivals = np.cumsum(np.random.default_rng(seed).exponential(1 / load, requests))
    free, first, done = 0.0, 0, np.empty(requests)
    while first < requests:
        begin = max(free, arrivals[first])
        last = min(first + most, np.searchsorted(arrivals, begin, side="right"))
        free = begin + fixed + each * (last - first)
        done[first:last], first = free, last
    return done - arrivals
