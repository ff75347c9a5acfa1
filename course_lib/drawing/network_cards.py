"""Cards on kinds of layers and kinds of networks: a diagram whose parts can be asked, and words in a table."""

import html
import math
import re

from course_lib.drawing import svg
from course_lib.drawing.network_kinds import LAYERS, NETWORKS, OTHER_ROLES
from course_lib.drawing.palette import BLUE, GREY, INK, VERMILION

WIDTH, HEIGHT = 740, 190
# More boxes than these in a row have names too small to read.
MOST_BOXES = 7


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
        "parameters": _parameters(cost, kind),
        "operations": f"{cost.flops:,} for one example",
        "used for": kind.use,
    }
    summary = f"{name}: from {before} to {after} numbers, with {cost.parameters:,} parameters."
    return chain(parts), [words for _, words, _ in parts], summary, _table(rows, kind.code(sizes))


def own_layer_card(layer, cost):
    """The same of a layer of a learner's model. cost: its ``Cost``"""
    inputs = layer.input if isinstance(layer.input, (list, tuple)) else [layer.input]
    before = " and ".join(" × ".join(map(str, x.shape[1:])) for x in inputs)
    after = " × ".join(map(str, cost.output_shape))
    known = LAYERS.get(cost.kind)
    role = known.role if known else OTHER_ROLES.get(cost.kind, f"A layer of the kind {cost.kind}.")
    if cost.kind == "Dense" and not layer.use_bias:
        role = "Every output is a weighted sum of all inputs, without a bias."
    parts = [(before, f"What comes in: {before} numbers.", 3), (cost.kind, role, 4), (after, f"Out: {after}.", 3)]
    rows = {
        "role": role,
        "parameters": _parameters(cost, known if _is_usual(layer) else None),
        "operations": f"{cost.flops:,} for one example",
    }
    summary = f"Your layer {layer.name}: from {before} to {after}, with {cost.parameters:,} parameters."
    return chain(parts), [part[1] for part in parts], summary, _table(rows)


def _parameters(cost, kind):
    """The number, and the formula of the kind, if it is one."""
    if kind is None:
        return f"{cost.parameters:,}"
    return f"{cost.parameters:,}{' = ' if cost.parameters else ': '}{kind.formula}"


def _is_usual(layer):
    """Whether the formula of the layer's kind holds for it: each setting that changes it has Keras' default."""
    settings, usual = layer.get_config(), {"use_bias": True, "center": True, "scale": True, "groups": 1}
    widths = settings.get("value_dim") in (None, settings.get("key_dim")) and settings.get("output_shape") is None
    sizes = settings.get("kernel_size")
    alike = sizes is None or len(set(sizes)) == 1
    inputs = layer.input if isinstance(layer.input, (list, tuple)) else [layer.input]
    return (
        widths
        and alike
        and len({x.shape[-1] for x in inputs}) == 1
        and all(settings.get(name, value) == value for name, value in usual.items())
    )


def network_card(name):
    """(drawing, parts' words, summary, table) of a kind of network."""
    kind = NETWORKS[name]
    rows = {"year": kind.year, "key idea": kind.idea, "used for": kind.uses}
    words = [f"{part[0]}: {part[1]}" for part in kind.parts]
    return chain(kind.parts, kind.arcs), words, f"{name}: {kind.idea}.", _table(rows)


def own_network_card(costs):
    """The same of a learner's model. costs: one ``Cost`` a layer; of many layers the first and the last are drawn"""
    total, most = sum(cost.parameters for cost in costs), max(math.prod(cost.output_shape) for cost in costs)
    parts = [(cost.kind, _spoken_cost(cost), 1 + round(4 * math.prod(cost.output_shape) / most)) for cost in costs]
    if len(parts) > MOST_BOXES:
        first = MOST_BOXES // 2
        left = parts[first : first + 1 - MOST_BOXES]
        inside = f"{len(left)} layers in between: " + ", ".join(part[0] for part in left) + "."
        parts = [*parts[:first], ("…", inside, 1), *parts[first + 1 - MOST_BOXES :]]
    rows = {
        "layers": f"{len(costs)}, with {total:,} parameters",
        "operations": f"{sum(c.flops for c in costs):,} for one example",
    }
    words = [part[1] if part[0] == "…" else f"{part[0]}: {part[1]}" for part in parts]
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
        lines = _lines(str(name), width)
        size = min(14, 1.62 * width / max(map(len, lines)))
        box = svg.box(lefts[k], middle - tall / 2, width, tall, "#EAF3FA" if k % 2 else "#fff", BLUE if k % 2 else INK)
        rows = [middle + 15 * (n - (len(lines) - 1) / 2) for n in range(len(lines))]
        words = "".join(svg.text(lefts[k] + width / 2, row, line, size) for row, line in zip(rows, lines, strict=True))
        drawn.append(f'<g data-part="{k}">{box}{words}</g>')
        if k:
            drawn += _arrow(lefts[k] - gap + 2, middle, lefts[k] - 3)
    for start, end, words in arcs:
        feet = [middle - 15 - 9 * parts[k][2] for k in (start, end)]
        drawn += _arc(lefts[start] + width / 2, lefts[end] + width / 2, width, words, *feet)
    return svg.drawing(WIDTH, HEIGHT, *drawn)


def _lines(name, width):
    """A name in one line, or one that is too long for its box in two, broken before a capital or a space."""
    if 8 * len(name) <= width:
        return [name]
    breaks = [m.start() for m in re.finditer(r"(?<=[a-z])[A-Z]| ", name)]
    if not breaks:
        return [name]
    place = min(breaks, key=lambda at: abs(at - len(name) / 2))
    return [name[:place], name[place:].strip()]


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
