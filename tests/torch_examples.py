"""What PyTorch computes with small layers: ``python -m tests.torch_examples``, where it is installed, stores it anew.

For each example the state, an input x, the output y, some gradient dy of y, and the gradient dx of x, in float64.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

STORED = Path(__file__).with_suffix(".npz")
INSTALLED = find_spec("torch") is not None
# 8 in 2 heads: Keras rounds the root of a head's width to float32, and that of 4 needs no rounding.
BATCH, TIME, WIDTH, UNITS, DIM, HEADS = 3, 5, 4, 3, 8, 2


def examples():
    """{name: (a module that PyTorch makes, the shape of its input)}"""
    from torch import nn

    one_step = {"batch_first": True}
    return {
        "dense": (nn.Linear(WIDTH, UNITS), (BATCH, WIDTH)),
        "dense without bias": (nn.Linear(WIDTH, UNITS, bias=False), (BATCH, WIDTH)),
        "convolution in one dimension": (nn.Conv1d(WIDTH, 6, 3, stride=2), (BATCH, WIDTH, 7)),
        "convolution": (nn.Conv2d(WIDTH, 6, (3, 2)), (BATCH, WIDTH, 5, 6)),
        "convolution in groups": (nn.Conv2d(WIDTH, 6, 3, groups=2, bias=False), (BATCH, WIDTH, 5, 6)),
        "depthwise convolution": (nn.Conv2d(WIDTH, 2 * WIDTH, 3, groups=WIDTH), (BATCH, WIDTH, 5, 6)),
        "transposed convolution": (nn.ConvTranspose2d(WIDTH, 5, 3, stride=2), (BATCH, WIDTH, 3, 2)),
        "layer normalization": (nn.LayerNorm(WIDTH), (BATCH, TIME, WIDTH)),
        "group normalization": (nn.GroupNorm(2, WIDTH), (BATCH, WIDTH, 5, 6)),
        "batch normalization": (nn.BatchNorm2d(WIDTH).eval(), (BATCH, WIDTH, 5, 6)),
        "batch normalization in training": (nn.BatchNorm2d(WIDTH), (BATCH, WIDTH, 5, 6)),
        "simple RNN": (nn.RNN(WIDTH, UNITS, **one_step), (BATCH, TIME, WIDTH)),
        "LSTM": (nn.LSTM(WIDTH, UNITS, **one_step), (BATCH, TIME, WIDTH)),
        "LSTM without bias": (nn.LSTM(WIDTH, UNITS, bias=False, **one_step), (BATCH, TIME, WIDTH)),
        "LSTM in both directions": (nn.LSTM(WIDTH, UNITS, bidirectional=True, **one_step), (BATCH, TIME, WIDTH)),
        "GRU": (nn.GRU(WIDTH, UNITS, **one_step), (BATCH, TIME, WIDTH)),
        "attention": (nn.MultiheadAttention(DIM, HEADS, **one_step), (BATCH, TIME, DIM)),
        "attention without bias": (nn.MultiheadAttention(DIM, HEADS, bias=False, **one_step), (BATCH, TIME, DIM)),
        "block": (nn.TransformerEncoderLayer(DIM, HEADS, 6, 0.0, **one_step), (BATCH, TIME, DIM)),
        "pre-norm block": (
            nn.TransformerEncoderLayer(DIM, HEADS, 6, 0.0, norm_first=True, **one_step),
            (BATCH, TIME, DIM),
        ),
    }


def computed(seed=0):
    """{name: {"state": {…}, "x": …, "y": …, "dy": …, "dx": …}}; "after" is the state that a step of training leaves."""
    import torch

    torch.manual_seed(seed)
    torch.set_default_dtype(torch.float64)
    return {name: _computed(module, shape) for name, (module, shape) in examples().items()}


def _computed(module, shape):
    import torch

    with torch.no_grad():
        for array in [*module.parameters(), *module.buffers()]:
            if array.is_floating_point():
                # Nothing stays at 0 or 1, and a variance above 0.
                array.copy_(0.2 + torch.rand(array.shape))
    before = _arrays(module.state_dict())
    x = torch.randn(shape, requires_grad=True)
    given = (x, x, x) if isinstance(module, torch.nn.MultiheadAttention) else (x,)
    y = module(*given)
    y = y[0] if isinstance(y, tuple) else y
    dy = torch.randn(y.shape)
    (dx,) = torch.autograd.grad(y, x, dy)
    found = {"state": before, **_arrays({"x": x, "y": y, "dy": dy, "dx": dx})}
    return found | ({"after": _arrays(module.state_dict())} if module.training and list(module.buffers()) else {})


def _arrays(tensors):
    return {name: tensor.detach().numpy().copy() for name, tensor in tensors.items()}


def stored():
    """What ``computed`` gave when it was stored."""
    found = {}
    with np.load(STORED) as arrays:
        for path in arrays:
            name, *keys = path.split("/")
            place = found.setdefault(name, {})
            for key in keys[:-1]:
                place = place.setdefault(key, {})
            place[keys[-1]] = arrays[path]
    return found


def store(results):
    """Write what ``stored`` reads."""
    flat = {}
    for name, result in results.items():
        for key, array in result.items():
            inner = array if isinstance(array, dict) else {"": array}
            flat |= {"/".join(filter(None, (name, key, part))): value for part, value in inner.items()}
    np.savez_compressed(STORED, **flat)


if __name__ == "__main__":
    store(computed())
