"""Slopes of what Keras computes, on whichever backend it runs: for Grad-CAM, saliency, and a step of one's own."""

import importlib

import numpy as np


def value_and_gradients(f, *inputs, variables=()):
    """(f(*inputs), its gradients): a float, and a list of NumPy arrays, one for each input and then for each variable.

    f: takes Keras tensors, such as a model's inputs, and returns one number, as a tensor
    inputs: arrays, float32 where they hold whole numbers
    variables: Keras variables that f reads, such as ``model.trainable_variables``

    The gradient of what f does not depend on is 0. f only computes: what a layer notes on the way, such as the moving
    averages of a batch normalization in training, is not kept on every backend.
    """
    import keras

    inputs = [_floats(x, keras.config.floatx()) for x in inputs]
    value, gradients = _BODIES[keras.config.backend()](f, inputs, list(variables))
    zeros = [*inputs, *variables]
    return float(value), [
        np.zeros(of.shape, "float32") if gradient is None else keras.ops.convert_to_numpy(gradient)
        for gradient, of in zip(gradients, zeros, strict=True)
    ]


def _floats(x, floatx):
    x = np.asarray(x)
    return x.astype(floatx) if x.dtype.kind in "biu" else x


def _one_number(y):
    if tuple(y.shape):
        raise ValueError(f"what f returns must have the shape of one number, (), got {tuple(y.shape)}")
    return y


def _tensorflow(f, inputs, variables):
    tf = importlib.import_module("tensorflow")
    inputs, variables = [tf.convert_to_tensor(x) for x in inputs], [variable.value for variable in variables]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        value = _one_number(f(*inputs))
    return value, tape.gradient(value, [*inputs, *variables])


def _jax(f, inputs, variables):
    import keras

    jax = importlib.import_module("jax")

    def computed(inputs, values):
        # JAX differentiates only what it is handed: inside, each variable has the value that is handed in.
        with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
            return _one_number(f(*inputs))

    value, (of_inputs, of_variables) = jax.value_and_grad(computed, argnums=(0, 1))(
        [jax.numpy.asarray(x) for x in inputs], [variable.value for variable in variables]
    )
    return value, [*of_inputs, *of_variables]


def _torch(f, inputs, variables):
    torch = importlib.import_module("torch")
    inputs, variables = [torch.tensor(x, requires_grad=True) for x in inputs], [one.value for one in variables]
    with torch.enable_grad():
        value = _one_number(f(*inputs))
        return value.detach(), torch.autograd.grad(value, [*inputs, *variables], allow_unused=True)


_BODIES = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}
