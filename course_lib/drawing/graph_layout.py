"""Where to draw the boxes of a computation graph: in columns from left to right, with few crossings.

After Sugiyama, Tagawa and Toda, 1981: columns by the longest path, then an order within each column that puts
every box near those it is joined to, then heights. A line that passes a column keeps a place free in it.
"""

from collections import defaultdict
from itertools import pairwise
from statistics import fmean

SWEEPS = 12


def layout(nodes, edges):
    """(places, routes): (column, row) for the number of each node, and for each edge the places it passes.

    nodes, edges: as ``backpropagation.graph`` gives them. Rows may be fractions, and neighbours in a column lie 1 or
    more apart.
    """
    column = _columns(nodes, edges)
    paths = [_path(i, edge, column) for i, edge in enumerate(edges)]
    neighbours = defaultdict(list)
    for path in paths:
        for (here, _), (there, _) in pairwise(path):
            neighbours[here].append(there)
            neighbours[there].append(here)
    stops = dict.fromkeys([(node["number"], column[node["number"]]) for node in nodes])
    stops |= dict.fromkeys(stop for path in paths for stop in path)
    columns = [[key for key, at in stops if at == k] for k in range(max(column.values()) + 1)]
    row = _rows(columns, neighbours)
    places = {node["number"]: (column[node["number"]], row[node["number"]]) for node in nodes}
    return places, [[(at, row[key]) for key, at in path] for path in paths]


def _columns(nodes, edges):
    """One column more than the last of its inputs; what has no inputs stands right before its first use."""
    inputs, uses = defaultdict(list), defaultdict(list)
    for edge in edges:
        inputs[edge["target"]].append(edge["source"])
        uses[edge["source"]].append(edge["target"])
    column = {}
    # Nodes are numbered in topological order.
    for node in nodes:
        column[node["number"]] = max((column[source] + 1 for source in inputs[node["number"]]), default=0)
    for node in nodes:
        number = node["number"]
        if not inputs[number] and uses[number]:
            column[number] = min(column[target] for target in uses[number]) - 1
    return column


def _path(i, edge, column):
    """The stops of an edge: (key, column) of its source, of a free place in each column between, of its target."""
    first, last = column[edge["source"]], column[edge["target"]]
    between = [((i, at), at) for at in range(first + 1, last)]
    return [(edge["source"], first), *between, (edge["target"], last)]


def _rows(columns, neighbours):
    """A height for each stop: sweep over the columns, and move each stop towards the mean of those it is joined to."""
    row = {key: k - (len(keys) - 1) / 2 for keys in columns for k, key in enumerate(keys)}
    for sweep in range(SWEEPS):
        for keys in columns if sweep % 2 else columns[::-1]:
            wanted = {key: fmean(row[near] for near in neighbours[key]) if neighbours[key] else 0.0 for key in keys}
            if sweep < SWEEPS // 2:
                keys.sort(key=wanted.get)
            row |= _apart(keys, wanted)
    middle = (min(row.values()) + max(row.values())) / 2
    return {key: at - middle for key, at in row.items()}


def _apart(keys, wanted):
    """Heights near those wanted, at least 1 apart: halfway between pushing all down and pushing all up."""
    down, up = [], []
    for key in keys:
        down.append(max(wanted[key], down[-1] + 1) if down else wanted[key])
    for key in reversed(keys):
        up.append(min(wanted[key], up[-1] - 1) if up else wanted[key])
    return {key: (a + b) / 2 for key, a, b in zip(keys, down, reversed(up), strict=True)}
