"""Chapter 14: what learns from another network: few new weights beside frozen ones, a teacher's answers, pairs.

logits: (batch, classes)   codes: (batch, width), what an encoder makes of an example, of any length
"""

import numpy as np

from course_lib import limits
from course_lib.activations import log_softmax, softmax
from course_lib.initializers import he_uniform
from course_lib.layers import Dense, Layer


class LoRADense(Layer):
    """y = x W + b + (alpha / rank) x A B, where W stays as it came. Hu et al., 2022, equation 3.

    dense: a trained ``Dense``, whose numbers are copied   rank: columns of A and rows of B   alpha: the rank unless
    given, as in Keras   W: (inputs, units)   A: (inputs, rank)   B: (rank, units), 0 at first, so that nothing changes

    Learnt are A, B and, as after Keras' ``enable_lora``, the bias, which the paper leaves frozen.
    """

    state = ("kernel",)

    def __init__(self, dense, rank, rng, alpha=None):
        inputs, units = dense.params["kernel"].shape
        rank = int(limits.whole("rank", rank))
        own = {name: p.copy() for name, p in dense.params.items() if name == "bias"}
        super().__init__(**own, lora_kernel_a=he_uniform((inputs, rank), rng), lora_kernel_b=np.zeros((rank, units)))
        self.kernel = dense.params["kernel"].copy()
        self.scale = limits.above_zero("alpha", rank if alpha is None else alpha) / rank

    def forward(self, x, training=False):
        limits.shape("x", x, ..., len(self.kernel))
        x = limits.floats(x)
        self.cache = x
        return x @ self.kernel + self.scale * (x @ self._a @ self._b) + self.params.get("bias", 0)

    def backward(self, dy):
        x, d = (a.reshape(-1, a.shape[-1]) for a in (self.cache, dy))
        d_low = d @ self._b.T
        self.grads = {"lora_kernel_a": self.scale * x.T @ d_low, "lora_kernel_b": self.scale * (x @ self._a).T @ d}
        self.grads |= {"bias": d.sum(axis=0)} if "bias" in self.params else {}
        return dy @ self.kernel.T + self.scale * (dy @ self._b.T @ self._a.T)

    def merged(self, rng):
        """One ``Dense`` that does the same: nothing is left to compute beside it. rng: as for ``Dense``"""
        dense = Dense(*self.kernel.shape, rng, use_bias="bias" in self.params)
        dense.set_weights([self.kernel + self.scale * self._a @ self._b, *list(self.params.values())[:-2]])
        return dense

    @property
    def _a(self):
        return self.params["lora_kernel_a"]

    @property
    def _b(self):
        return self.params["lora_kernel_b"]


def distillation_loss(student_logits, teacher_logits, temperature=1.0):
    """T² KL(softmax(teacher / T) ‖ softmax(student / T)), averaged over the batch. Hinton et al., 2015, section 2.

    A high temperature T shows what the teacher takes for nearly right; T² keeps the gradient as large as at T = 1.
    """
    student, teacher = _softened(student_logits, teacher_logits, temperature)
    p = np.exp(teacher)
    # A class that the teacher rules out (a logit of -inf) adds nothing.
    apart = np.subtract(teacher, student, out=np.zeros_like(p), where=p > 0)
    return temperature**2 * np.sum(p * apart) / len(student)


def distillation_loss_grad(student_logits, teacher_logits, temperature=1.0):
    """dstudent_logits: T (softmax(student / T) − softmax(teacher / T)), divided by the size of the batch."""
    student, teacher = _softened(student_logits, teacher_logits, temperature)
    return temperature * (np.exp(student) - np.exp(teacher)) / len(student)


def info_nce(queries, keys, temperature=0.1):
    """The cross-entropy of finding each query's own key, in the same row, among all: van den Oord et al., 2018, eq. 4.

    The logits are cosines divided by the temperature.   queries, keys: codes, (batch, width), 2 rows or more
    """
    q, k = _directions(queries, keys, temperature)
    return -np.mean(np.diag(log_softmax(q @ k.T / temperature)))


def info_nce_grad(queries, keys, temperature=0.1):
    """(dqueries, dkeys)."""
    q, k = _directions(queries, keys, temperature)
    d = (softmax(q @ k.T / temperature) - np.eye(len(q))) / len(q) / temperature
    return _along_the_sphere(d @ k, queries), _along_the_sphere(d.T @ q, keys)


def nt_xent(a, b, temperature=0.1):
    """The cross-entropy of finding each code's partner among all other codes of both views. Chen et al., 2020, eq. 1.

    a, b: codes of two views of the same examples, (batch, width), 2 rows or more
    """
    views = np.concatenate(_directions(a, b, temperature))
    return -np.mean(log_softmax(_without_itself(views, temperature))[_partners(len(views))])


def nt_xent_grad(a, b, temperature=0.1):
    """(da, db)."""
    views = np.concatenate(_directions(a, b, temperature))
    d = softmax(_without_itself(views, temperature))
    d[_partners(len(views))] -= 1
    da, db = np.split((d + d.T) @ views / len(views) / temperature, 2)
    return _along_the_sphere(da, a), _along_the_sphere(db, b)


def _without_itself(views, temperature):
    logits = views @ views.T / temperature
    np.fill_diagonal(logits, -np.inf)
    return logits


def _partners(n):
    """Row i belongs to row i + n / 2, and the other way round."""
    return np.arange(n), np.roll(np.arange(n), n // 2)


def _softened(student_logits, teacher_logits, temperature):
    """The logarithms of both softmaxes at this temperature."""
    limits.above_zero("temperature", temperature)
    pair = limits.same_floats("student_logits", student_logits, teacher_logits=teacher_logits)
    limits.shape("student_logits", student_logits, "batch", "classes")
    return [log_softmax(logits / temperature) for logits in pair]


def _directions(a, b, temperature):
    """Both with rows of length 1."""
    limits.above_zero("temperature", temperature)
    pair = limits.same_floats("the first codes", a, **{"the second codes": b})
    limits.shape("the first codes", a, "batch", "width")
    limits.whole("the number of pairs", len(a), 2)
    return [x / _length(x) for x in pair]


def _along_the_sphere(d, x):
    """The gradient of x from that of x / ‖x‖: without the part along x, which no length can change."""
    x = limits.floats(x)
    unit = x / _length(x)
    return (d - unit * np.sum(d * unit, axis=1, keepdims=True)) / _length(x)


def _length(x):
    length = np.linalg.norm(x, axis=1, keepdims=True)
    limits.hold("the length of each code", length, length > 0, "numbers above 0, for 0 points nowhere")
    return length
