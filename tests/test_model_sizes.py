import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import model_sizes
from course_lib.layer_costs import layer_cost
from course_lib.production import count
from course_lib.transformers import GPT
from tests.witness import KINDS, without, witness

COUNTS = (
    model_sizes.plain,
    model_sizes.lenet_1989,
    model_sizes.bottlenecks,
    model_sizes.transformer,
    model_sizes.sizes,
)
pytestmark = [
    *without(["numeric"], "it counts", *COUNTS),
    *without(["keras", "hypothesis"], "no settings; the paper's totals are the witness", model_sizes.lenet_1989),
    *without(["keras"], "Keras has no block of a transformer; our own GPT is the witness", model_sizes.transformer),
    *without(["keras", "hypothesis"], "it has no settings; the papers' own totals are the witness", model_sizes.sizes),
    *without(["hypothesis"], "one published network; Keras' own is the witness", model_sizes.bottlenecks),
    *without(KINDS, "it holds numbers and multiplies them", model_sizes.Size),
]
SIZES = {size.name: size for size in model_sizes.sizes()}


def test_the_papers_totals_of_1989():
    """1,256 units with the 256 inputs, 64,660 connections with those of the biases, 9,760 parameters."""
    parameters, units, flops = model_sizes.lenet_1989()
    assert (parameters, units + 256, flops / 2 + units) == (9760, 1256, 64_660)


@pytest.mark.parametrize(
    ("name", "published", "within"),
    [
        ("LeNet-5", 60_000, 0.03),
        ("AlexNet", 60e6, 0.02),
        ("VGG-16", 138e6, 0.01),
        ("ResNet-50", 25.6e6, 0.01),
        ("GPT", 117e6, 0.01),
        ("BERT large", 340e6, 0.02),
        ("GPT-2", 1542e6, 0.02),
        ("GPT-3", 175e9, 0.01),
    ],
)
def test_parameters_are_those_of_the_papers(name, published, within):
    assert SIZES[name].parameters == pytest.approx(published, rel=within)


def test_exact_numbers_that_are_well_known():
    exact = {"VGG-16": 138_357_544, "GPT-2": 1_557_611_200, "GPT": 116_534_784, "BERT large": 335_141_888}
    assert {name: SIZES[name].parameters for name in exact} == exact
    assert SIZES["AlexNet"].units == 659_272


def test_operations_of_training():
    assert SIZES["GPT-3"].training == pytest.approx(3.14e23, rel=0.04)
    assert SIZES["GPT-2"].training is None
    size = model_sizes.Size(2000, "x", 1, 1, 10.0, 5, 2)
    assert size.training == 3 * 10 * 5 * 2


@witness("keras", model_sizes.bottlenecks)
def test_resnet_50_is_that_of_keras(keras):
    """Keras' own has a bias in each convolution, which a normalization behind it makes idle."""
    ours = model_sizes.bottlenecks()
    model = keras.applications.ResNet50(weights=None)
    # Keras counts the moving averages too, and so do we.
    assert ours[0] == model.count_params()
    keras.backend.clear_session()


@witness("keras", model_sizes.plain)
def test_a_row_of_layers_is_that_of_keras(keras):
    layers = [("Conv2D", {"filters": 3, "kernel_size": 3}), ("Flatten", {}), ("Dense", {"units": 5})]
    parameters, units, _ = model_sizes.plain(layers, (6, 6, 2))
    model = keras.Sequential([keras.Input((6, 6, 2)), *(getattr(keras.layers, kind)(**of) for kind, of in layers)])
    assert parameters == model.count_params()
    assert units == np.prod(model.layers[0].output.shape[1:]) + 5


@witness("hypothesis", model_sizes.plain)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(1, 9))
def test_dense_layers_in_a_row(widths, inputs):
    layers = [("Dense", {"units": n}) for n in widths]
    costs = count(layers, (inputs,))
    wanted = sum(c.parameters for c in costs), sum(widths), sum(c.flops for c in costs)
    assert model_sizes.plain(layers, (inputs,)) == wanted


@witness("hypothesis", model_sizes.transformer)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 4), st.integers(2, 9), st.integers(1, 9))
def test_a_transformer_grows_by_its_blocks(layers, heads, key_dim, vocabulary, positions):
    width = heads * key_dim
    one, more = (model_sizes.transformer(n, width, heads, vocabulary, positions) for n in (layers, layers + 1))
    assert more[0] - one[0] == 12 * width**2 + 13 * width
    assert more[1] - one[1] == 9 * width * positions
    per_token = 24 * width**2 + 4 * positions * width
    assert more[2] - one[2] == pytest.approx(per_token)
    assert one[0] - layers * (more[0] - one[0]) == (vocabulary + positions) * width


def test_our_own_gpt_has_as_many(rng):
    gpt = GPT(11, 7, 8, 2, 3, rng, tied=True)
    counted = sum(p.size for p in {id(p): p for p in gpt.parameters()}.values())
    assert model_sizes.transformer(3, 8, 2, 11, 7, norms=1)[0] == counted


def test_heads_must_divide_the_width():
    with pytest.raises(ValueError, match="heads"):
        model_sizes.transformer(1, 10, 3, 5, 5)


def test_a_norm_more_is_two_numbers_for_each_feature():
    base, more = (model_sizes.transformer(1, 8, 2, 5, 5, norms=n)[0] for n in (0, 1))
    assert more - base == layer_cost("LayerNormalization", (5, 8)).parameters == 16


def test_they_are_in_order():
    years = [size.year for size in model_sizes.sizes()]
    assert years == sorted(years)
