"""A token's way through a GPT: each stage as a table, and of each cell its arithmetic and what it is made from."""

from typing import NamedTuple

import numpy as np

from course_lib.activations import softmax
from course_lib.attention import causal_mask
from course_lib.drawing import svg
from course_lib.drawing.palette import INK, VERMILION

# What is shown of a table, so that it fits a page.
MOST_ROWS, MOST_COLUMNS = 12, 24


class Stage(NamedTuple):
    """One table, and the tables that it is made from.

    name: what stands above it   table: (rows, columns)   sources: {name: table}
    arithmetic: from (row, column) to its formula with numbers, and {name of a source: (rows, columns) that it uses}
    rows, columns: labels, of which there may be none   lesson: what there is to be seen
    """

    name: str
    table: np.ndarray
    sources: dict
    arithmetic: callable
    lesson: str
    columns: tuple = ()


def number(value):
    return svg.signed(float(value))


def stages(model, tokens, texts):
    """All stages of a ``GPT`` on some tokens. tokens: (time,)   texts: those of the vocabulary, for the logits"""
    tokens = np.asarray(tokens)
    words, places = model.embeddings[0].params["embeddings"], model.embeddings[1].params["embeddings"]
    x = words[tokens]
    yield Stage(
        "embedding",
        x,
        {},
        lambda r, c: (f"= E[{tokens[r]}, {c}], looked up: the row of its token in a learnt table", {}),
        "Each token is looked up in a table. Equal tokens have equal rows.",
    )
    yield _added("+ position", x, "embedding", places[: len(tokens)], "position", "Now equal tokens differ by place.")
    x = x + places[: len(tokens)]
    name = "+ position"
    for b, block in enumerate(model.blocks, start=1):
        attend, think = block.layers
        yield from _attention(attend, x, name, b)
        y = x + attend.layer.forward(attend.norm.forward(x[None]))[0]
        name = f"x + attention {b}"
        yield from _thinking(think, y, name, b)
        x = y + think.layer.forward(think.norm.forward(y[None]))[0]
        name = f"x + dense {b}"
    yield from _head(model.head, x, name, texts)


def _attention(sublayer, x, name, b):
    z = sublayer.norm.forward(x[None])[0]
    yield _normed(f"norm {b}a", z, x, name)
    attention = sublayer.layer
    attention.forward(z[None])
    q, k, v = (array[0] for array in attention.cache)
    for h in range(len(q)):
        scores = q[h] @ k[h].T / np.sqrt(q.shape[-1])
        scores = np.where(causal_mask(len(z)), scores, -np.inf)
        yield Stage(f"scores {b}, head {h + 1}", scores, {"queries": q[h], "keys": k[h]}, _score(q[h], k[h]), SCORES)
        weights = softmax(scores)
        yield Stage(f"weights {b}, head {h + 1}", weights, {"scores": scores}, _share(scores, weights), WEIGHTS)
        mixed = weights @ v[h]
        yield Stage(
            f"average {b}, head {h + 1}", mixed, {"weights": weights, "values": v[h]}, _product(weights, v[h]), MIXED
        )
    y = attention.forward(z[None])[0]
    yield _added(f"x + attention {b}", x, name, y, "what the heads say", PATH)


def _thinking(sublayer, y, name, b):
    z = sublayer.norm.forward(y[None])[0]
    yield _normed(f"norm {b}b", z, y, name)
    first = sublayer.layer.layers[0]
    kernel, bias = first.params["kernel"], first.params["bias"]
    hidden = np.maximum(z @ kernel + bias, 0)
    yield Stage(f"hidden {b}", hidden, {f"norm {b}b": z}, _dense(z, kernel, bias, relu=True), HIDDEN)
    yield _added(f"x + dense {b}", y, name, sublayer.layer.forward(z[None])[0], "what the dense layers say", PATH)


def _head(head, x, name, texts):
    norm, last = head.layers
    z = norm.forward(x[None])[0]
    yield _normed("last norm", z, x, name)
    logits = last.forward(z[None])[0][:, : len(texts)]
    kernel, bias = last.params["kernel"], last.params["bias"]
    best = np.argsort(-logits[-1], kind="stable")[:MOST_COLUMNS] if len(texts) > MOST_COLUMNS else np.arange(len(texts))
    labels = tuple(texts[token] for token in best)
    yield Stage("logits", logits[:, best], {"last norm": z}, _dense(z, kernel[:, best], bias[best]), LOGITS, labels)
    shown = softmax(logits)[:, best]
    yield Stage("probabilities", shown, {"logits": logits[:, best]}, _share(logits, shown, best), CHANCES, labels)


SCORES = "Who matches whom: a query times a key. Grey is what comes later: it is not there to be looked at."
WEIGHTS = "Softmax makes shares of a row's scores: each row sums to 1."
MIXED = "Each position takes an average of the values, weighted by its row of shares."
PATH = "Added to what was there: the path itself stays free."
HIDDEN = "A dense layer with ReLU, on every position alone: no row sees another."
LOGITS = "A number for each token that may come next. Only the last row is needed for the next one."
CHANCES = "Softmax again: for each position, how likely each next token is."


def _added(name, x, x_name, y, y_name, lesson):
    def arithmetic(r, c):
        place = [r], [c]
        return f"≈ {number(x[r, c])} + {number(y[r, c])}", {x_name: place, y_name: place}

    return Stage(name, x + y, {x_name: x, y_name: y}, arithmetic, lesson)


def _normed(name, z, x, x_name):
    def arithmetic(r, c):
        mean, spread = x[r].mean(), np.sqrt(x[r].var() + 1e-3)
        formula = f"≈ γ ({number(x[r, c])} − {number(mean)}) / {number(spread)} + β, with its row's mean and spread"
        return formula, {x_name: ([r], range(x.shape[1]))}

    return Stage(name, z, {x_name: x}, arithmetic, "Layer normalization: each row by its own mean and spread.")


def _largest(a, b, most=4):
    """The sum of products of two rows, with the terms that matter most, and in which order they stand."""
    order = np.sort(np.argsort(-np.abs(a * b), kind="stable")[:most])
    return " + ".join(f"{number(a[i])}·{number(b[i])}" for i in order) + " + …" * (len(a) > most)


def _score(q, k):
    def arithmetic(r, c):
        if c > r:
            return f"−∞: position {c + 1} comes after position {r + 1}, and is masked", {}
        return f"≈ ({_largest(q[r], k[c])}) / √{q.shape[1]}", {"queries": ([r], range(99)), "keys": ([c], range(99))}

    return arithmetic


def _share(scores, shown, columns=None):
    source = "scores" if columns is None else "logits"

    def arithmetic(r, c):
        at = c if columns is None else columns[c]
        if np.isneginf(scores[r, at]):
            return "= 0: what is masked has no share", {}
        e = np.exp(scores[r] - scores[r].max())
        return f"= e^x / Σ e^x ≈ {e[at]:.2f} / {e.sum():.2f}, scaled so that the row's largest is 1", {
            source: ([r], range(99))
        }

    return arithmetic


def _product(weights, v):
    def arithmetic(r, c):
        return f"≈ {_largest(weights[r, : r + 1], v[: r + 1, c])}", {
            "weights": ([r], range(r + 1)),
            "values": (range(r + 1), [c]),
        }

    return arithmetic


def _dense(z, kernel, bias, relu=False):
    def arithmetic(r, c):
        order = np.argsort(-np.abs(z[r] * kernel[:, c]))[:3]
        terms = " + ".join(f"{number(z[r, i])}·{number(kernel[i, c])}" for i in order)
        total = z[r] @ kernel[:, c] + bias[c]
        begin = f"= max(0, {number(total)}), where {number(total)}" if relu else ""
        return f"{begin} = Σ z·w + b; the three largest of {len(z[r])} terms: {terms}", {"": ([r], range(99))}

    return arithmetic


def picture(stage, labels, cell, narrow=False, least=0):
    """The stage and, left of it, its sources, as one drawing with a mark on the cell and on what it is made from.

    narrow: for half the width, with the sources below the stage   least: the drawing's height at least
    """
    row, column = cell
    _, used = stage.arithmetic(row, column)
    sources = [(name, table, used.get(name, used.get("", ((), ())))) for name, table in stage.sources.items()]
    tables = [*sources, (stage.name, stage.table, ([row], [column]))]
    widths = _widths(stage)
    if narrow:
        tables, widths = [tables[-1], *tables[:-1]], [widths[-1], *widths[:-1]]
    step = _step(stage, narrow)
    above = _above(stage, step)
    high = height(stage, labels, narrow)
    parts, x, y = [], 70, 0
    for place, (name, table, marks) in enumerate(tables):
        is_stage = table is stage.table
        heads = _heads(name, labels, step) or (stage.columns if is_stage else ())
        if x == 70:
            parts += [
                svg.text(62, y + above + 11 + 22 * r, label if len(label) < 9 else label[:7] + "…", 12, anchor="end")
                for r, label in enumerate(labels[:MOST_ROWS])
            ]
        parts.append(_grid((x, y + above), y + 14, name, table, marks, step, is_stage, heads))
        # Below a table stand its colours in words, which may be wider.
        x, y = (x, y + high) if narrow else (x + max(step * widths[place] + 40, 150), y)
    return svg.drawing(400 if narrow else 760, max(y if narrow else high, least), *parts)


def height(stage, labels, narrow=False):
    """How high one row of the stage's tables is drawn."""
    return _above(stage, _step(stage, narrow)) + 22 * min(len(labels), MOST_ROWS) + 34


def _widths(stage):
    return [min(table.shape[1], MOST_COLUMNS) for table in (*stage.sources.values(), stage.table)]


def _step(stage, narrow):
    """The width of a column."""
    widths = _widths(stage)
    room = 310 / max(widths) if narrow else (700 - 40 * len(widths)) / sum(widths)
    return int(np.clip(room, 5, 24))


def _above(stage, step):
    """Names that are wider than a column are written aslant, above which there must be room."""
    return 90 if _too_long(stage.columns, step) else 40


def _too_long(names, step):
    return any(8 * len(name) > step for name in names)


def _heads(name, labels, step):
    """Who is looked at has a name, too, or a number where the names are too long."""
    if not name.startswith(("scores", "weights")):
        return ()
    return [str(k + 1) for k in range(len(labels))] if _too_long(labels, step) else labels


def _grid(corner, title, name, table, marks, step, can_be_chosen, heads):
    left, y = corner
    rows, wide = min(len(table), MOST_ROWS), min(table.shape[1], MOST_COLUMNS)
    finite = np.abs(table[np.isfinite(table)])
    top = finite.max() if finite.size and finite.max() > 0 else 1.0
    parts = [svg.text(left, title, name, 12, anchor="start", bold=True)]
    for r in range(rows):
        for c in range(wide):
            marked = r in marks[0] and c in marks[1]
            frame = (VERMILION, 2) if marked else ("#fff", 0.5)
            drawn = svg.box(left + step * c, y + 22 * r, step - 1, 20, _shade(table[r, c] / top), *frame, 1)
            sign = ' data-marked="true"' * marked
            parts.append(f'<g data-cell="{r},{c}"{sign}>{drawn}</g>' if can_be_chosen else drawn)
    aslant = _too_long(heads, step)
    for c, text in enumerate(heads[:wide]):
        middle = left + step * (c + 0.5)
        written = svg.text(middle, y - 8, text, 11, INK, "start" if aslant else "middle")
        parts.append(f'<g transform="rotate(-60 {middle:g} {y - 8})">{written}</g>' if aslant else written)
    scale = f"blue +{top:.2g}" + (f", orange −{top:.2g}" if (table[np.isfinite(table)] < 0).any() else "")
    if table.shape[1] > wide:
        scale += f"; {wide} of {table.shape[1]}"
    return "".join(parts) + svg.text(left, y + 22 * rows + 12, scale, 10, "#5A5A5A", "start")


def _shade(share):
    """White at 0, blue at 1, orange at −1; grey for what is masked."""
    if not np.isfinite(share):
        return "#D0D0D0"
    end = np.array([0, 114, 178] if share > 0 else [230, 159, 0])
    mixed = 255 + (end - 255) * min(abs(share), 1)
    return "#" + "".join(f"{round(part):02X}" for part in mixed)
