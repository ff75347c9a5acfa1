"""What one channel adds to a number of a map is told term by term."""

import re

import keras
import numpy as np
import pytest
from keras import layers

from course_lib.drawing.feature_maps import looked_into, parts_of, run


@pytest.mark.parametrize("settings", [{}, {"padding": "same"}, {"strides": 2}, {"dilation_rate": 2}])
def test_the_products_of_a_channel_add_up_to_what_it_adds(settings, rng):
    model = keras.Sequential([keras.Input((7, 6, 3)), layers.Conv2D(2, 2, **settings)])
    inputs, maps, _ = run(looked_into(model, model.layers[0].name), rng.normal(size=(7, 6, 3)))
    for row, column, chosen in np.ndindex(*maps.shape):
        total = float(model.layers[0].get_weights()[1][chosen])
        for channel in range(3):
            parts, said = parts_of(model.layers[0], inputs, maps, chosen, row, column, channel)
            *terms, adds = (float(n) for n in re.findall(r"-?\d+\.\d+", said.replace("−", "-")))
            assert said.startswith(f"Row {row + 1}, column {column + 1} of map {chosen}, channel {channel} alone: ")
            assert adds == pytest.approx(parts[channel][1][row, column], abs=0.006)
            assert sum(terms) == pytest.approx(adds, abs=0.03)
            total += parts[channel][1][row, column]
        assert total == pytest.approx(maps[row, column, chosen], abs=1e-4)


@pytest.mark.parametrize("channel", [-1, 3, 99])
def test_no_channel_is_all_of_them(channel, rng):
    model = keras.Sequential([keras.Input((4, 4, 3)), layers.Conv2D(1, 2)])
    inputs, maps, _ = run(looked_into(model, model.layers[0].name), rng.normal(size=(4, 4, 3)))
    _, said = parts_of(model.layers[0], inputs, maps, 0, 1, 2, channel)
    assert "from channel 2" in said
    assert "with the bias" in said
