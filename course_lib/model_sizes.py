"""Chapter 16: how large the milestones were: parameters, units, operations and examples, counted from their papers.

A unit is one number that a layer with weights puts out: for a picture, or for a text as long as the network reads.
Operations are those of ``layer_costs``, going forward. What training took is about three times that for each example
(forward once, and backward about twice as much), times all the examples that were shown.
"""

import math
from typing import NamedTuple

from course_lib import limits
from course_lib.layer_costs import layer_cost


class Size(NamedTuple):
    """parameters, units: whole numbers   flops: forward, for one picture or one token

    examples: pictures, or words of text, to learn from   passes: how often each was shown; both None if not told
    """

    year: int
    name: str
    parameters: int
    units: int
    flops: float
    examples: float | None = None
    passes: float | None = None

    @property
    def training(self):
        """Operations of the whole training; None where the paper does not say how long it was."""
        return None if self.passes is None else 3 * self.flops * self.examples * self.passes


def plain(layers, shape):
    """(parameters, units, flops) of layers in a row. layers: (kind, settings) as for ``layer_cost``

    shape: that of one input
    """
    total = [0, 0, 0]
    for kind, settings in layers:
        cost = layer_cost(kind, shape, **settings)
        total = _added(total, cost)
        shape = cost.output_shape
    return tuple(total)


def _added(total, cost):
    units = math.prod(cost.output_shape) if cost.kind in ("Dense", "Conv2D") else 0
    return [total[0] + cost.parameters, total[1] + units, total[2] + cost.flops]


def lenet_1989():
    """Counted by hand from the paper's section 4: shared weights, a bias for each unit, 8 of 12 maps seen."""
    units = (12 * 64, 12 * 16, 30, 10)
    inputs = (25, 8 * 25, 192, 30)
    weights = (12 * 25, 12 * 8 * 25, 192 * 30, 30 * 10)
    products = sum(n * k for n, k in zip(units, inputs, strict=True))
    return sum(weights) + sum(units), sum(units), 2 * products


def bottlenecks(blocks=(3, 4, 6, 3)):
    """(parameters, units, flops) of a residual network of bottleneck blocks: ResNet-50. He et al., 2015, table 1."""
    total, side, channels = [0, 0, 0], 56, 64

    def layer(shape, filters, size, strides=1):
        nonlocal total
        cost = layer_cost("Conv2D", shape, filters=filters, kernel_size=size, strides=strides, padding="same")
        total = _added(_added(total, cost), layer_cost("BatchNormalization", cost.output_shape))
        return cost.output_shape

    layer((224, 224, 3), 64, 7, 2)
    for stage, count in enumerate(blocks):
        narrow = 64 * 2**stage
        for number in range(count):
            strides = 2 if stage and not number else 1
            shape = (side, side, channels)
            inner = layer(layer(shape, narrow, 1, strides), narrow, 3)
            out = layer(inner, 4 * narrow, 1)
            if not number:
                layer(shape, 4 * narrow, 1, strides)
            side, channels = out[0], out[-1]
    return tuple(_added(total, layer_cost("Dense", (channels,), units=1000)))


def transformer(layers, width, heads, vocabulary, positions, norms=0, extra=0):
    """(parameters, units, flops for one token) of blocks of attention and a dense part four times as wide.

    Read out with the embedding's own weights. norms: layer normalizations beside the two of each block
    extra: parameters of other kinds, such as BERT's for the two sentences and its first token
    """
    rows, key_dim = (positions, width), width // limits.divides("heads", heads, width, "the width")
    block = [
        layer_cost("MultiHeadAttention", rows, num_heads=heads, key_dim=key_dim),
        layer_cost("Dense", rows, units=4 * width),
        layer_cost("Dense", (positions, 4 * width), units=width),
    ]
    norm = layer_cost("LayerNormalization", rows)
    parameters = layers * (sum(cost.parameters for cost in block) + 2 * norm.parameters)
    parameters += (vocabulary + positions) * width + norms * norm.parameters + extra
    flops = layers * sum(cost.flops for cost in block) / positions + 2 * width * vocabulary
    # Queries, keys and values, what is projected back, and the two dense parts.
    units = layers * positions * (4 + 4 + 1) * width
    return parameters, units, flops


def _dense(*units):
    return [("Dense", {"units": n}) for n in units]


def _conv(filters, size, **more):
    return "Conv2D", {"filters": filters, "kernel_size": size, "padding": "same"} | more


_POOL = "MaxPooling2D", {}
_LENET = [
    _conv(6, 5, padding="valid"),
    ("AveragePooling2D", {}),
    _conv(16, 5, padding="valid"),
    ("AveragePooling2D", {}),
    ("Flatten", {}),
    *_dense(120, 84, 10),
]
_POOL_3 = "MaxPooling2D", {"pool_size": 3, "strides": 2}
_ALEXNET = [
    _conv(96, 11, strides=4, padding="valid"),
    _POOL_3,
    _conv(256, 5, groups=2),
    _POOL_3,
    *(_conv(384, 3), _conv(384, 3, groups=2), _conv(256, 3, groups=2)),
    _POOL_3,
    ("Flatten", {}),
    *_dense(4096, 4096, 1000),
]
_VGG = [
    layer
    for filters, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
    for layer in [_conv(filters, 3)] * count + [_POOL]
] + [("Flatten", {}), *_dense(4096, 4096, 1000)]


def sizes():
    """The milestones that can be counted, in order: a tuple of ``Size``."""
    bert = 2 * 1024 + 1024 * 1024 + 1024
    return (
        Size(1989, "LeNet 1989", *lenet_1989(), 7_291, 23),
        Size(1998, "LeNet-5", *plain(_LENET, (32, 32, 1)), 60_000, 20),
        Size(2012, "AlexNet", *plain(_ALEXNET, (227, 227, 3)), 1.2e6, 90),
        Size(2014, "VGG-16", *plain(_VGG, (224, 224, 3)), 1.3e6, 74),
        Size(2015, "ResNet-50", *bottlenecks(), 1.28e6, 600_000 * 256 / 1.28e6),
        Size(2018, "GPT", *transformer(12, 768, 12, 40_478, 512), 0.8e9, 100),
        Size(2018, "BERT large", *transformer(24, 1024, 16, 30_522, 512, norms=1, extra=bert), 3.3e9, 40),
        Size(2019, "GPT-2", *transformer(48, 1600, 25, 50_257, 1024, norms=1)),
        Size(2020, "GPT-3", *transformer(96, 12_288, 96, 50_257, 2048, norms=1), 300e9, 1),
    )
