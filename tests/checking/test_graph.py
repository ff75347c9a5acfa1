"""The bends of a Keras model are counted along its graph."""

from functools import reduce

import numpy as np
import pytest

from course_lib.checking.graph import bends
from course_lib.checking.models import keras_model


@pytest.fixture(scope="module")
def layers():
    from course_lib.page import quiet

    with quiet():
        import keras
    return keras.layers


def functional(layers, body, inputs=4):
    """The model whose output is ``body`` of its input."""
    import keras

    x = keras.Input((inputs,))
    return keras.Model(x, body(x))


def chain(layers):
    return keras_model(4, (5, "relu"), (5, "tanh"), 1)


def linear(layers):
    return keras_model(4, 5, (5, "linear"), "Flatten", "BatchNormalization", 1)


def output_that_bends(layers):
    return keras_model(4, 5, (3, "softmax"))


def bends_in_layers_of_their_own(layers):
    own = [layers.Activation("relu"), layers.ReLU(), layers.LeakyReLU(), layers.PReLU(), layers.ELU(), layers.Softmax()]
    return keras_model(4, *(part for bend in own for part in (5, lambda _, bend=bend: bend)), (1, "linear"))


def an_activation_that_is_a_layer(layers):
    return keras_model(4, (5, layers.LeakyReLU()), 1)


def an_activation_of_the_learners_own(layers):
    def bent(x):
        return x * x

    return keras_model(4, (5, bent), 1)


def bends_without_a_kernel_between(layers):
    return keras_model(4, (5, "relu"), "ReLU", "BatchNormalization", lambda made: made.Activation("relu"), (1, "tanh"))


def a_bend_of_the_input(layers):
    return keras_model(4, lambda made: made.Activation("tanh"), 1)


def nested(layers):
    import keras

    inner = keras.Sequential([layers.Dense(5, "relu"), keras.Sequential([layers.Dense(5, "tanh"), layers.Dense(5)])])
    return keras.Sequential([keras.Input((4,)), inner, layers.Dense(1, "sigmoid")])


def nested_functional(layers):
    inner = functional(layers, lambda x: layers.Dense(5, "relu")(layers.Dense(5, "tanh")(x)))
    return functional(layers, lambda x: layers.Dense(1)(inner(x)))


def a_nested_model_used_twice(layers):
    inner = functional(layers, lambda x: layers.Dense(4, "relu")(x))
    return functional(layers, lambda x: layers.Dense(1)(inner(inner(x))))


def branches(layers):
    def body(x):
        left = layers.Dense(5, "relu")(layers.Dense(5, "relu")(x))
        others = [layers.Dense(5, "tanh")(x) for _ in range(6)]
        return layers.Dense(1)(layers.Concatenate()([left, *others]))

    return functional(layers, body)


def a_skip(layers):
    def body(x):
        for _ in range(3):
            x = layers.Add()([x, layers.Dense(4)(layers.Dense(4, "relu")(x))])
        return layers.Dense(1)(x)

    return functional(layers, body)


def a_layer_called_twice(layers):
    shared = layers.Dense(4, "tanh")
    return functional(layers, lambda x: layers.Dense(1)(shared(shared(x))))


def operations(layers):
    import keras

    return functional(layers, lambda x: layers.Dense(1)(keras.ops.relu(layers.Dense(3)(x)) * 2 + 1))


def layers_of_another_model(layers):
    """What was built out of parts of a model has a path of its own."""
    first = keras_model(4, (5, "relu"), (5, "relu"), (5, "relu"))
    return functional(layers, lambda x: layers.Dense(1)(first.layers[-1](layers.Dense(5)(x))))


def a_layer_of_the_learners_own(layers):
    class Block(layers.Layer):
        def __init__(self):
            super().__init__()
            self.hidden = [layers.Dense(5, "relu"), layers.Dense(5, "relu")]
            self.last = layers.Dense(4)

        def call(self, x):
            return x + self.last(self.hidden[1](self.hidden[0](x)))

    return functional(layers, lambda x: layers.Dense(1)(Block()(x)))


def a_model_of_the_learners_own(layers):
    import keras

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.first, self.last = layers.Dense(5, "relu"), layers.Dense(1)

        def call(self, x):
            return self.last(self.first(x))

    model = Own()
    model(np.zeros((1, 4)))
    return model


def own_layer(layers, compute, **parts):
    """A model with one layer of the learner's own, which has these parts, and whose call is ``compute(self, x)``."""

    class Own(layers.Layer):
        def __init__(self):
            super().__init__()
            for name, part in parts.items():
                setattr(self, name, part)

        def build(self, shape):
            self.kernel = self.add_weight(shape=(shape[-1], 4), initializer="ones")

        def call(self, x):
            return compute(self, x)

    return functional(layers, lambda x: layers.Dense(1)(Own()(x)))


def bare_operations_in_a_layer_of_the_learners_own(layers):
    from keras import ops

    return own_layer(layers, lambda self, x: ops.relu(self.last(ops.tanh(x @ self.kernel))), last=layers.Dense(5))


def own_layers_side_by_side(layers):
    parts = {name: layers.Dense(4, "relu") for name in "abc"}
    return own_layer(layers, lambda self, x: self.a(x) + self.b(x) + self.c(x), **parts)


def an_own_layer_that_calls_one_part_twice(layers):
    return own_layer(layers, lambda self, x: self.a(self.a(x)), a=layers.Dense(4, "relu"))


def a_part_that_is_not_called(layers):
    return own_layer(layers, lambda self, x: self.a(x), a=layers.Dense(4), b=layers.Dense(4, "relu"))


def squares_and_products(layers):
    from keras import ops

    return own_layer(layers, lambda self, x: self.a(ops.square(x)) * self.b(x), a=layers.Dense(4), b=layers.Dense(4))


def numbers_do_not_bend(layers):
    return own_layer(layers, lambda self, x: 3 * self.a(x / 2) - 1, a=layers.Dense(4))


def own_model_with_bare_operations(layers):
    import keras

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.first, self.second, self.last = layers.Dense(5), layers.Dense(5), layers.Dense(1)

        def call(self, x):
            return self.last(keras.ops.tanh(self.second(keras.ops.maximum(self.first(x), 0))))

    model = Own()
    model(np.zeros((1, 4)))
    return model


def wrapped(layers):
    return keras_model(4, lambda made: made.Reshape((2, 2)), lambda made: made.TimeDistributed(made.Dense(3, "relu")))


def two_outputs(layers):
    import keras

    x = keras.Input((4,))
    h = layers.Dense(5, "relu")(x)
    return keras.Model(x, [layers.Dense(1)(h), layers.Dense(1)(layers.Dense(5, "tanh")(h))])


def a_hundred_layers(layers):
    return functional(layers, lambda x: reduce(lambda x, layer: layer(x), [layers.Dense(4, "relu")] * 100, x))


MODELS = {
    chain: ["relu", "tanh"],
    linear: [],
    output_that_bends: ["softmax"],
    bends_in_layers_of_their_own: ["relu", "relu", "leaky_relu", "prelu", "elu", "softmax"],
    an_activation_that_is_a_layer: ["LeakyReLU"],
    an_activation_of_the_learners_own: ["bent"],
    bends_without_a_kernel_between: ["relu", "tanh"],
    a_bend_of_the_input: ["tanh"],
    nested: ["relu", "tanh", "sigmoid"],
    nested_functional: ["tanh", "relu"],
    a_nested_model_used_twice: ["relu", "relu"],
    branches: ["relu", "relu"],
    a_skip: ["relu", "relu", "relu"],
    a_layer_called_twice: ["tanh", "tanh"],
    operations: ["relu"],
    layers_of_another_model: ["relu"],
    a_layer_of_the_learners_own: ["relu", "relu"],
    a_model_of_the_learners_own: ["relu"],
    bare_operations_in_a_layer_of_the_learners_own: ["tanh", "relu"],
    own_layers_side_by_side: ["relu"],
    an_own_layer_that_calls_one_part_twice: ["relu", "relu"],
    a_part_that_is_not_called: [],
    squares_and_products: ["square", "multiply"],
    numbers_do_not_bend: [],
    own_model_with_bare_operations: ["maximum", "tanh"],
    wrapped: ["relu"],
    two_outputs: ["relu", "tanh"],
    a_hundred_layers: ["relu"] * 100,
}


@pytest.mark.parametrize(("made", "wanted"), MODELS.items(), ids=lambda one: getattr(one, "__name__", ""))
def test_the_bends_are_those_of_one_path(made, wanted, layers):
    assert bends(made(layers)) == wanted


def test_a_graph_that_keras_hides_is_taken_for_a_chain(layers, monkeypatch):
    def hidden(tensor):
        raise AttributeError("another Keras")

    monkeypatch.setattr("course_lib.checking.graph._origin", hidden)
    assert bends(a_skip(layers)) == ["relu"] * 3
    assert bends(chain(layers)) == ["relu", "tanh"]


def test_what_cannot_be_called_on_a_symbol_is_taken_for_a_chain(layers, monkeypatch):
    model = a_part_that_is_not_called(layers)
    monkeypatch.setattr(type(model.layers[1]), "call", lambda self, x: np.asarray(x))
    assert bends(model) == ["relu"]
