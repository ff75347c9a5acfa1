"""What ``tests.bench`` measures: each case gives {who: a function without arguments that returns a list of arrays}.

A case is called with a rng and a dtype, and its first call of every contestant starts from the same numbers.
"""

import importlib

import numpy as np


def use(module, *names):
    """What a case needs of course_lib. A module that is not written yet is a reason to skip the case."""
    found = importlib.import_module(f"course_lib.{module}")
    return [getattr(found, name) for name in names]


def cast(layer, dtype):
    """The layer with its parameters in that dtype."""
    layer.params.update({name: p.astype(dtype) for name, p in layer.params.items()})
    for inner in layer.layers:
        cast(inner, dtype)
    return layer


def compiled(f):
    """The same function twice: compiled by tf.function, and by XLA besides."""
    import tensorflow as tf

    return {"tf.function": tf.function(f), "XLA": tf.function(f, jit_compile=True)}


def set_weights(twin, layer):
    for variable, p in zip(twin.trainable_variables, layer.parameters(), strict=True):
        variable.assign(p)


def forward_and_backward(layer, twin, x, rng, dtype):
    """Contestants that compute y, dx and the gradients of all weights."""
    import tensorflow as tf

    cast(layer, dtype)
    dy, inputs = rng.standard_normal(layer.forward(x).shape).astype(dtype), tf.constant(x)
    twin(inputs)
    set_weights(twin, layer)
    upstream = tf.constant(dy)

    def ours():
        y = layer.forward(x, training=True)
        return [y, layer.backward(dy), *layer.gradients()]

    def theirs(inputs, upstream):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            y = twin(inputs, training=True)
        return [y, *tape.gradient(y, [inputs, *twin.trainable_variables], output_gradients=upstream)]

    return {"ours": ours} | {name: lambda f=f: f(inputs, upstream) for name, f in compiled(theirs).items()}


def training_step(layer, build_twin, x, y, dtype):
    """Contestants that take one step of Adam on the cross-entropy of a batch; what they return is the loss."""
    import keras
    import tensorflow as tf

    (loss, loss_grad), (Adam,) = (
        use("losses", "sparse_categorical_crossentropy", "sparse_categorical_crossentropy_grad"),
        use("optimizers", "Adam"),
    )
    optimizer, crossentropy = Adam(), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    cast(layer, dtype)
    inputs, labels = tf.constant(x), tf.constant(y)

    def ours():
        logits = layer.forward(x, training=True)
        layer.backward(loss_grad(y, logits, from_logits=True))
        optimizer.step(layer.parameters(), layer.gradients())
        return [loss(y, logits, from_logits=True)]

    def contestant(jit):
        """Each has a model of its own, for every step changes it."""
        twin, twin_optimizer = build_twin(), keras.optimizers.Adam()
        set_weights(twin, layer)
        twin_optimizer.build(twin.trainable_variables)

        @tf.function(jit_compile=jit)
        def theirs(inputs, labels):
            with tf.GradientTape() as tape:
                value = crossentropy(labels, twin(inputs, training=True))
            grads = tape.gradient(value, twin.trainable_variables)
            # An embedding's gradient lists each row as often as it was looked up; Keras' Adam would square the parts
            # instead of their sum, and take steps of another size.
            twin_optimizer.apply([tf.convert_to_tensor(g) for g in grads])
            return [value]

        return lambda: theirs(inputs, labels)

    return {"ours": ours, "tf.function": contestant(False), "XLA": contestant(True)}


def dense_networks(rng):
    """Ours and what builds Keras', 64 → 64 → 10."""
    import keras

    Sequential, Dense, Activation = use("layers", "Sequential", "Dense", "Activation")
    layers = [keras.Input((64,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(10)]
    network = Sequential(Dense(64, 64, rng), Activation("relu"), Dense(64, 10, rng))
    return network, lambda: keras.models.clone_model(keras.Sequential(layers))


def training_digits(dtype):
    from course_lib.data import digits

    data = digits()
    return data.x_train.reshape(len(data.x_train), -1).astype(dtype), data.y_train


def dense_step(rng, dtype):
    x, y = training_digits(dtype)
    return training_step(*dense_networks(rng), x[:32], y[:32], dtype)


def dense_fit(rng, dtype):
    """One epoch of 33 batches, shuffled; Keras by ``Model.fit``. The loss is that of the whole epoch."""
    import keras

    (Adam,) = use("optimizers", "Adam")
    loss, loss_grad = use("losses", "sparse_categorical_crossentropy", "sparse_categorical_crossentropy_grad")
    (x, y), (network, build_twin) = training_digits(dtype), dense_networks(rng)
    x, y, optimizer, model = x[:1056], y[:1056], Adam(), build_twin()
    set_weights(model, cast(network, dtype))
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))

    def ours():
        losses = []
        for batch in rng.permutation(len(x)).reshape(-1, 32):
            logits = network.forward(x[batch], training=True)
            network.backward(loss_grad(y[batch], logits, from_logits=True))
            optimizer.step(network.parameters(), network.gradients())
            losses.append(loss(y[batch], logits, from_logits=True))
        return [np.mean(losses)]

    return {"ours": ours, "Model.fit": lambda: model.fit(x, y, batch_size=32, verbose=0).history["loss"]}


def convolution(rng, dtype):
    import keras

    (Conv2D,) = use("convolution", "Conv2D")
    x = rng.standard_normal((64, 28, 28, 1)).astype(dtype)
    return forward_and_backward(Conv2D(1, 16, 3, rng), keras.layers.Conv2D(16, 3), x, rng, dtype)


def lstm(rng, dtype):
    import keras

    (LSTM,) = use("recurrence", "LSTM")
    x = rng.standard_normal((32, 50, 16)).astype(dtype)
    return forward_and_backward(LSTM(16, 64, rng), keras.layers.LSTM(64), x, rng, dtype)


def attention(rng, dtype):
    import keras

    (MultiHeadAttention,) = use("attention", "MultiHeadAttention")
    x, inputs = rng.standard_normal((16, 64, 64)).astype(dtype), keras.Input((64, 64))
    twin = keras.Model(inputs, keras.layers.MultiHeadAttention(4, 16)(inputs, inputs))
    return forward_and_backward(MultiHeadAttention(64, 4, 16, rng), twin, x, rng, dtype)


def adam(rng, dtype):
    """Each has an array of its own, for every step changes it."""
    import keras
    import tensorflow as tf

    (Adam,) = use("optimizers", "Adam")
    w, g = rng.standard_normal((2, 1000, 1000)).astype(dtype)
    optimizer, gradient = Adam(), tf.constant(g)

    def contestant(jit):
        variable, theirs = keras.Variable(w), keras.optimizers.Adam()
        theirs.build([variable])
        apply = tf.function(lambda gradient: theirs.apply([gradient]), jit_compile=jit)
        return lambda: [apply(gradient), variable.value][1:]

    keras_ways = {"tf.function": contestant(False), "XLA": contestant(True)}
    return {"ours": lambda: [optimizer.step([w], [g]), w][1:], **keras_ways}


def gpt(rng, dtype):
    """Two blocks, 64 wide, on 16 texts of 64 tokens out of 64."""
    import keras

    (GPT,) = use("transformers", "GPT")
    tokens = rng.integers(0, 64, (2, 16, 64))

    class Positions(keras.layers.Layer):
        def build(self, shape):
            self.embeddings = self.add_weight(shape=shape[1:])

        def call(self, x):
            return x + self.embeddings

    def build_twin():
        layers = keras.layers
        inputs = keras.Input((64,), dtype="int64")
        x = Positions()(layers.Embedding(64, 64)(inputs))
        for _ in range(2):
            z = layers.LayerNormalization()(x)
            x = x + layers.MultiHeadAttention(4, 16)(z, z, use_causal_mask=True)
            z = layers.LayerNormalization()(x)
            x = x + layers.Dense(64)(layers.Dense(256, "relu")(z))
        return keras.Model(inputs, layers.Dense(64)(layers.LayerNormalization()(x)))

    return training_step(GPT(64, 64, 64, 4, 2, rng), build_twin, *tokens, dtype)


CASES = {
    "digits 64→64→10, training step, batch 32": dense_step,
    "digits 64→64→10, epoch of 33 steps": dense_fit,
    "Conv2D 64×28×28×1→16, 3×3, forward + backward": convolution,
    "LSTM 32×50×16→64, forward + backward": lstm,
    "attention 16×64×64, 4 heads, forward + backward": attention,
    "Adam, 1 million parameters": adam,
    "GPT 2 blocks, 16×64 tokens, training step": gpt,
}
