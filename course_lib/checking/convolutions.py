"""The convolutions of a Keras model: how large the maps are that each gives, and in what steps it goes."""

import contextlib

from course_lib.checking.graph import parts_of


def maps_and_steps(model):
    """Of each convolution over pictures, in order: [height, width] of its maps, and its steps down and right.

    Nested models and classes of the learner's own are opened. A height or width that is not known is 0.
    """
    return [found for layer in model.layers for found in _of_layer(layer)]


def _of_layer(layer):
    parts = getattr(layer, "layers", None) or parts_of(layer)
    if parts:
        return [found for part in parts for found in _of_layer(part)]
    steps = getattr(layer, "strides", ())
    is_one = hasattr(layer, "kernel_size") and isinstance(steps, tuple) and len(steps) == 2
    # A class of the learner's own may say anything of its shapes.
    with contextlib.suppress(Exception):
        if is_one:
            given = layer.compute_output_shape(layer.get_build_config()["input_shape"])
            places = given[2:] if layer.data_format == "channels_first" else given[1:-1]
            return [[int(number or 0) for number in (*places, *steps)]]
    return []
