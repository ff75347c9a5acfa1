"""Cards on kinds of layers and kinds of networks: a diagram whose parts can be asked, and words in a table."""

import html
import math
from typing import NamedTuple

from course_lib.drawing import svg
from course_lib.drawing.palette import BLUE, GREY, INK, VERMILION
from course_lib.layer_costs import layer_cost

WIDTH, HEIGHT = 740, 190


class LayerKind(NamedTuple):
    """A kind of layer, with sizes that can be changed. cost and code are functions of the sizes."""

    role: str
    use: str
    formula: str
    sizes: dict
    cost: callable
    code: callable


LAYERS = {
    "Dense": LayerKind(
        "Every output is a weighted sum of all inputs, and a bias.",
        "the end of most networks; whole networks where inputs have no order",
        "(inputs + 1) · units",
        {"inputs": 64, "units": 10},
        lambda n: layer_cost("Dense", (n["inputs"],), units=n["units"]),
        lambda n: f"layers.Dense({n['units']})",
    ),
    "Conv2D": LayerKind(
        "The same small kernels look through every window of a picture.",
        "pictures, and whatever else has neighbours: sound, boards, maps",
        "(kernel · kernel · channels + 1) · filters",
        {"side": 8, "channels": 1, "kernel": 3, "filters": 16},
        lambda n: layer_cost(
            "Conv2D", (n["side"], n["side"], n["channels"]), filters=n["filters"], kernel_size=n["kernel"]
        ),
        lambda n: f"layers.Conv2D({n['filters']}, {n['kernel']})",
    ),
    "MaxPooling2D": LayerKind(
        "The largest number of each window: smaller maps, for which small moves matter less.",
        "between convolutions",
        "0: nothing is learnt",
        {"side": 8, "channels": 16, "pool": 2},
        lambda n: layer_cost("MaxPooling2D", (n["side"], n["side"], n["channels"]), pool_size=n["pool"]),
        lambda n: f"layers.MaxPooling2D({n['pool']})",
    ),
    "Dropout": LayerKind(
        "In training, a random share of the numbers is set to 0 and the others grow; afterwards it does nothing.",
        "against learning by heart (chapter 11), mostly before the last layers",
        "0: nothing is learnt",
        {"inputs": 64},
        lambda n: layer_cost("Dropout", (n["inputs"],)),
        lambda n: "layers.Dropout(0.5)",
    ),
    "BatchNormalization": LayerKind(
        "Each feature is scaled by its mean and variance in the batch, then by what is learnt (chapter 06).",
        "deep convolutional networks, between convolution and activation",
        "4 · channels, half of them remembered and not learnt",
        {"side": 8, "channels": 16},
        lambda n: layer_cost("BatchNormalization", (n["side"], n["side"], n["channels"])),
        lambda n: "layers.BatchNormalization()",
    ),
    "Embedding": LayerKind(
        "A table with a row of numbers for each word; a word's number picks its row.",
        "the first layer for words, letters, products (chapters 08 to 10)",
        "words · units",
        {"time": 20, "words": 1000, "units": 32},
        lambda n: layer_cost("Embedding", (n["time"],), input_dim=n["words"], output_dim=n["units"]),
        lambda n: f"layers.Embedding({n['words']}, {n['units']})",
    ),
    "LSTM": LayerKind(
        "Reads a sequence step by step and keeps a memory, which gates open and close (chapter 08).",
        "sequences: time series, text, sound",
        "4 · (inputs + units + 1) · units",
        {"time": 20, "inputs": 32, "units": 64},
        lambda n: layer_cost("LSTM", (n["time"], n["inputs"]), units=n["units"]),
        lambda n: f"layers.LSTM({n['units']})",
    ),
    "MultiHeadAttention": LayerKind(
        "Every place of a sequence asks all others and takes from each as much as it fits (chapter 09).",
        "transformers: text, and by now nearly everything",
        "3 · (inputs + 1) · heads · key + (heads · key + 1) · inputs",
        {"time": 20, "inputs": 64, "heads": 4, "key": 16},
        lambda n: layer_cost(
            "MultiHeadAttention", *2 * [(n["time"], n["inputs"])], num_heads=n["heads"], key_dim=n["key"]
        ),
        lambda n: f"layers.MultiHeadAttention({n['heads']}, {n['key']})",
    ),
}


class NetworkKind(NamedTuple):
    """A kind of network: its parts in a chain, (name, what it does, height from 1 to 5), and arcs (from, to, words)."""

    year: str
    idea: str
    uses: str
    parts: tuple
    arcs: tuple = ()


NETWORKS = {
    "FNN": NetworkKind(
        "1958, in one layer (Rosenblatt); 1986, in several, trained by backpropagation (Rumelhart, Hinton, Williams)",
        "layers of neurons, each connected with all of the layer before",
        "tables of numbers; the ends of most other networks",
        (
            ("x", "The inputs, a list without an order.", 4),
            ("Dense", "Weighted sums of all inputs, then a bend.", 5),
            ("Dense", "The same again with the first layer's outputs.", 4),
            ("ŷ", "One number for each answer.", 2),
        ),
    ),
    "CNN": NetworkKind(
        "1989 (LeCun and others); after the neocognitron of 1980 (Fukushima)",
        "the same small kernels everywhere: local, shared, equivariant",
        "pictures, sound, boards",
        (
            ("picture", "Height, width and channels.", 5),
            ("Conv", "Kernels look through all windows.", 5),
            ("Pool", "Smaller maps.", 3),
            ("Conv", "Kernels over maps see larger parts of the picture.", 3),
            ("Pool", "Smaller again.", 2),
            ("Dense", "From what is there to what it is.", 2),
            ("ŷ", "The answer.", 1),
        ),
    ),
    "RNN": NetworkKind(
        "1990 (Elman)",
        "a state that is handed on from step to step",
        "sequences, where little has to be remembered",
        (
            ("xₜ", "The input of this step.", 2),
            ("cell", "New state, from the input and the old state.", 4),
            ("ŷₜ", "The answer of this step.", 2),
        ),
        ((1, 1, "state"),),
    ),
    "LSTM": NetworkKind(
        "1997 (Hochreiter and Schmidhuber)",
        "a memory that is added to, and gates that decide what comes in, stays and goes out",
        "longer sequences: time series, text, sound",
        (
            ("xₜ", "The input of this step.", 2),
            ("gates", "Shares from 0 to 1: forget, input, output.", 4),
            ("memory", "Old memory times forget, plus new times input.", 5),
            ("ŷₜ", "What the output gate lets out.", 2),
        ),
        ((2, 2, "memory"), (3, 1, "state")),
    ),
    "Transformer": NetworkKind(
        "2017 (Vaswani and others)",
        "every place looks at all others at once, and skips lead around each part",
        "language models, translation, by now pictures and sound too",
        (
            ("words", "Numbers of words.", 2),
            ("embed", "A row for each word, plus its place.", 3),
            ("attention", "Each place takes from all others what fits.", 5),
            ("Dense", "Each place by itself, with a skip around it, too.", 4),
            ("ŷ", "Probabilities for the next word.", 2),
        ),
        ((1, 3, "skip"),),
    ),
    "Autoencoder": NetworkKind(
        "1986 (Rumelhart, Hinton, Williams); deep in 2006 (Hinton and Salakhutdinov)",
        "reproduce the input through a narrow middle: what passes is what matters",
        "compression, noise removal, finding what is unusual",
        (
            ("x", "The input.", 5),
            ("encoder", "Fewer and fewer numbers.", 4),
            ("code", "The narrow middle.", 1),
            ("decoder", "More and more numbers.", 4),
            ("x̂", "To be like the input.", 5),
        ),
    ),
    "GAN": NetworkKind(
        "2014 (Goodfellow and others)",
        "one network makes pictures, another tries to tell them from real ones",
        "pictures, faces, sharper details",
        (
            ("noise", "Random numbers.", 1),
            ("generator", "Makes a picture of them.", 4),
            ("x̂", "A made picture.", 4),
            ("critic", "Is shown real and made pictures.", 4),
            ("real?", "The probability that it is real.", 1),
        ),
        ((3, 1, "gradient"),),
    ),
    "Diffusion": NetworkKind(
        "2015 (Sohl-Dickstein and others); 2020 (Ho, Jain, Abbeel)",
        "learn to take away a little noise, and begin with nothing but noise",
        "pictures from words, sound, molecules",
        (
            ("noise", "A picture of pure noise.", 5),
            ("denoiser", "Says which part of it is noise.", 5),
            ("less noise", "A little of that is taken away.", 5),
            ("picture", "After many rounds.", 5),
        ),
        ((2, 1, "many times"),),
    ),
}


def layer_card(name, sizes):
    """(drawing, parts' words, summary, table) of a kind of layer. ``ValueError`` for sizes that are impossible."""
    kind = LAYERS[name]
    cost = kind.cost(sizes)
    before = " × ".join(str(n) for size, n in sizes.items() if size in ("time", "side", "inputs", "channels"))
    if "side" in sizes:
        before = f"{sizes['side']} × {before}"
    after = " × ".join(map(str, cost.output_shape))
    comes, goes = f"What comes in, for one example: {before} numbers.", f"What goes out: {after} numbers."
    parts = [(before, comes, 3), (name, kind.role, 4), (after, goes, 3)]
    rows = {
        "role": kind.role,
        "parameters": f"{cost.parameters:,} = {kind.formula}",
        "operations": f"{cost.flops:,} for one example",
        "used for": kind.use,
    }
    summary = f"{name}: from {before} to {after} numbers, with {cost.parameters:,} parameters."
    return chain(parts), [words for _, words, _ in parts], summary, _table(rows, kind.code(sizes))


def own_layer_card(layer, cost):
    """The same of a layer of a learner's model. cost: its ``Cost``"""
    before = " × ".join(map(str, layer.input.shape[1:]))
    after = " × ".join(map(str, cost.output_shape))
    known = LAYERS.get(cost.kind)
    role = known.role if known else f"A {cost.kind} layer."
    parts = [(before, f"What comes in: {before} numbers.", 3), (cost.kind, role, 4), (after, f"Out: {after}.", 3)]
    rows = {
        "role": role,
        "parameters": f"{cost.parameters:,}" + (f" = {known.formula}" if known else ""),
        "operations": f"{cost.flops:,} for one example",
    }
    summary = f"Your layer {layer.name}: from {before} to {after}, with {cost.parameters:,} parameters."
    return chain(parts), [part[1] for part in parts], summary, _table(rows)


def network_card(name):
    """(drawing, parts' words, summary, table) of a kind of network."""
    kind = NETWORKS[name]
    rows = {"year": kind.year, "key idea": kind.idea, "used for": kind.uses}
    words = [f"{part[0]}: {part[1]}" for part in kind.parts]
    return chain(kind.parts, kind.arcs), words, f"{name}: {kind.idea}.", _table(rows)


def own_network_card(costs):
    """The same of a learner's model. costs: one ``Cost`` a layer"""
    total, most = sum(cost.parameters for cost in costs), max(math.prod(cost.output_shape) for cost in costs)
    parts = [(cost.kind, _spoken_cost(cost), 1 + round(4 * math.prod(cost.output_shape) / most)) for cost in costs[:12]]
    rows = {"layers": f"{len(costs)}, with {total:,} parameters", "operations": f"{sum(c.flops for c in costs):,}"}
    words = [f"{part[0]}: {part[1]}" for part in parts]
    return chain(parts), words, f"Your model: {len(costs)} layers with {total:,} parameters.", _table(rows)


def _spoken_cost(cost):
    return f"{' × '.join(map(str, cost.output_shape))} numbers go out; {cost.parameters:,} parameters."


def chain(parts, arcs=()):
    """Boxes in a row, each as high as its part says, with arrows between them and arcs above."""
    gap, drawn = 22, []
    width = (WIDTH - 40 - gap * (len(parts) - 1)) / len(parts)
    lefts, middle = [20 + k * (width + gap) for k in range(len(parts))], 118
    for k, (name, _, height) in enumerate(parts):
        tall = 26 + 18 * height
        size = min(14, 1.5 * width / max(len(str(name)), 1))
        box = svg.box(lefts[k], middle - tall / 2, width, tall, "#EAF3FA" if k % 2 else "#fff", BLUE if k % 2 else INK)
        drawn.append(f'<g data-part="{k}">{box}{svg.text(lefts[k] + width / 2, middle, name, size)}</g>')
        if k:
            drawn += _arrow(lefts[k] - gap + 2, middle, lefts[k] - 3)
    for start, end, words in arcs:
        feet = [middle - 15 - 9 * parts[k][2] for k in (start, end)]
        drawn += _arc(lefts[start] + width / 2, lefts[end] + width / 2, width, words, *feet)
    return svg.drawing(WIDTH, HEIGHT, *drawn)


def _arrow(x1, y, x2):
    return [svg.line(x1, y, x2, y, GREY), svg.polygon([(x2, y), (x2 - 7, y - 4), (x2 - 7, y + 4)], GREY)]


def _arc(x1, x2, width, words, foot1, foot2):
    """A bridge above the boxes, from one to another, or from one to itself. foot1, foot2: where it ends, just above"""
    top = 20
    if x1 == x2:
        x1, x2, top = x1 + width / 4, x1 - width / 4, 44
    path = svg.path([(x1, foot1), (x1, top), (x2, top), (x2, foot2)], VERMILION)
    head = svg.polygon([(x2, foot2 + 2), (x2 - 4, foot2 - 6), (x2 + 4, foot2 - 6)], VERMILION)
    return [path, head, svg.text((x1 + x2) / 2, top - 10, words, 12, VERMILION)]


def _table(rows, code=""):
    lines = "".join(f"<tr><th>{name}</th><td>{html.escape(words)}</td></tr>" for name, words in rows.items())
    return f"<table>{lines}</table>" + (f"<pre>{html.escape(code)}</pre>" if code else "")
