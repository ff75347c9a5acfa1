"""What a hostile submission is, and the notebook that it becomes."""

import copy
import json
import textwrap
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
# Nobody's honest work has these words. The first stands for what must not be told, the second names a file.
SECRET, FOOTPRINT = "TOP-SECRET", "hostile-was-here"


@dataclass(frozen=True)
class Attack:
    """One idea.

    code: a cell, put after all others   earns: the points of what in it is honest
    ran: words which its notes or messages hold if it got as far as it wanted to, so that it is not a dud
    hidden: words which must not stand in any result or page
    """

    name: str
    code: str
    earns: int = 0
    ran: str = ""
    hidden: str = SECRET

    def notebook(self, slug):
        """The released exercise with this attack at its end, as bytes."""
        return with_cells(slug, textwrap.dedent(self.code))


def with_cells(slug, *sources):
    """The released exercise with more code cells at its end, as bytes."""
    notebook = copy.deepcopy(_released(slug))
    notebook["cells"] += [_cell(source) for source in sources]
    return json.dumps(notebook).encode()


def _cell(source):
    return {
        "cell_type": "code",
        "id": "hostile",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        "source": source,
    }


def _released(slug):
    """The exercise as it is released, but for the cells that draw: they take longer than all others."""
    notebook = json.loads((ROOT / f"exercises/{slug}.ipynb").read_text(encoding="utf-8"))
    return {**notebook, "cells": [cell for cell in notebook["cells"] if "plt.subplots" not in "".join(cell["source"])]}
