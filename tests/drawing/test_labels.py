"""Names beside points cover neither one another nor a point, where there is room."""

import itertools

import numpy as np
import pytest
from matplotlib import pyplot as plt

from course_lib.drawing.labels import label_points


@pytest.fixture
def axes():
    _, axes = plt.subplots(figsize=(6, 4))
    axes.set(xlim=(0, 1), ylim=(0, 1))
    yield axes
    plt.close("all")


def test_names_of_points_close_together_stand_apart(axes):
    places = np.array([[0.5, 0.5], [0.52, 0.5], [0.5, 0.53], [0.2, 0.8]])
    label_points(axes, places, ["hungry", "happy", "tired", "alone"])
    drawn = axes.figure.canvas.get_renderer()
    boxes = [text.get_window_extent(drawn) for text in axes.texts]
    assert not [1 for one, other in itertools.combinations(boxes, 2) if one.overlaps(other)]
    points = axes.transData.transform(places)
    assert not [1 for box in boxes for point in points if box.contains(*point)]


def test_a_name_with_room_stands_at_the_right(axes):
    [box] = label_points(axes, [[0.5, 0.5]], ["word"])
    scale = axes.figure.dpi / 72
    assert box[0] * scale > axes.transData.transform((0.5, 0.5))[0]
    assert [text.get_text() for text in axes.texts] == ["word"]
