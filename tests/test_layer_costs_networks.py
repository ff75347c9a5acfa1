"""Known networks, built by Keras without weights: as many parameters and products as their papers say."""

import numpy as np
import pytest

from course_lib.layer_costs import counted_settings, layer_cost
from course_lib.page import quiet
from course_lib.production import count_keras

# (what keras.applications calls it, Keras' parameters, those of the paper, its multiply-adds)
PUBLISHED = [
    # He et al., 2015, table 1: 3.8 · 10⁹ FLOPs, by which it means multiply-adds.
    ("ResNet50", 25_636_712, 25.6e6, 3.8e9),
    # Tan and Le, 2019, table 2: 5.3 million and 0.39 billion.
    ("EfficientNetB0", 5_330_571, 5.3e6, 0.39e9),
    # Howard et al., 2017, table 4: 569 million mult-adds, 4.2 million parameters.
    ("MobileNet", 4_253_864, 4.2e6, 0.569e9),
    # Huang et al., 2017, give neither for DenseNet-121; torchvision's page of the model: 7,978,856 and 2.83 GFLOPS.
    ("DenseNet121", 8_062_504, 7_978_856, 2.83e9),
    # Liu et al., 2022, table 1: 29 million and 4.5 · 10⁹.
    ("ConvNeXtTiny", 28_589_128, 29e6, 4.5e9),
]
PRODUCTS = ("Conv2D", "DepthwiseConv2D", "Dense")


@pytest.mark.parametrize(("name", "parameters", "published", "multiply_adds"), PUBLISHED)
def test_networks_of_the_papers(name, parameters, published, multiply_adds):
    with quiet():
        import keras

        model = getattr(keras.applications, name)(weights=None)
    costs = count_keras(model)
    assert sum(cost.parameters for cost in costs) == model.count_params() == parameters
    assert parameters == pytest.approx(published, rel=0.02)
    # Half of the FLOPs of what multiplies and adds; the papers round, and count no other layer.
    products = sum(cost.flops for cost in costs if cost.kind in PRODUCTS) / 2
    assert products == pytest.approx(multiply_adds, rel=0.03)
    keras.backend.clear_session()


# kind, shape of the input, settings; Keras' parameters and output shape are the witness
RESIZED = [
    ("ZeroPadding1D", (5, 2), {}),
    ("ZeroPadding1D", (5, 2), {"padding": (0, 3)}),
    ("ZeroPadding2D", (5, 4, 2), {}),
    ("ZeroPadding2D", (5, 4, 2), {"padding": (3, 1)}),
    ("ZeroPadding2D", (5, 4, 2), {"padding": ((0, 1), (2, 3))}),
    ("ZeroPadding3D", (5, 4, 3, 2), {"padding": (1, 2, 3)}),
    ("Cropping1D", (5, 2), {"cropping": (1, 2)}),
    ("Cropping2D", (5, 4, 2), {"cropping": ((1, 0), (2, 1))}),
    ("Cropping3D", (5, 4, 3, 2), {"cropping": 1}),
    ("UpSampling1D", (5, 2), {"size": 3}),
    ("UpSampling2D", (3, 4, 2), {"size": (2, 3)}),
    ("UpSampling3D", (5, 4, 3, 2), {"size": (1, 2, 3)}),
    ("Normalization", (5, 4, 3), {}),
    ("Normalization", (5, 4, 3), {"axis": None}),
    ("Normalization", (5, 4, 3), {"axis": (1, 3)}),
    ("Normalization", (3,), {"mean": 0.5, "variance": 2.0}),
    ("GlobalAveragePooling2D", (5, 4, 2), {"keepdims": True}),
    ("GlobalMaxPooling1D", (5, 2), {"keepdims": True}),
]


@pytest.mark.parametrize(("kind", "shape", "settings"), RESIZED)
def test_layers_of_these_networks_are_keras(kind, shape, settings, keras):
    layer = getattr(keras.layers, kind)(**settings)
    output = layer(keras.Input(shape))
    cost = layer_cost(kind, shape, **settings)
    assert (cost.parameters, cost.output_shape) == (layer.count_params(), tuple(output.shape[1:]))
    assert layer_cost(kind, shape, **counted_settings(kind, layer.get_config())) == cost


def test_operations_of_these_layers():
    """Normalizing is one subtraction and one division a number; a scale one multiplication; moving costs nothing."""
    x = np.ones((5, 4, 3))
    assert layer_cost("Normalization", x.shape).flops == 2 * x.size
    assert layer_cost("LayerScale", x.shape, projection_dim=3) == ("LayerScale", 3, x.size, x.shape)
    assert layer_cost("ZeroPadding2D", x.shape).flops == layer_cost("UpSampling2D", x.shape).flops == 0


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: layer_cost("ZeroPadding2D", (5, 4, 2), padding=-1), "a side must be a whole number from 0 up, got -1"),
        (lambda: layer_cost("UpSampling2D", (5, 4, 2), size=0), "size must be a whole number from 1 up, got 0"),
        (lambda: layer_cost("Conv2D", (5, 4, 2), filters=1, kernel_size=1, padding=1), "padding must be one of valid"),
    ],
)
def test_bad_input_gets_a_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        wrong()
