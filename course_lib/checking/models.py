"""Keras models as a few words say them: what right and wrong answers of exercises that build one are made of."""


def keras_model(inputs, *layers, weights=None, fit=None, epochs=1, batch_size=32, seed=0, **training):
    """A Sequential model for ``inputs`` numbers, with ``weights`` if any are given, trained if it is given ``fit``.

    layers: each a number of linear neurons, the first arguments of a Dense as a tuple, the name of a Keras layer, or
    a function that makes the layer of ``keras.layers``   fit: (x, y), to which ``Normalization`` layers adapt first
    training: see ``compiled``
    ``seed`` sets Python's, NumPy's and Keras' random numbers, so that a model of one form is always the same.
    """
    from course_lib.page import quiet

    with quiet():
        import keras
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((inputs,)), *(_layer(keras.layers, layer) for layer in layers)])
    if weights is not None:
        model.set_weights(weights)
    if fit is not None:
        for layer in model.layers:
            if isinstance(layer, keras.layers.Normalization):
                layer.adapt(fit[0])
        compiled(model, **training).fit(*fit, batch_size, epochs, verbose=0)
    return model


def compiled(model, loss="mse", optimizer="Adam", rate=0.001):
    """The model, ready to be trained.

    loss: a name, or a function that makes it of ``keras.losses``   optimizer: the name of its class
    rate: a number, or a function that makes a schedule of ``keras.optimizers.schedules``
    """
    import keras

    if callable(rate):
        rate = rate(keras.optimizers.schedules)
    optimizer = getattr(keras.optimizers, optimizer)(rate)
    model.compile(optimizer, loss(keras.losses) if callable(loss) else loss)
    return model


def _layer(layers, spec):
    if callable(spec):
        return spec(layers)
    if isinstance(spec, str):
        return getattr(layers, spec)()
    return layers.Dense(*spec) if isinstance(spec, tuple) else layers.Dense(spec)
