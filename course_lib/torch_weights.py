"""PyTorch's weights for Keras' layers and for ours, which keep the same arrays in the same order.

state: what a PyTorch module's ``state_dict()`` holds, from names to arrays or tensors
Each function gives the list that ``set_weights`` of the layer takes. ValueError where the state is another module's.

What the weights do not say is to be set by hand, for the defaults differ: epsilon is 1e-5 in PyTorch's norms, 1e-3 in
Keras'; PyTorch's momentum of 0.1 is Keras' 0.9; PyTorch wants the channels first, and in a recurrent or attention layer
the time, unless ``batch_first=True``. Source: PyTorch's documentation of ``torch.nn`` (version 2.15).
"""

import numpy as np


def dense(state):
    """``nn.Linear``, weight (units, inputs), for ``Dense``: kernel (inputs, units), bias (units,)."""
    return _kernel_and_bias(state, lambda weight: weight.T, 2)


def embedding(state):
    """``nn.Embedding``, weight (vocabulary, width), for ``Embedding``: the same table."""
    return [_array(state, "weight", 2)]


def convolution(state):
    """``nn.Conv1d`` or ``nn.Conv2d``, weight (filters, channels / groups, *window), for ``Conv1D`` or ``Conv2D``.

    Keras' kernel is (*window, channels / groups, filters); neither library turns it round.
    """
    return _kernel_and_bias(state, lambda weight: np.moveaxis(weight, [0, 1], [-1, -2]))


def depthwise_convolution(state, depth_multiplier=1):
    """``nn.Conv2d`` with as many groups as channels, weight (channels · depth_multiplier, 1, rows, columns).

    For ``DepthwiseConv2D``: kernel (rows, columns, channels, depth_multiplier).
    """

    def kernel(weight):
        filters, of_each, *window = weight.shape
        if of_each != 1 or filters % depth_multiplier:
            raise ValueError(
                "weight must be (channels * depth_multiplier, 1, rows, columns) with depth_multiplier "
                f"{depth_multiplier}, got shape {weight.shape}"
            )
        return np.moveaxis(weight.reshape(-1, depth_multiplier, *window), [0, 1], [-2, -1])

    return _kernel_and_bias(state, kernel, 4)


def transposed_convolution(state):
    """``nn.ConvTranspose2d``, weight (channels, filters, rows, columns), for ``Conv2DTranspose``.

    Keras' kernel is (rows, columns, filters, channels).
    """
    return _kernel_and_bias(state, lambda weight: np.moveaxis(weight, [0, 1], [-1, -2]), 4)


def normalization(state):
    """``nn.LayerNorm``, ``nn.GroupNorm`` or ``nn.BatchNorm2d``: gamma, beta, and of the last both moving averages.

    PyTorch's running variance is of a sample (divided by n - 1), Keras' moving variance is not.
    """
    names = "weight", "bias", *(("running_mean", "running_var") if "running_mean" in state else ())
    return [_array(state, name) for name in names]


def recurrent(state, gates, layer=0, reverse=False):
    """One direction of one layer of ``nn.RNN``, ``nn.LSTM`` or ``nn.GRU``: kernel, recurrent kernel, bias.

    gates: 1 for ``SimpleRNN``, 4 for ``LSTM``, whose gates have one order in both, and 3 for ``GRU``, where PyTorch's
    order is reset, update, new, and Keras' is update, reset, new
    reverse: the direction that ``Bidirectional`` keeps in its second layer
    PyTorch adds two biases. Keras keeps their sum, but in GRU, whose reset works on one of them (``reset_after=True``).
    """
    suffix = f"_l{layer}{'_reverse' * reverse}"
    kernels = [_in_keras_order(_array(state, f"weight_{side}{suffix}", 2), gates).T for side in ("ih", "hh")]
    if f"bias_ih{suffix}" not in state:
        return kernels
    biases = [_in_keras_order(_array(state, f"bias_{side}{suffix}", 1), gates) for side in ("ih", "hh")]
    return [*kernels, np.stack(biases) if gates == 3 else biases[0] + biases[1]]


def multi_head_attention(state, num_heads):
    """``nn.MultiheadAttention`` for ``MultiHeadAttention``: of query, key, value and output each kernel and bias.

    PyTorch keeps three projections in one in_proj_weight (3 · dim, dim), its heads one below the other; Keras' kernels
    are (dim, heads, key_dim), and (heads, key_dim, dim) for the output.
    """
    stacked = _array(state, "in_proj_weight", 2)
    dim = stacked.shape[1]
    if stacked.shape != (3 * dim, dim) or dim % num_heads:
        raise ValueError(f"in_proj_weight must be (3 * dim, dim), dim in {num_heads} heads, got shape {stacked.shape}")
    heads = num_heads, dim // num_heads
    kernels = [part.T.reshape(dim, *heads) for part in np.split(stacked, 3)]
    kernels.append(_array(state, "out_proj.weight", 2).T.reshape(*heads, dim))
    if "in_proj_bias" not in state:
        return kernels
    biases = [part.reshape(heads) for part in np.split(_array(state, "in_proj_bias", 1), 3)]
    biases.append(_array(state, "out_proj.bias", 1))
    return [array for pair in zip(kernels, biases, strict=True) for array in pair]


def encoder_block(state, num_heads, normalize_first=False):
    """``nn.TransformerEncoderLayer`` for ``EncoderBlock``; normalize_first is PyTorch's norm_first.

    The order is that of the computation.
    """
    attention = multi_head_attention(_inside(state, "self_attn"), num_heads)
    feed_forward = [array for name in ("linear1", "linear2") for array in dense(_inside(state, name))]
    first, second = (normalization(_inside(state, name)) for name in ("norm1", "norm2"))
    parts = [first, attention, second, feed_forward] if normalize_first else [attention, first, feed_forward, second]
    return [array for part in parts for array in part]


def _inside(state, name):
    return {key[len(name) + 1 :]: array for key, array in state.items() if key.startswith(f"{name}.")}


def _kernel_and_bias(state, kernel, rank=None):
    bias = [_array(state, "bias", 1)] if "bias" in state else []
    return [kernel(_array(state, "weight", rank)), *bias]


def _in_keras_order(array, gates):
    if len(array) % gates:
        raise ValueError(f"{gates} gates were wanted, which do not share {len(array)} rows")
    parts = np.split(array, gates)
    return np.concatenate([parts[1], parts[0], parts[2]] if gates == 3 else parts)


def _array(state, name, rank=None):
    if name not in state:
        raise ValueError(f"state must hold {name!r}; it holds {', '.join(map(repr, state)) or 'nothing'}")
    array = np.array(state[name])
    if rank not in (None, array.ndim):
        raise ValueError(f"{name} must have {rank} axes, got shape {array.shape}")
    return array
