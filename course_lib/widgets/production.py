"""The widget of chapter 15: what a network needs to be run and to be trained, before anybody has built it."""

import html

from course_lib import production
from course_lib.drawing import svg
from course_lib.drawing.chart import Chart
from course_lib.drawing.palette import BLUE, GREEN, INK, ORANGE, SKY, VERMILION
from course_lib.experiments.production import transformer_costs
from course_lib.widgets.live import LiveDemo, choice, stops

DEPTHS, LENGTHS = (1, 2, 4, 6, 12, 24, 32, 48, 64, 96), (64, 256, 1024, 2048, 8192, 32768, 131072)
WIDTHS = (64, 128, 256, 512, 768, 1024, 2048, 4096, 8192, 12288)
BATCHES = (1, 8, 32, 128, 512, 2048)
PRECISIONS = ("float32", "bfloat16", "float16", "int8", "int4")
# What memory is usual, in bytes; and about how many operations a second, on a few cores and on a large GPU.
LAPTOP, GPU = 16e9, 80e9
LAPTOP_SPEED, GPU_SPEED = 1e11, 1e15


class Budget(LiveDemo):
    """Bytes and operations of a transformer of your size, or of your own Keras model, on scales of factors of ten.

    model: a built Keras model; without one, a decoder-only transformer with a vocabulary of 32,000
    """

    name = "budget"

    def __init__(self, model=None, depth=12, width=768, length=1024, precision="float16", batch=32):
        self.own = production.count_keras(model) if model is not None else None
        size = [stops("depth", "depth", DEPTHS), stops("width", "width", WIDTHS), stops("length", "length", LENGTHS)]
        controls = [stops("batch", "batch", BATCHES)] if self.own else size
        controls.append(choice("precision", "numbers in", PRECISIONS))
        start = {"depth": depth, "width": width, "length": length, "batch": batch, "precision": precision}
        super().__init__(controls, **start)

    def needs(self):
        """{"parameters", "weights", "beside", "run", "outputs", "train", "flops", "step"}: all counts, or bytes"""
        costs, batch, beside = self._counted()
        parameters = sum(cost.parameters for cost in costs)
        weights = production.memory_bytes(parameters, self.state["precision"])
        outputs = production.activation_bytes(costs, batch, self._between())
        beside = outputs if beside is None else beside
        # Weights, gradients and Adam's two moments stay in 32 bits, whatever is between the layers.
        held = 2 * production.memory_bytes(parameters) + production.optimizer_state_bytes(parameters, "adam")
        flops = batch * sum(cost.flops for cost in costs)
        found = {"parameters": parameters, "weights": weights, "beside": beside, "run": weights + beside}
        return found | {"outputs": outputs, "train": held + outputs, "flops": flops, "step": 3 * flops}

    def _counted(self):
        """(costs, batch, bytes of the KV cache or None)"""
        if self.own:
            return self.own, self.number("batch"), None
        depth, width, length = (self.number(name) for name in ("depth", "width", "length"))
        cache = production.kv_cache_bytes(depth, max(1, width // 64), min(width, 64), length, 1, self._between())
        return transformer_costs(depth, width, length), 1, cache

    def _between(self):
        """In which numbers outputs and caches are kept: whole numbers are for weights only."""
        precision = self.state["precision"]
        return "float16" if precision.startswith("int") else precision

    def draw(self):
        needs = self.needs()
        words = self._words(needs)
        parts = [*self._bytes(needs), *self._operations(needs)]
        return svg.drawing(400 if self.narrow else 760, 372, *parts), html.escape(words), words

    def _words(self, needs):
        beside = "the outputs of its layers" if self.own else "its KV cache"
        return (
            f"{counted(needs['parameters'])} parameters. To run: {told(needs['weights'])} of weights and "
            f"{told(needs['beside'])} for {beside}, {told(needs['run'])}; {fits(needs['run'])}. To train with Adam: "
            f"{told(needs['train'])}, of which {told(needs['outputs'])} are outputs kept for the way back; "
            f"{fits(needs['train'])}. One pass forward takes {powered(needs['flops'])} operations."
        )

    def _chart(self, top, height, ends):
        left, width = (104, 280) if self.narrow else (150, 590)
        return Chart(left, top, width, height, ends, (0, 1), log="x")

    def _bytes(self, needs):
        chart = self._chart(50, 120, (1e2, 1e14))
        yield chart.frame("memory", "bytes", {1e3: "kB", 1e6: "MB", 1e9: "GB", 1e12: "TB"}, {})
        beside = "outputs" if self.own else "KV cache"
        rows = {
            "weights": ("weights", BLUE),
            beside: ("beside", SKY),
            "run": ("run", GREEN),
            "train": ("train", ORANGE),
        }
        yield from _bars(chart, {name: (needs[key], colour) for name, (key, colour) in rows.items()})
        yield from _marks(chart, {"laptop": LAPTOP, "GPU": GPU})

    def _operations(self, needs):
        chart = self._chart(256, 62, (1e2, 1e19))
        ticks = {10.0**k: f"10{str(k).translate(RAISED)}" for k in (3, 6, 9, 12, 15, 18)}
        yield chart.frame("operations", "FLOPs", ticks, {})
        yield from _bars(chart, {"forward": (needs["flops"], GREEN), "train step": (needs["step"], ORANGE)})
        yield from _marks(chart, {"laptop, 1 s": LAPTOP_SPEED, "GPU, 1 s": GPU_SPEED}, ("start", "start"))


RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def _bars(chart, rows):
    height = chart.height / len(rows)
    for k, (name, (value, colour)) in enumerate(rows.items()):
        top, end = chart.top + (k + 0.2) * height, chart.at(max(value, 1), 0)[0]
        yield svg.box(chart.left, top, max(end - chart.left, 1), 0.6 * height, colour, colour, 0, 0)
        yield svg.text(chart.left - 8, top + 0.3 * height, name, 13, anchor="end")


def _marks(chart, places, anchors=("end", "start")):
    """A line for each place; as a rule the first one's name ends there, and the second one's begins."""
    for (name, value), anchor in zip(places.items(), anchors, strict=True):
        x = chart.at(value, 0)[0]
        yield svg.line(x, chart.top, x, chart.bottom, VERMILION, 2, dashed=True)
        yield svg.text(x + (3 if anchor == "start" else -3), chart.top - 13, name, 12, INK, anchor)


def told(amount):
    """Bytes, to three digits: 13.5 GB."""
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if amount >= size:
            return f"{_three(amount / size)} {unit}"
    return f"{amount:.0f} bytes"


def counted(number):
    for unit, size in (("billion", 1e9), ("million", 1e6)):
        if number >= size:
            return f"{_three(number / size)} {unit}"
    return f"{number:,}"


def _three(number):
    return f"{number:.3g}" if number < 999.5 else f"{number:.0f}"


def powered(number):
    """2.8 · 10¹³"""
    digits, power = f"{number:.1e}".split("e")
    return f"{digits} · 10{str(int(power)).translate(RAISED)}"


def fits(amount):
    if amount <= LAPTOP:
        return "that fits into 16 GB, a laptop's"
    return "that fits into 80 GB, a large GPU's" if amount <= GPU else "that is more than the 80 GB of a large GPU"
