"""Names made of what made a model."""

import numpy as np
import pytest

from course_lib.serving.registry import LETTERS, Registry, short_name

X = np.arange(6.0)


def test_the_same_three_give_the_same_name():
    name = short_name({"a": 1, "b": [2]}, [X], "code")
    assert name == short_name({"b": [2], "a": 1}, [X.copy()], "code")
    assert len(name) == LETTERS
    assert set(name) <= set("0123456789abcdef")
    assert short_name({}, [X.reshape(2, 3).T], "") == short_name({}, [X.reshape(2, 3).T.copy()], "")


@pytest.mark.parametrize(
    "other",
    [
        ({"a": 2}, [X], "code"),
        ({"a": 1}, [X + 1e-9], "code"),
        ({"a": 1}, [X.reshape(2, 3)], "code"),
        ({"a": 1}, [X.view("int64")], "code"),
        ({"a": 1}, [X[:3], X[3:]], "code"),
        ({"a": 1}, [X], "code "),
    ],
)
def test_another_of_the_three_gives_another(other):
    assert short_name(*other) != short_name({"a": 1}, [X], "code")


def test_one_number_is_no_row_of_one():
    assert short_name({}, [np.array(3.0)], "") != short_name({}, [np.array([3.0])], "")


def test_models_are_kept_and_known(tmp_path):
    registry = Registry(str(tmp_path))
    assert registry.models() == {}
    one = registry.add(b"one", {"width": 1}, [X], "", {"read": 0.5})
    two = registry.add(b"two", {"width": 2}, [X], "", {"read": 0.75})
    assert Registry(str(tmp_path)).models()[one]["metrics"] == {"read": 0.5}
    assert registry.load(two) == b"two"


def test_an_exchanged_file_is_told(tmp_path):
    registry = Registry(str(tmp_path))
    name = registry.add(b"one", {}, [X], "", {})
    (tmp_path / f"{name}.onnx").write_bytes(b"another")
    with pytest.raises(ValueError, match="is not the one that was added"):
        registry.load(name)
