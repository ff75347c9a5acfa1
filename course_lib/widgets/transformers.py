"""Widgets of chapter 10: how text becomes tokens, how the next one is chosen, and a token's way through a transformer.

Each takes the learner's own text and model, keeps its state in one dict, ``state``, which can be read and set, and is
drawn by Python; ``live.js`` sends what is typed, moved, pointed at ("cell") and clicked ("presses").
"""

import html
from functools import cache

import numpy as np

from course_lib import sampling
from course_lib.activations import softmax
from course_lib.data import topics
from course_lib.drawing import svg, token_boxes, token_rows, token_walk
from course_lib.drawing.palette import VERMILION
from course_lib.drawing.token_boxes import chosen, visible, written
from course_lib.experiments.transformers import CharacterCounts, sorter
from course_lib.tokens import BytePairTokenizer, words
from course_lib.widgets.live import LiveDemo, push_button, slider, text_field


class Tokenizer(LiveDemo):
    """A text in tokens, merge by merge: each pair that was learnt is drawn in where it stands.

    tokenizer: a ``BytePairTokenizer``; by default, 60 merges learnt from the text itself
    """

    name = "tokenizer"

    def __init__(self, tokenizer=None, text="the cat sat on the mat and that was that: thé end", merges=None):
        self.tokenizer = tokenizer
        most = 60 if tokenizer is None else len(tokenizer.merges)
        controls = [text_field("text", "text"), slider("merges", "merges", 0, max(most, 1))]
        super().__init__(controls, pins=True, text=text, merges=min(most, 12) if merges is None else merges)

    def tokens(self):
        """The tokens with so many merges, as [(token, its bytes, the word's number)], and the merges used."""
        text = str(self.state["text"])[:200]
        learnt = self.tokenizer or BytePairTokenizer.train(text, 256 + 60)
        some = BytePairTokenizer(learnt.merges[: self.number("merges")])
        found = [
            (int(token), some.pieces[token], k) for k, word in enumerate(words(text)) for token in some.encode(word)
        ]
        return found, some

    def draw(self):
        found, some = self.tokens()
        wide = 400 if self.narrow else 760
        text = str(self.state["text"])[:200].encode()
        height, drawn = token_boxes.token_boxes(found, text, self.state["cell"], wide)
        words_ = self._words(found, some)
        return svg.drawing(wide, height, drawn), html.escape(words_), words_

    def _words(self, found, some):
        text = str(self.state["text"])[:200]
        size = len(text.encode())
        told = f"{len(text)} characters, {size} bytes, {len(found)} tokens after {len(some.merges)} merges"
        told += f": {size / len(found):.2f} bytes a token." if found else "."
        if len(some.merges) < self.number("merges"):
            told += " After that no pair came twice."
        cell = str(self.state["cell"])
        if cell[:1] == "t" and cell[1:].isdigit() and int(cell[1:]) < len(found):
            token, piece, _ = found[int(cell[1:])]
            shown = written(piece)
            if token < 256:
                return f"{told} Token {token} is a byte: “{shown}”. No pair that it stands in has been merged yet."
            first, second = some.merges[token - 256]
            parts = [written(some.pieces[part]) for part in (first, second)]
            made = f"“{parts[0]}” ({first}) + “{parts[1]}” ({second})"
            return f"{told} Token {token}, “{shown}”, is merge {token - 255}: {made}."
        if some.merges:
            first, second = some.merges[-1]
            parts = [written(some.pieces[part]) for part in (first, second)]
            return f"{told} The last merge joins “{parts[0]}” and “{parts[1]}”."
        return f"{told} Nothing is merged: each token is a byte."


@cache
def _counts():
    """A small model for whoever brings none: the characters of a part of the language reference, counted."""
    return CharacterCounts(topics()[:60_000], 4)


class Sampling(LiveDemo):
    """The next token: logits, exponentials, probabilities, and what temperature, top-k and top-p leave of them.

    model: anything with ``texts``, those of its tokens, ``logits(text)`` and ``said(text)``, the tokens that stand in a
    text: a ``Writer``, or ``CharacterCounts``, which is taken where none is given
    """

    name = "sampling"
    rows = 12

    def __init__(self, model=None, text="The value of the expre", temperature=1.0, top_k=0, top_p=1.0, penalty=1.0):
        self.model = model or _counts()
        controls = [
            text_field("text", "text", 400),
            slider("temperature", "temperature", 0.1, 3.0, 0.1),
            slider("top_k", "top-k (0: all)", 0, self.rows),
            slider("top_p", "top-p", 0.05, 1.0, 0.05),
            slider("penalty", "penalty", 1.0, 3.0, 0.1),
            push_button("one", "draw one ▶"),
            push_button("ten", "draw ten ▶▶"),
            push_button("greedy", "take the likeliest"),
        ]
        self.rng = np.random.default_rng(0)
        start = {"temperature": temperature, "top_k": top_k, "top_p": top_p, "penalty": penalty}
        super().__init__(controls, text=text, **start)

    def logits(self):
        """As the model gives them; after penalty and temperature; and of these what is not cut off: (tokens,) each."""
        text = str(self.state["text"])
        plain = np.asarray(self.model.logits(text), float)
        changed = plain[None]
        said = self.model.said(text)
        if self.number("penalty") != 1 and len(said):
            changed = sampling.repetition_penalty(changed, np.asarray(said)[None], self.number("penalty"))
        changed = sampling.temperature(changed, self.number("temperature"))
        kept = sampling.top_k(changed, min(self.number("top_k") or len(plain), len(plain)))
        return plain, changed[0], sampling.top_p(kept, self.number("top_p"))[0]

    def press(self, what):
        if what in ("one", "ten", "greedy"):
            text = str(self.state["text"])
            for _ in range(10 if what == "ten" else 1):
                logits = self.logits()[-1]
                token = sampling.greedy(logits) if what == "greedy" else sampling.sample(logits, self.rng)
                text = (text + self.model.texts[int(token)])[-400:]
                self.set(text=text)
        elif what.startswith("token"):
            self.set(text=(str(self.state["text"]) + self.model.texts[int(what[5:])])[-400:])

    def draw(self):
        plain, changed, left = self.logits()
        chances = softmax(left)
        order = np.argsort(-changed, kind="stable")[: self.rows]
        places = token_rows.NARROW if self.narrow else token_rows.WIDE
        # What the exponentials are made from: the logits after the penalty, before they are divided.
        shown = changed * self.number("temperature")
        parts = [token_rows.heads(places, "logit" if np.allclose(shown, plain) else "logit, penalized")]
        lowest = shown[order].min()
        share = (shown - lowest) / max(float(shown[order].max() - lowest), 1e-9)
        # The largest exponential is drawn as 1: softmax does not care by what all of them are divided.
        e = np.exp(changed - changed.max())
        for row, token in enumerate(order):
            text = visible(self.model.texts[token])
            paper = "#EDF3F8" if self.state["cell"] == f"token{token}" else "#fff"
            numbers = shown[token], share[token], e[token], chances[token]
            parts.append(chosen(f"token{token}", token_rows.token_row(places, row, text, numbers, paper)))
        cut = _cut(order, left)
        if cut is not None:
            y = 33 + 22 * cut
            parts.append(svg.line(4, y, places[-1], y, VERMILION, 2, dashed=True))
            # Where the bar would begin that the first one below the line has no more.
            parts.append(svg.text(places[-3], y + 11, "✂ cut off", 11, VERMILION, "start"))
        told = _told_of(self, left, chances)
        top, lines = token_rows.text_lines(visible(str(self.state["text"])), self.narrow)
        wide, high = 400 if self.narrow else 760, top + 44 + 22 * self.rows
        moved = f'<g transform="translate(0 {top})">{"".join(parts)}</g>'
        return svg.drawing(wide, high, lines, moved), html.escape(told), told


def _cut(order, left):
    """After how many of the rows the cut-off line lies; None where nothing that is shown is cut off."""
    alive = np.isfinite(left[order])
    return None if alive.all() or not np.array_equal(alive, np.sort(alive)[::-1]) else int(alive.sum())


def _told_of(demo, left, chances):
    count = int(np.isfinite(left).sum())
    best = int(np.argmax(chances))
    bits = abs(float(np.sum(chances[chances > 0] * np.log2(chances[chances > 0]))))
    told = f"After “{visible(str(demo.state['text'])[-30:])}”: {count} of {len(left)} tokens may come; "
    name = visible(demo.model.texts[best])
    told += f"the likeliest, “{name}”, has {chances[best]:.1%}; chance decides {bits:.2f} bits."
    cell = str(demo.state["cell"])
    if cell.startswith("token") and cell[5:].isdigit() and int(cell[5:]) < len(left):
        token = int(cell[5:])
        if not np.isfinite(left[token]):
            return f"{told} “{visible(demo.model.texts[token])}” is cut off: its probability is 0."
        top = left[np.isfinite(left)].max()
        return (
            f"{told} “{visible(demo.model.texts[token])}”: e^({svg.signed(left[token] - top)}) divided by the sum "
            f"of all that may come, {np.exp(left - top).sum():.2f}, is {chances[token]:.3f}."
        )
    return told


class TransformerWalk(LiveDemo):
    """A token's way through a GPT, table by table: point at a cell for its formula and what it is made from.

    model, tokenizer: a ``GPT`` and what turns text into its tokens; without them, a small one that sorts letters
    """

    name = "transformer_walk"

    def __init__(self, model=None, tokenizer=None, text=None, stage=3):
        self.model, self.tokenizer = model, tokenizer
        self.sorts = model is None
        if self.sorts:
            self.model = sorter()
        tokens, _ = self._read("CBABBC" if text is None else text)
        last = len(list(token_walk.stages(self.model, tokens, self._texts()))) - 1
        self.asked = False
        controls = [
            text_field("text", "letters A, B, C" if self.sorts else "text", 60),
            slider("stage", "stage", 0, last),
            push_button("back", "◀ back"),
            push_button("next", "next ▶"),
        ]
        if self.sorts:
            controls.append(push_button("write", "write a letter"))
        start = {"text": "CBABBC" if text is None else text, "stage": min(stage, last), "acted": False}
        super().__init__(controls, pins=True, **start)

    def _texts(self):
        return ["A", "B", "C"] if self.sorts else [written(piece) for piece in self.tokenizer.pieces]

    def letters(self, text=None):
        text = self.state["text"] if text is None else text
        return "".join(c for c in str(text).upper() if c in "ABC")

    def _read(self, text):
        """The text's tokens, at most twelve, and their labels."""
        text = str(text)
        if self.sorts:
            letters = list(self.letters(text))[: self.model.context] or ["A"]
            return np.array(["ABC".index(c) for c in letters]), letters
        tokens = self.tokenizer.encode(text or " ")[-min(self.model.context, token_walk.MOST_ROWS) :]
        return tokens, [written(self.tokenizer.pieces[token]) for token in tokens]

    def press(self, what):
        stage = self.number("stage")
        if what == "back":
            self.set(stage=max(stage - 1, 0), cell="")
        elif what == "next" and not self.state["acted"]:
            self.asked = True
            self._answer()
        elif what == "next":
            self.set(stage=min(stage + 1, self._last()), acted=False, cell="")
        elif what == "write":
            tokens, labels = self._read(self.state["text"])
            if 6 <= len(self.letters()) <= self.model.context:
                best = self.model.forward(tokens[None])[0, -1].argmax()
                self.set(text="".join(labels) + "ABC"[int(best)])
        elif "," in what:
            self.asked = False
            self.set(cell=what, acted=True)

    def _last(self):
        return next(spec["max"] for spec in self.controls if spec["name"] == "stage")

    def draw(self):
        tokens, labels = self._read(self.state["text"])
        found = list(token_walk.stages(self.model, tokens, self._texts()))
        stage = found[self.number("stage")]
        cell = self._cell(stage)
        formula, _ = stage.arithmetic(*cell)
        value = stage.table[cell]
        shown = svg.signed(float(value)) if np.isfinite(value) else "−∞"
        where = f"{stage.name}, row {cell[0] + 1} (“{labels[cell[0]]}”), column {cell[1] + 1}"
        heads = labels if stage.name.startswith(("scores", "weights")) else stage.columns
        where += f" (“{heads[cell[1]]}”)" if heads else ""
        told = f"{_told_first(self, tokens, stage.name)}{where}: {shown} {formula}. {stage.lesson}"
        if not self.state["acted"] and self.number("stage") < self._last():
            told += " Click a cell that interests you; then “next” goes on."
        least = 0 if self.narrow else max(token_walk.height(some, labels) for some in found)
        return token_walk.picture(stage, labels, cell, self.narrow, least), html.escape(told), told

    def _cell(self, stage):
        """The chosen cell, or that of the last row which is the largest."""
        rows, columns = stage.table.shape
        parts = str(self.state["cell"]).split(",")
        if len(parts) == 2 and all(part.isdigit() for part in parts):
            return min(int(parts[0]), rows - 1), min(int(parts[1]), min(columns, token_walk.MOST_COLUMNS) - 1)
        last = np.where(np.isfinite(stage.table[-1]), stage.table[-1], -np.inf)[: token_walk.MOST_COLUMNS]
        return rows - 1, int(last.argmax())


def _told_first(demo, tokens, name):
    """What of the text is not read, and what a button waits for."""
    told, most = "", demo.model.context
    if demo.sorts:
        letters = demo.letters()
        if letters != str(demo.state["text"]).upper():
            told += "Only A, B and C are read. "
        if len(letters) < 6:
            told += "It has learnt to sort six letters: type six, and it can write. "
        if len(letters) > most:
            told += f"It reads {most} letters and writes one more: here are the first {most}. "
    elif len(tokens) < len(demo.tokenizer.encode(str(demo.state["text"]))):
        told += f"Only the last {len(tokens)} tokens are read. "
    if demo.asked:
        told += f"First click a cell of “{name}”: then “next” goes on. "
    return told
