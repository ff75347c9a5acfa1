"""PyTorch's weights for Keras' layers and for ours, which keep the same arrays in the same order.

state: what a PyTorch module's ``state_dict()`` holds, from names to arrays or tensors, on whatever device
Each function gives the list that ``set_weights`` of the layer takes. ValueError where the state is another module's, as
far as names and shapes tell: without a bias, a convolution and a transposed one look alike.

What the weights do not say is to be set by hand, for the defaults differ: epsilon is 1e-5 in PyTorch's norms, 1e-3 in
Keras'; PyTorch's momentum of 0.1 is Keras' 0.9; PyTorch wants the channels first, and in a recurrent or attention layer
the time, unless ``batch_first=True``. Source: PyTorch's documentation of ``torch.nn`` (version 2.15).
"""

from collections.abc import Mapping

import numpy as np

from course_lib import limits


def dense(state):
    """``nn.Linear``, weight (units, inputs), for ``Dense``: kernel (inputs, units), bias (units,)."""
    return _kernel_and_bias(state, lambda weight: weight.T, 2)


def embedding(state):
    """``nn.Embedding``, weight (vocabulary, width), for ``Embedding``: the same table."""
    _check_names(state, {"weight"})
    return [_array(state, "weight", 2)]


def convolution(state):
    """``nn.Conv1d`` or ``nn.Conv2d``, weight (filters, channels / groups, *window), for ``Conv1D`` or ``Conv2D``.

    Keras' kernel is (*window, channels / groups, filters); neither library turns it round.
    """
    return _kernel_and_bias(state, lambda weight: np.moveaxis(weight, [0, 1], [-1, -2]), 3, 4)


def depthwise_convolution(state, depth_multiplier=1):
    """``nn.Conv2d`` with as many groups as channels, weight (channels · depth_multiplier, 1, rows, columns).

    For ``DepthwiseConv2D``: kernel (rows, columns, channels, depth_multiplier).
    """

    multiplier = limits.whole("depth_multiplier", depth_multiplier)

    def kernel(weight):
        filters, of_each, *window = weight.shape
        if of_each != 1 or filters % multiplier:
            raise ValueError(
                "weight must be (channels * depth_multiplier, 1, rows, columns) with depth_multiplier "
                f"{depth_multiplier}, got shape {weight.shape}"
            )
        return np.moveaxis(weight.reshape(-1, multiplier, *window), [0, 1], [-2, -1])

    return _kernel_and_bias(state, kernel, 4)


def transposed_convolution(state):
    """``nn.ConvTranspose2d``, weight (channels, filters, rows, columns), for ``Conv2DTranspose``.

    Keras' kernel is (rows, columns, filters, channels). One with groups has no layer in Keras.
    """
    return _kernel_and_bias(state, lambda weight: np.moveaxis(weight, [0, 1], [-1, -2]), 4, filters=1)


def normalization(state):
    """``nn.LayerNorm``, ``nn.GroupNorm`` or ``nn.BatchNorm2d``: gamma, beta, and of the last both moving averages.

    PyTorch's running variance is of a sample (divided by n - 1), Keras' moving variance is not. Of ``nn.RMSNorm`` there
    is the scale alone; its epsilon is that of the numbers' width unless it was given.
    """
    averages = {"running_mean", "running_var", "num_batches_tracked"}
    _check_names(state, {"weight"}, {"bias", *averages})
    own = [_array(state, name, 1) for name in ("weight", "bias", "running_mean", "running_var") if name in state]
    if len({array.shape for array in own}) > 1 or len(own) == 3:
        raise ValueError(f"state must hold arrays of one length for each feature, got {_shapes(state)}")
    return own


def recurrent(state, gates, layer=0, reverse=False):
    """One direction of one layer of ``nn.RNN``, ``nn.LSTM`` or ``nn.GRU``: kernel, recurrent kernel, bias.

    gates: 1 for ``SimpleRNN``, 4 for ``LSTM``, whose gates have one order in both, and 3 for ``GRU``, where PyTorch's
    order is reset, update, new, and Keras' is update, reset, new
    reverse: the direction that ``Bidirectional`` keeps in its second layer
    PyTorch adds two biases. Keras keeps their sum, but in GRU, whose reset works on one of them (``reset_after=True``).
    """
    suffix = f"_l{layer}{'_reverse' * bool(reverse)}"
    _check_gates(state, gates, suffix)
    kernels = [_in_keras_order(_array(state, f"weight_{side}{suffix}", 2), gates).T for side in ("ih", "hh")]
    if f"bias_ih{suffix}" not in state:
        return kernels
    biases = [_in_keras_order(_array(state, f"bias_{side}{suffix}", 1), gates) for side in ("ih", "hh")]
    return [*kernels, np.stack(biases) if gates == 3 else biases[0] + biases[1]]


def multi_head_attention(state, num_heads):
    """``nn.MultiheadAttention`` for ``MultiHeadAttention``: of query, key, value and output each kernel and bias.

    PyTorch keeps three projections in one in_proj_weight (3 · dim, dim), its heads one below the other; Keras' kernels
    are (dim, heads, key_dim), and (heads, key_dim, dim) for the output. With kdim or vdim there are three weights.
    """
    projections = _projections(state)
    dim, num_heads = len(projections[0]), limits.whole("num_heads", num_heads)
    if dim % num_heads or any(len(part) != dim for part in projections) or projections[0].shape != (dim, dim):
        raise ValueError(f"in_proj_weight must be (3 * dim, dim), dim in {num_heads} heads, got {_shapes(state)}")
    heads = num_heads, dim // num_heads
    kernels = [part.T.reshape(-1, *heads) for part in projections]
    kernels.append(_array(state, "out_proj.weight", 2).T.reshape(*heads, dim))
    if "in_proj_bias" not in state:
        return kernels
    biases = [part.reshape(heads) for part in np.split(_array(state, "in_proj_bias", 1), 3)]
    biases.append(_array(state, "out_proj.bias", 1))
    return [array for pair in zip(kernels, biases, strict=True) for array in pair]


def encoder_block(state, num_heads, normalize_first=False):
    """``nn.TransformerEncoderLayer`` for ``EncoderBlock``; normalize_first is PyTorch's norm_first.

    The order is that of the computation. Without biases (``bias=False``) it has no twin here.
    """
    layers = "linear1", "linear2", "norm1", "norm2"
    names = {f"self_attn.{name}" for name in _ATTENTION} | {f"{layer}.{name}" for layer in layers for name in _DENSE}
    biases = {name for name in names if name.endswith("bias")}
    _check_names(state, names - biases, biases)
    attention = multi_head_attention(_inside(state, "self_attn"), num_heads)
    feed_forward = [array for name in ("linear1", "linear2") for array in dense(_inside(state, name))]
    first, second = (normalization(_inside(state, name)) for name in ("norm1", "norm2"))
    parts = [first, attention, second, feed_forward] if normalize_first else [attention, first, feed_forward, second]
    return [array for part in parts for array in part]


_DENSE = "weight", "bias"
_ATTENTION = "in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"


def _projections(state):
    """The weights of query, key and value, each (dim, what is projected)."""
    apart = [f"{name}_proj_weight" for name in "qkv"]
    together = "in_proj_weight" in state or apart[0] not in state
    _check_names(state, {"out_proj.weight", *(_ATTENTION[:1] if together else apart)}, {*_ATTENTION})
    if not together:
        return [_array(state, name, 2) for name in apart]
    return np.array_split(_array(state, "in_proj_weight", 2), 3)


def _check_gates(state, gates, suffix):
    """What an LSTM says to itself is (4 · units, units), and that of another cell has other shapes."""
    gates = int(limits.number("gates", limits.whole("gates", gates), 1, 4))
    names = [f"{kind}_{side}" for kind in ("weight", "bias") for side in ("ih", "hh")]
    wanted = {name + suffix for name in names if name.startswith("weight") or f"bias_ih{suffix}" in state}
    _check_names(state, wanted, {name for name in state if name.rpartition("_l")[0] in names})
    rows = len(_array(state, f"weight_hh{suffix}", 2))
    units = _array(state, f"weight_hh{suffix}", 2).shape[1]
    if rows != gates * units or any(len(_array(state, name)) != rows for name in wanted):
        raise ValueError(f"{gates} gates were wanted, which do not share {rows} rows with {units} units")


def _check_names(state, wanted, others=frozenset()):
    """All of the wanted names are there, and none but those and the others."""
    if not isinstance(state, Mapping):
        raise ValueError(f"state must be what state_dict() gives, names and arrays, got {type(state).__name__}")
    for name in sorted(wanted - state.keys()) or sorted(state.keys() - wanted - others):
        wish = "hold" if name in wanted else "not hold"
        raise ValueError(f"state must {wish} {name!r}; it holds {', '.join(map(repr, state)) or 'nothing'}")


def _shapes(state):
    return ", ".join(f"{name} {tuple(np.shape(array))}" for name, array in state.items())


def _inside(state, name):
    return {key[len(name) + 1 :]: array for key, array in state.items() if key.startswith(f"{name}.")}


def _kernel_and_bias(state, kernel, *ranks, filters=0):
    """filters: the axis of PyTorch's weight along which each has its own bias"""
    _check_names(state, {"weight"}, {"bias"})
    weight = _array(state, "weight", *ranks)
    bias = [_array(state, "bias", 1)] if "bias" in state else []
    if bias and len(bias[0]) != weight.shape[filters]:
        raise ValueError(f"bias must have one number for each along axis {filters} of weight, got {_shapes(state)}")
    return [kernel(weight), *bias]


def _in_keras_order(array, gates):
    parts = np.split(array, gates)
    return np.concatenate([parts[1], parts[0], parts[2]] if gates == 3 else parts)


def _array(state, name, *ranks):
    """A copy, as floats of 32 bits or more. ranks: how many axes it may have"""
    array = state[name]
    if hasattr(array, "detach"):
        # A tensor may have a gradient, lie on a GPU, and hold what NumPy has no numbers for, such as bfloat16.
        array = array.detach().cpu()
        array = array.numpy() if array.element_size() >= 4 else array.double().numpy()
    if np.asarray(array).dtype.kind != "f":
        raise ValueError(f"{name} must hold floats, got {np.asarray(array).dtype}")
    array = limits.floats(array).copy()
    if ranks and array.ndim not in ranks:
        raise ValueError(f"{name} must have {' or '.join(map(str, ranks))} axes, got shape {array.shape}")
    return array
