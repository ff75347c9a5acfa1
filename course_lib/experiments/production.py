"""What chapter 15 trains and counts while one waits: readers of digits, their exports, and pipelines."""

import os
import warnings

import numpy as np

from course_lib.backend_gradients import value_and_gradients
from course_lib.layer_costs import layer_cost
from course_lib.page import quiet

SHIFTS = [(0, 1), (0, -1), (1, 0), (-1, 0)]


# --- readers


def reader(width=64, rate=0.003):
    """8 × 8 pixels, one hidden layer, ten logits; compiled with Adam."""
    import keras

    layers = [keras.layers.Flatten(), keras.layers.Dense(width, "relu"), keras.layers.Dense(10)]
    model = keras.Sequential([keras.Input((8, 8)), *layers])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
    return model


def trained_reader(x, y, epochs=20, seed=0, **settings):
    import keras

    keras.utils.set_random_seed(seed)
    model = reader(**settings)
    model.fit(x, y, batch_size=32, epochs=epochs, verbose=0)
    return model


def share_right(logits, y):
    return float(np.mean(np.argmax(logits, axis=1) == y))


def shifted(x, down, right):
    """Pictures moved by so many pixels; what comes in is paper. x: (n, 8, 8)"""
    moved = np.roll(x, (down, right), axis=(1, 2))
    rows, columns = (slice(None, k) if k >= 0 else slice(k, None) for k in (down, right))
    moved[:, rows if down else slice(0)] = 0
    moved[:, :, columns if right else slice(0)] = 0
    return moved


def with_shifts(x, y):
    """The digits as they are, and moved by a pixel in each of four directions: five times as many."""
    return np.concatenate([x, *(shifted(x, *by) for by in SHIFTS)]), np.tile(y, 5)


# --- fewer bits


def lost_gradients(model, x, y, scale=1.0):
    """(became 0, too small for all digits): shares of a gradient's entries, not 0 in 32 bits, after scaling, in 16."""
    import keras

    def loss(*weights):
        hidden = keras.ops.relu(x.reshape(len(x), -1) @ weights[0] + weights[1])
        logits = hidden @ weights[2] + weights[3]
        return keras.ops.mean(keras.losses.sparse_categorical_crossentropy(y, logits, from_logits=True))

    _, slopes = value_and_gradients(loss, *model.get_weights())
    slopes = np.concatenate([np.asarray(slope).ravel() for slope in slopes])
    some = slopes[slopes != 0]
    half = np.abs((some * np.float32(scale)).astype("float16"))
    return float(np.mean(half == 0)), float(np.mean(half < np.finfo("float16").smallest_normal))


def half_precision(x, y, **settings):
    """The same reader, trained under Keras' policy "mixed_float16", which is put back afterwards."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        return trained_reader(x, y, **settings)
    finally:
        keras.config.set_dtype_policy(before)


def in_eight_bits(model):
    """A copy whose dense kernels are int8, as Keras quantizes it."""
    import keras

    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    with warnings.catch_warnings():
        # Keras warns that layers without weights, such as Flatten, have nothing to quantize.
        warnings.filterwarnings("ignore", message=".*does not have a `quantize` method")
        copy.quantize("int8")
    return copy


# --- exports


def export(model, folder):
    """The model in three formats: {format: its file or folder}"""
    names = {"tf_saved_model": "saved_model", "onnx": "reader.onnx", "litert": "reader.tflite"}
    places = {kind: os.path.join(folder, name) for kind, name in names.items()}
    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        for kind, place in places.items():
            model.export(place, format=kind, verbose=False)
    return places


def answers_of_export(kind, place, x):
    """The logits that an exported model gives, computed by that format's own runtime. Keras has no part in it."""
    return {"tf_saved_model": _saved_model, "onnx": _onnx, "litert": _litert}[kind](place, x)


def _saved_model(place, x):
    import tensorflow as tf

    # Its variables live as long as it does: serve alone would have lost them.
    loaded = tf.saved_model.load(place)
    return loaded.serve(x).numpy()


def _onnx(place, x):
    import onnxruntime

    session = onnxruntime.InferenceSession(place, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def _litert(place, x):
    with quiet():
        from ai_edge_litert.interpreter import Interpreter

        runtime = Interpreter(place)
        entry = runtime.get_input_details()[0]["index"]
        runtime.resize_tensor_input(entry, x.shape)
        runtime.allocate_tensors()
        runtime.set_tensor(entry, x)
        runtime.invoke()
        return runtime.get_tensor(runtime.get_output_details()[0]["index"])


# --- feeding


def calls_of_map(x, epochs, cached):
    """How often a pipeline's preparation is computed in so many passes over x, with and without ``cache``."""
    import tensorflow as tf

    calls = []

    def prepare(image):
        calls.append(1)
        return image / 2

    data = tf.data.Dataset.from_tensor_slices(x).map(lambda image: tf.numpy_function(prepare, [image], tf.float32))
    data = (data.cache() if cached else data).batch(32).prefetch(1)
    for _ in range(epochs):
        for _ in data:
            pass
    return len(calls)


def first_batch(rows, buffer, batch=32):
    """The rows in the first batch after ``shuffle(buffer)``."""
    import tensorflow as tf

    data = tf.data.Dataset.range(rows).shuffle(buffer, seed=1).batch(batch)
    return next(iter(data)).numpy()


def graph_flops(model):
    """{operation: FLOPs} of one example going forward, as TensorFlow itself counts them in the model's graph."""
    import tensorflow as tf

    spec = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32)
    graph = tf.function(lambda x: model(x)).get_concrete_function(spec).graph
    wish = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    with quiet():
        found = tf.compat.v1.profiler.profile(graph, options=wish | {"output": "none"}, cmd="op")
    return {node.name: node.float_ops for node in _below(found) if node.float_ops}


def _below(node):
    for child in node.children:
        yield child
        yield from _below(child)


# --- a language model's budget


def transformer_costs(depth, width, length, vocabulary=32_000):
    """One ``Cost`` for each layer of a decoder-only transformer as in chapter 10, with heads of 64 numbers each.

    It is counted, not built: the largest would fit into no computer.
    """
    row, wide = (length, width), (length, 4 * width)
    heads = max(1, width // 64)
    block = [
        layer_cost("LayerNormalization", row),
        layer_cost("MultiHeadAttention", row, row, num_heads=heads, key_dim=width // heads),
        layer_cost("LayerNormalization", row),
        layer_cost("Dense", row, units=4 * width),
        layer_cost("Dense", wide, units=width),
    ]
    ends = layer_cost("LayerNormalization", row), layer_cost("Dense", row, units=vocabulary)
    return [layer_cost("Embedding", (length,), input_dim=vocabulary, output_dim=width), *depth * block, *ends]
