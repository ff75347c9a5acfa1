"""What all layers have in common: a backward that is held to its forward, one place each, weights to read and write."""

import copy
import pickle

import numpy as np
import pytest

from course_lib.base_layer import Layer, Weights
from course_lib.layers import Activation, Dense, Flatten, Residual, Sequential
from course_lib.normalization import BatchNormalization
from course_lib.overfitting import Dropout
from course_lib.recurrence import LSTM
from tests.witness import KINDS, check_numeric, without

pytestmark = without(KINDS, "it computes nothing by itself; those that inherit are witnessed", Layer, Weights)

LAYERS = {
    "Dense": lambda rng: Dense(3, 3, rng),
    "Activation": lambda rng: Activation("tanh"),
    "Flatten": lambda rng: Flatten(),
    "Residual": lambda rng: Residual(Dense(3, 3, rng)),
    "Sequential": lambda rng: Sequential(Dense(3, 2, rng), Activation("relu"), Dense(2, 3, rng)),
    "an empty Sequential": lambda rng: Sequential(),
    "Dropout": lambda rng: Dropout(0.5, rng),
    "BatchNormalization": lambda rng: BatchNormalization(3),
}


@pytest.mark.parametrize("wrong", [(1, 3), (3,), (), (4, 1), (4, 3, 1), (1, 4, 3), (3, 4), (0, 3)])
@pytest.mark.parametrize("kind", LAYERS)
def test_backward_takes_the_shape_that_forward_returned(kind, wrong, rng):
    layer = LAYERS[kind](rng)
    layer.forward(rng.standard_normal((4, 3)), training=True)
    with pytest.raises(ValueError, match=r"dy must have the shape of what forward returned, \(4, 3\), got"):
        layer.backward(np.ones(wrong))


@pytest.mark.parametrize("dy", [np.ones((4, 3)), (np.ones((4, 3)), np.ones((1, 3)), np.ones((4, 3)))])
def test_several_outputs_have_several_gradients(dy, rng):
    layer = LSTM(2, 3, rng, return_state=True)
    layer.forward(rng.standard_normal((4, 5, 2)))
    with pytest.raises(
        ValueError, match=r"dy must hold 3 arrays|dy\[1\] must have the shape .* \(4, 3\), got \(1, 3\)"
    ):
        layer.backward(dy)


@pytest.mark.parametrize("kind", LAYERS)
def test_backward_needs_a_forward(kind, rng):
    layer = LAYERS[kind](rng)
    with pytest.raises(ValueError, match=f"^{type(layer).__name__}.backward needs a forward before it"):
        layer.backward(np.ones((4, 3)))


def test_a_forward_that_failed_is_none(rng):
    layer = Sequential(Dense(3, 2, rng), Dense(2, 2, rng))
    layer.forward(np.ones((4, 3)))
    with pytest.raises(ValueError, match=r"x must have the shape \(\.\.\., 3\), got \(4, 5\)"):
        layer.forward(np.ones((4, 5)))
    with pytest.raises(ValueError, match="needs a forward"):
        layer.backward(np.ones((4, 2)))


def test_gradients_need_a_backward(rng):
    layer = Sequential(Activation("relu"), Dense(3, 2, rng))
    layer.forward(np.ones((4, 3)))
    with pytest.raises(ValueError, match=r"^Dense.gradients needs a backward before it"):
        layer.gradients()


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, bool, np.float32, np.int64])
def test_a_gradient_of_any_kind_of_number(dtype, rng):
    layer = LAYERS["Sequential"](rng)
    layer.forward(rng.standard_normal((4, 3)))
    dy = np.ones((4, 3), dtype)
    np.testing.assert_allclose(layer.backward(dy), layer.backward(dy.astype(float)), rtol=1e-6)


def test_what_a_subclass_hands_on_is_its_own_affair(rng):
    class Doubled(Dense):
        """Its outputs twice, side by side."""

        def forward(self, x, training=False):
            return np.tile(super().forward(x, training), 2)

        def backward(self, dy):
            return super().backward(sum(np.split(dy, 2, axis=-1)))

    check_numeric(Doubled(3, 2, rng), rng.standard_normal((4, 3)), rng)


@pytest.mark.parametrize(
    "network",
    [
        lambda a, b: Sequential(a, b, a),
        lambda a, b: Sequential(a, a),
        lambda a, b: Sequential(a, Sequential(b, Sequential(a))),
        lambda a, b: Sequential(Sequential(a, b), Sequential(b)),
        lambda a, b: Sequential(a, Residual(a)),
        lambda a, b: Residual(Sequential(b, b)),
        lambda a, b: Sequential(*[Sequential(a)] * 2),
    ],
)
def test_a_layer_has_one_place(network, rng):
    """In its second place it would forget what it saw in the first, and the gradient would be wrong in silence."""
    with pytest.raises(ValueError, match=r"there must be two layers where the same (Dense|Sequential) stands twice"):
        network(Dense(3, 3, rng), Dense(3, 3, rng))


def test_a_layer_in_two_networks_belongs_to_the_last_that_ran(rng):
    """Its cache holds one input: the other network's gradient would be wrong in silence."""
    shared = Activation("tanh")
    first, second = Sequential(Dense(3, 3, rng), shared), Sequential(shared, Dense(3, 3, rng))
    x, dy = rng.standard_normal((4, 3)), np.ones((4, 3))
    second.forward(first.forward(x))
    dx = second.backward(dy)
    with pytest.raises(ValueError, match=r"^Sequential.backward needs a new forward: Activation inside it saw others'"):
        first.backward(dx)
    check_numeric(first, x, rng)
    check_numeric(second, x, rng)


def test_layers_cannot_be_added_behind_its_back(rng):
    network = Sequential(Dense(3, 3, rng))
    with pytest.raises(AttributeError):
        network.layers.append(network.layers[0])


@pytest.mark.parametrize("wrong", [lambda rng: [Dense(3, 3, rng)], lambda rng: np.tanh, lambda rng: Dense])
def test_what_is_no_layer_gets_a_sentence(wrong, rng):
    with pytest.raises(ValueError, match=r"layers must be layers, one argument each, got (list|ufunc|type)"):
        Sequential(wrong(rng))


def normalized(rng):
    return Sequential(Dense(3, 4, rng), Sequential(BatchNormalization(4, momentum=0.5)), Dense(4, 2, rng))


def test_weights_are_those_of_keras_in_its_order(rng, keras):
    """The moving averages stand behind the scale and the shift of their own layer."""
    parts = [keras.layers.Dense(4), keras.Sequential([keras.layers.BatchNormalization()]), keras.layers.Dense(2)]
    twin, ours, x = keras.Sequential(parts), normalized(rng), rng.standard_normal((6, 3))
    ours.forward(x, training=True)
    twin.build((None, 3))
    twin.set_weights(ours.get_weights())
    np.testing.assert_allclose(ours.forward(x), twin(x), rtol=1e-9, atol=1e-12)
    for w, theirs in zip(ours.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(w, theirs)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda network: pickle.loads(pickle.dumps(network))])
def test_a_copy_has_everything_and_goes_on_alone(copied, rng):
    network, x = normalized(rng), rng.standard_normal((6, 3))
    network.forward(x, training=True)
    twin = copied(network)
    before = network.forward(x)
    np.testing.assert_array_equal(twin.forward(x), before)
    twin.forward(x + 7, training=True)
    np.testing.assert_array_equal(network.forward(x), before)


def test_weights_are_copies_and_are_written_in_place(rng):
    network, x = normalized(rng), rng.standard_normal((6, 3))
    kept, arrays, before = network.get_weights(), network.parameters(), network.forward(x)
    network.forward(x + 5, training=True)
    for p in network.parameters():
        p += 1
    assert not np.allclose(network.forward(x), before)
    network.set_weights(w for w in kept)
    np.testing.assert_array_equal(network.forward(x), before)
    assert all(a is b for a, b in zip(arrays, network.parameters(), strict=True))


@pytest.mark.parametrize(
    "wrong", [lambda w: w[:-1], lambda w: [*w, w[0]], lambda w: [w[0][:1], *w[1:]], lambda w: [], lambda w: [1.0] * 8]
)
def test_weights_of_another_network_are_refused_whole(wrong, rng):
    network = normalized(rng)
    before = network.get_weights()
    with pytest.raises(ValueError, match=r"weights must hold arrays of the shapes \[\(3, 4\), .* got \["):
        network.set_weights(wrong([w + 1 for w in before]))
    for w, kept in zip(network.get_weights(), before, strict=True):
        np.testing.assert_array_equal(w, kept)


def test_what_is_frozen_is_kept_and_passed_through(rng):
    """As in Keras: frozen with all that is inside, and a layer inside alone does not thaw."""
    network = normalized(rng)
    network.layers[1].trainable = False
    assert [p.shape for p in network.parameters()] == [(3, 4), (4,), (4, 2), (2,)]
    assert len(network.get_weights()) == 8
    check_numeric(network, rng.standard_normal((6, 3)), rng)
    network.trainable = False
    network.layers[0].trainable = True
    assert network.parameters() == network.gradients() == []
    network.trainable = True
    assert network.layers[1].layers[0].trainable
    assert len(network.parameters()) == 6


@pytest.mark.parametrize("frozen", [[], [0], [1], [0, 2], [0, 1, 2]])
def test_keras_freezes_the_same(frozen, rng, keras):
    twin = keras.Sequential(
        [keras.layers.Dense(4), keras.layers.BatchNormalization(momentum=0.5), keras.layers.Dense(2)]
    )
    twin.build((None, 3))
    ours = normalized(rng)
    for i in frozen:
        ours.layers[i].trainable = twin.layers[i].trainable = False
    assert [p.shape for p in ours.parameters()] == [tuple(v.shape) for v in twin.trainable_variables]
    x = rng.standard_normal((6, 3))
    twin.set_weights(ours.get_weights())
    np.testing.assert_allclose(ours.forward(x, training=True), twin(x, training=True), rtol=1e-9, atol=1e-12)
    for w, theirs in zip(ours.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_allclose(w, theirs, rtol=1e-9, atol=1e-12)
