"""Chapter 07's widgets: every sentence and number against the mathematics, and against Keras."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from course_lib.convolution import convolve
from course_lib.drawing import network_cards as cards
from course_lib.drawing.feature_maps import spoken
from course_lib.page import quiet
from course_lib.widgets import convolution as widgets

with quiet():
    import keras

layers = keras.layers


def network():
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 3, activation="relu", bias_initializer="ones"),
            layers.MaxPooling2D(padding="same"),
            layers.Conv2D(3, 2, strides=2, padding="same"),
            layers.AveragePooling2D(2, padding="same"),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dense(10),
        ]
    )


def last_number(sentence):
    return float(re.findall(r"−?\d+\.\d+", sentence)[-1].replace("−", "-"))


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("strides", "dilation_rate"), [(1, 1), (2, 1), (1, 2), (3, 1)])
def test_the_products_of_every_place_add_up_to_the_map(strides, dilation_rate, padding):
    demo = widgets.Kernel(strides=strides, dilation_rate=dilation_rate, padding=padding)
    x, k = np.array(demo.image), np.array(demo.kernel)
    wanted = convolve(x[None, ..., None], k[..., None, None], strides, padding, dilation_rate)[0, ..., 0]
    np.testing.assert_allclose(demo.y, wanted, atol=1e-4)
    for place in [(0, 0), (0, wanted.shape[1] - 1), tuple(n - 1 for n in wanted.shape)]:
        demo.place = list(place)
        assert demo.error == ""
        assert np.sum(demo.products) == pytest.approx(wanted[place], abs=1e-3)
        assert f"Row {place[0] + 1}, column {place[1] + 1} of the map" in demo.sentence
        assert f"to {wanted.shape[0]} × {wanted.shape[1]}." in demo.sentence


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kernel": [[0.0] * 9] * 9}, "does not fit"),
        (
            {"settings": {"strides": 0, "dilation_rate": 1, "padding": "valid"}},
            "the stride must be a whole number from 1 up, got 0",
        ),
        ({"settings": {"strides": 1, "dilation_rate": 4, "padding": "valid"}}, "a window that spans 9 does not fit"),
        ({"kernel": []}, "must be a square"),
        ({"kernel": [[1e9]]}, "from −1000 to 1000"),
        ({"image": [[[0.0] * 2] * 4]}, r"must be \(height, width\), of finite numbers; got the shape \(1, 4, 2\)"),
    ],
)
def test_what_is_impossible_is_refused_in_words_and_the_last_map_stays(change, words):
    demo = widgets.Kernel()
    before = demo.y
    for name, value in change.items():
        setattr(demo, name, value)
    assert re.search(words, demo.error)
    assert demo.y == before


def test_a_kernel_s_state_makes_the_same_widget():
    demo = widgets.Kernel(np.eye(5), [[1.0, 2.0], [0.0, -1.0]], place=(3, 1), padding="same")
    assert widgets.Kernel(**demo.state).state == demo.state


def test_a_photograph_or_a_picture_of_one_s_own_lies_under_the_kernel():
    colours = np.random.default_rng(0).integers(0, 256, (100, 60, 3))
    demo = widgets.Kernel(colours)
    assert np.shape(demo.image) == (33, 20)
    grey = colours[:99].mean(axis=2).reshape(33, 3, 20, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(demo.image, grey / grey.max(), atol=0.006)
    assert list(demo.pictures) == ["your picture", "a digit", "the photograph"]
    for name, picture in demo.pictures.items():
        demo.image = picture
        assert demo.error == ""
        assert demo.padded == picture, name
    assert np.shape(demo.pictures["the photograph"]) == (48, 48)
    assert widgets.Kernel(np.zeros((1, 100)), [[1.0]]).image == [[0.0] * 33]
    # One whose mean was taken away keeps its order of dark and bright.
    assert widgets.Kernel(np.array([[-1.0, 0.0], [1.0, 2.0]]), [[1.0]]).image == [[0.0, 0.33], [0.67, 1.0]]


def test_a_picture_set_from_python_is_made_to_fit_as_well():
    demo = widgets.Kernel()
    demo.image = (np.arange(96 * 96) % 255).reshape(96, 96).tolist()
    assert demo.error == ""
    assert np.shape(demo.image) == np.shape(demo.padded) == (48, 48)


def test_a_place_outside_is_brought_inside():
    assert widgets.Kernel(place=(99, -5)).place == [5, 0]


@pytest.mark.parametrize("name", ["conv2d", "max_pooling2d", "conv2d_1", "average_pooling2d"])
def test_the_sentence_computes_keras_number(name):
    model = network()
    names = [layer.name for layer in model.layers]
    demo = widgets.FeatureMaps(
        model, layer=names[["conv2d", "max_pooling2d", "conv2d_1", "average_pooling2d"].index(name)]
    )
    image = np.array(demo.image, "float32")
    maps = keras.Model(model.inputs[0], model.get_layer(demo.layer).output)(image[None])[0]
    maps = keras.ops.convert_to_numpy(maps)
    np.testing.assert_allclose(np.moveaxis(demo.maps, 0, -1), maps, atol=1e-3)
    for chosen in range(maps.shape[-1]):
        for place in np.ndindex(*maps.shape[:2]):
            demo.map, demo.place = chosen, list(place)
            assert demo.error == ""
            assert last_number(demo.sentence) == pytest.approx(maps[*place, chosen], abs=0.006), demo.sentence


def test_the_parts_of_a_map_and_its_bias_add_up_to_it():
    model = network()
    demo = widgets.FeatureMaps(model, layer=model.layers[2].name, map=1)
    total = np.sum([part["values"] for part in demo.parts], axis=0) + model.layers[2].get_weights()[1][1]
    np.testing.assert_allclose(total, demo.maps[1], atol=1e-3)
    assert [part["name"] for part in demo.parts] == [f"channel {c}" for c in range(4)]


def test_a_painted_picture_goes_through_the_model_anew():
    demo = widgets.FeatureMaps(network())
    before = demo.maps
    demo.image = np.zeros((8, 8, 1)).tolist()
    assert demo.error == ""
    assert demo.maps != before
    assert demo.seen == np.zeros((8, 8)).tolist()


def test_of_many_maps_the_first_are_shown_and_it_says_so():
    model = keras.Sequential([keras.Input((4, 4, 1)), layers.Conv2D(40, 3)])
    demo = widgets.FeatureMaps(model, map=39)
    assert (demo.map, len(demo.maps)) == (31, 32)
    assert demo.sentence.endswith("The first 32 of 40 maps are shown.")
    assert "are shown" not in widgets.FeatureMaps(network()).sentence


def test_its_state_makes_the_same_widget_and_other_models_are_told_in_words():
    model = network()
    demo = widgets.FeatureMaps(model, map=2, place=(1, 1))
    assert widgets.FeatureMaps(model, **demo.state).state == demo.state
    with pytest.raises(ValueError, match="must take pictures"):
        widgets.FeatureMaps(keras.Sequential([keras.Input((4,)), layers.Dense(2)]))
    with pytest.raises(ValueError, match="no layer that makes maps"):
        widgets.FeatureMaps(keras.Sequential([keras.Input((4, 4, 1)), layers.Flatten()]))


@pytest.mark.parametrize("name", cards.LAYERS)
def test_a_layer_s_formula_gives_its_parameters(name):
    demo = widgets.LayerInspector(kind=name)
    kind = cards.LAYERS[name]
    formula = "0" if kind.formula == "nothing is learnt" else kind.formula.partition(",")[0].replace("·", "*")
    wanted = eval(formula.replace("words", "words_"), {**demo.settings, "words_": demo.settings.get("words")})
    assert f", with {wanted:,} parameters." in demo.summary
    shape = kind.cost(demo.settings).output_shape
    assert " × ".join(map(str, shape)) in demo.summary


def test_impossible_sizes_are_told_and_the_card_stays():
    demo = widgets.LayerInspector(kind="Conv2D")
    before = demo.summary
    demo.settings = {**demo.settings, "kernel": 20}
    assert "does not fit" in demo.error
    assert demo.summary == before
    demo.settings = {**demo.settings, "kernel": 5}
    assert demo.error == ""
    assert "4 × 4 × 16" in demo.summary


def test_the_learners_own_layers_and_network_have_cards():
    model = network()
    demo = widgets.LayerInspector(model, kind=f"your {model.layers[0].name}")
    assert "from 8 × 8 × 1 to 6 × 6 × 4, with 40 parameters" in demo.summary
    own = widgets.ArchitectureInspector(model, "your model")
    assert f"{len(model.layers)} layers with {model.count_params():,} parameters" in own.summary


def test_a_part_can_be_asked_while_a_size_is_impossible():
    demo = widgets.LayerInspector(kind="Conv2D")
    demo.settings = {**demo.settings, "kernel": 20}
    for part, words in ((0, "comes in"), (2, "What goes out: 6 × 6 × 16")):
        demo.part = part
        assert words in demo.said
        assert "does not fit" in demo.error
    assert "kernel_size" not in demo.error
    demo.settings = {**demo.settings, "kernel": 10**7}
    assert "from 1 to 1000000" in demo.error.replace(",", "")
    with pytest.raises(ValueError, match="a size must be one of side, channels, kernel, filters"):
        widgets.LayerInspector(kind="Conv2D", kernel_size=3)


def skipping():
    """A functional model with a skip, a model inside, and layers for which the cards' formulas do not hold."""
    x = keras.Input((8, 8, 4))
    inner = keras.Sequential([keras.Input((8, 8, 4)), layers.Conv2D(4, 1, name="inner_one")])
    y = layers.Conv2D(4, 3, padding="same", use_bias=False, name="no_bias")(x)
    y = layers.Conv2D(4, 3, padding="same", groups=2, name="in_groups")(y)
    y = layers.BatchNormalization(scale=False, name="no_scale")(inner(y))
    y = layers.Add(name="sum")([x, y])
    y = layers.Dense(3, use_bias=False, name="last")(layers.GlobalMaxPooling2D(name="most")(y))
    return keras.Model(x, y)


def test_a_formula_stands_only_where_it_holds():
    demo = widgets.LayerInspector(skipping())
    said = {}
    for k, name in enumerate(demo.names):
        demo.chosen = k
        assert demo.error == ""
        said[name] = re.search(r"<th>parameters</th><td>(.*?)</td>", demo.words)[1]
    assert said["Dropout"] == "0: nothing is learnt"
    assert said["your inner_one"].startswith("20 = ")
    wanted = {"no_bias": "144", "in_groups": "76", "no_scale": "12", "sum": "0", "most": "0", "last": "12"}
    assert {name: said[f"your {name}"] for name in wanted} == wanted
    demo.chosen = demo.names.index("your sum")
    assert "from 8 × 8 × 4 and 8 × 8 × 4 to 8 × 8 × 4" in demo.summary


def test_of_a_deep_model_the_boxes_can_be_read_and_the_words_tell_the_rest():
    deep = keras.Sequential([keras.Input((8, 8, 1))])
    for _ in range(4):
        for layer in (layers.Conv2D(2, 3, padding="same"), layers.BatchNormalization(), layers.ReLU()):
            deep.add(layer)
    deep.add(layers.GlobalAveragePooling2D())
    demo = widgets.ArchitectureInspector(deep, "your model")
    sizes = [float(node.get("font-size")) for node in ET.fromstring(demo.drawing).iter() if node.get("font-size")]
    assert min(sizes) >= 10
    demo.part = 3
    assert demo.said.startswith("7 layers in between: Conv2D, BatchNormalization")
    demo.part = 99
    assert demo.said.startswith("GlobalAveragePooling2D: 2 numbers go out")


def test_a_reading_is_never_said_to_be_certain():
    assert spoken(np.array([9.0, 0.0])) == "The model reads 0, with over 99.5%."
    assert spoken(np.array([2.0, 3.0])) == "The model reads 1, with 73%."


def test_the_frame_on_a_part_is_where_the_number_comes_from():
    model = network()
    demo = widgets.FeatureMaps(model, layer=model.layers[1].name)
    for place in np.ndindex(*np.shape(demo.maps[0])):
        demo.place = list(place)
        (part,) = demo.parts
        top, left, rows, columns = part["frame"]
        window = np.array(part["values"])[top : top + rows, left : left + columns]
        assert window.max() == demo.maps[0][place[0]][place[1]]


@pytest.mark.parametrize("kind", cards.NETWORKS)
def test_each_part_of_a_network_says_what_it_does(kind):
    demo = widgets.ArchitectureInspector(kind=kind)
    assert widgets.ArchitectureInspector(**demo.state).state == demo.state
    parts = cards.NETWORKS[kind].parts
    drawn = ET.fromstring(demo.still()[0])
    assert len([node for node in drawn.iter() if "data-part" in node.attrib]) == len(parts)
    for k, (name, words, _) in enumerate(parts):
        demo.part = k
        assert demo.said == f"{name}: {words}"
    assert re.search(r"\b(19|20)\d\d\b", demo.words)


def test_turning_a_card_brings_its_own_sizes():
    demo = widgets.LayerInspector()
    for k, name in enumerate(demo.names):
        demo.chosen = k
        assert demo.error == ""
        assert demo.settings == cards.LAYERS[name].sizes
        # What it does is told first.
        assert (demo.part, demo.said) == (1, cards.LAYERS[name].role)
    assert widgets.LayerInspector().said == cards.LAYERS["Dense"].role
    assert widgets.ArchitectureInspector(kind="CNN").part == 1
    with pytest.raises(ValueError, match="the card must be one of"):
        widgets.LayerInspector(kind="Conv4D")
