"""A state that another module's could be taken for is refused, and tensors are read on whatever device they lie."""

import numpy as np
import pytest

from course_lib import torch_weights as converted
from tests import torch_examples
from tests.torch_examples import HEADS

CONVOLUTION = {"weight": np.ones((4, 2, 3, 3)), "bias": np.ones(4)}
LSTM_OF_3 = {
    "weight_ih_l0": np.ones((12, 2)),
    "weight_hh_l0": np.ones((12, 3)),
    "bias_ih_l0": np.ones(12),
    "bias_hh_l0": np.ones(12),
}
ATTENTION = {"in_proj_weight": np.ones((12, 4)), "out_proj.weight": np.ones((4, 4))}
ANOTHER = [
    (converted.convolution, {"weight": np.ones((3, 2)), "bias": np.ones(3)}, "weight must have 3 or 4 axes"),
    (converted.transposed_convolution, CONVOLUTION, "one number for each along axis 1 of weight, got weight .4, 2, 3"),
    (converted.convolution, {"weight": np.ones((2, 4, 3)), "bias": np.ones(4)}, "one number for each along axis 0"),
    (converted.dense, {"weight": np.ones((3, 2)), "bias": np.ones(2)}, "bias must have one number for each"),
    (converted.embedding, {"weight": np.ones((3, 2)), "bias": np.ones(3)}, "state must not hold 'bias'"),
    (converted.normalization, CONVOLUTION, "weight must have 1 axes, got shape"),
    (converted.normalization, {"weight": np.ones(3), "bias": np.ones(2)}, "arrays of one length for each feature"),
    (lambda state: converted.recurrent(state, 1), LSTM_OF_3, "1 gates were wanted, which do not share 12 rows with 3"),
    (lambda state: converted.recurrent(state, 3), LSTM_OF_3, "3 gates were wanted, which do not share 12 rows with 3"),
    (lambda state: converted.recurrent(state, 0), LSTM_OF_3, "gates must be a whole number from 1 up, got 0"),
    (
        lambda state: converted.recurrent(state, 4),
        LSTM_OF_3 | {"weight_hr_l0": np.ones((2, 3))},
        "state must not hold 'weight_hr_l0'",
    ),
    (lambda state: converted.multi_head_attention(state, 0), ATTENTION, "num_heads must be a whole number from 1 up"),
    (
        lambda state: converted.multi_head_attention(state, 2),
        ATTENTION | {"bias_k": np.ones((1, 1, 4)), "bias_v": np.ones((1, 1, 4))},
        "state must not hold 'bias_k'",
    ),
    (lambda state: converted.encoder_block(state, 2), {"norm1.weight": np.ones(2)}, "state must hold 'linear1.weight'"),
    (converted.dense, {"weight": np.ones((2, 3), np.int8)}, "weight must hold floats, got int8"),
    (converted.dense, [np.ones((2, 3))], r"state must be what state_dict\(\) gives, names and arrays, got list"),
]


@pytest.mark.parametrize(("convert", "state", "sentence"), ANOTHER, ids=[sentence for *_, sentence in ANOTHER])
def test_the_state_of_another_module_is_refused(convert, state, sentence):
    """Each of these arrays could be taken for what was wanted, and the network would compute nonsense."""
    with pytest.raises(ValueError, match=sentence):
        convert(state)


def test_three_projections_are_taken_as_one_is():
    """With kdim or vdim PyTorch keeps three weights apart."""
    state = torch_examples.stored()["attention"]["state"]
    names = [f"{name}_proj_weight" for name in "qkv"]
    apart = dict(zip(names, np.split(state["in_proj_weight"], 3), strict=True))
    rest = {name: array for name, array in state.items() if name != "in_proj_weight"}
    for ours, theirs in zip(
        converted.multi_head_attention(apart | rest, HEADS), converted.multi_head_attention(state, HEADS), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_a_scale_alone_is_that_of_an_rms_norm():
    (scale,) = converted.normalization({"weight": np.float32([1, 2])})
    np.testing.assert_array_equal(scale, [1, 2])


class OnAnotherDevice:
    """A tensor as NumPy meets it on a GPU: with a gradient, and in 16 bits that NumPy does not know."""

    def __init__(self, numbers):
        self.numbers, self.ready = np.array(numbers), False

    def detach(self):
        return self

    def cpu(self):
        self.ready = True
        return self

    def element_size(self):
        return 2

    def double(self):
        return self

    def numpy(self):
        assert self.ready
        return self.numbers

    @property
    def shape(self):
        return self.numbers.shape


def test_tensors_of_other_devices_and_widths_are_read():
    kernel, bias = converted.dense({"weight": OnAnotherDevice([[1.0, 2.0]]), "bias": OnAnotherDevice([3.0])})
    np.testing.assert_array_equal(kernel, [[1], [2]])
    assert bias.dtype == np.float64
    assert converted.dense({"weight": np.float16([[1, 2]])})[0].dtype == np.float64
