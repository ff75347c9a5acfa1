"""Text from a language model: token after token, or several texts at once of which the likeliest is kept.

model: a ``GPT``   tokens: (batch, time), the prompts   mask: (batch, time), or as ``padding_mask`` gives it, False
where a prompt is only padding, which must stand on its left: prompts of different lengths get what each gets alone
"""

import numpy as np

from course_lib import limits
from course_lib.activations import log_softmax
from course_lib.sampling import greedy, repetition_penalty


def generate(model, tokens, length, choose=greedy, mask=None, penalty=1):
    """The tokens and after them ``length`` more, one after another, each chosen from the last logits.

    choose: from logits (batch, vocabulary) to tokens (batch,), such as ``lambda logits: sample(logits, rng)``
    penalty: of ``repetition_penalty``, for what stands in the prompt or was written
    When the context is full, the model forgets all but its last half and reads that again, as a new beginning.
    returns: (batch, time + length)
    """
    text = _Text(model, tokens, mask)
    for _ in range(limits.whole("length", length, 0)):
        text.append(choose(repetition_penalty(text.logits(), text.tokens, penalty, text.real)))
    return text.tokens


def beam_search(model, tokens, length, width, mask=None, end=None):
    """The likeliest texts found when, at every step, only the ``width`` likeliest beginnings live on.

    Lowerre, 1976; for neural networks Sutskever et al., 2014. One beam is greedy; with as many as there are texts, the
    search is complete. end: the token after which a text is finished: it is repeated, at no cost, to the length.
    returns: texts, (batch, width, time + length), the likeliest first, and the logarithms of their probabilities,
    (batch, width), without the prompt's; -∞ where there are fewer texts than beams
    """
    text, batch = _Text(model, tokens, mask), len(tokens)
    width = limits.whole("width", width)
    rows = np.repeat(np.arange(batch), width)
    text.keep(rows)
    # All beams of a prompt are equal at first; one of them stands for all.
    totals = np.where(np.arange(width) == 0, 0.0, np.full((batch, 1), -np.inf))
    finished = np.zeros(batch * width, bool)
    for _ in range(limits.whole("length", length, 0)):
        steps = log_softmax(text.logits())
        steps[finished] = np.where(np.arange(steps.shape[-1]) == end, 0, -np.inf)
        totals, chosen = _best(totals[:, :, None] + steps.reshape(batch, width, -1), width)
        beams, new = np.divmod(chosen, steps.shape[-1])
        rows = (np.arange(batch)[:, None] * width + beams).ravel()
        text.keep(rows)
        text.append(new.ravel())
        finished = finished[rows] | (new.ravel() == end)
    return text.tokens.reshape(batch, width, -1), totals


class _Text:
    """Prompts that grow, and a model that reads on from where it stopped."""

    def __init__(self, model, tokens, mask):
        self.tokens = limits.shape("tokens", np.asarray(tokens), "batch", "time", filled=True)
        self.real = np.ones(self.tokens.shape, bool) if mask is None else np.reshape(mask, (len(mask), -1))
        limits.same_shape("mask", limits.true_or_false("mask", self.real), "tokens", self.tokens.shape)
        if not self.real[:, -1].all():
            raise ValueError("mask must be True in the last column: padding stands on the left of a prompt")
        self.model, self.known = model, self.real.copy()
        self._forget()

    def logits(self):
        """Of the token that comes next: (batch, vocabulary)."""
        full = self.known.sum(axis=1) > self.model.context
        if full.any():
            self.known[full, : -max(1, self.model.context // 2)] = False
            self._forget()
        start = self.known.any(axis=0).argmax()
        unread, known = self.tokens[:, max(self.read, start) :], self.known[:, start:]
        if unread.shape[1]:
            self.last = self.model.forward(unread, pasts=self.pasts, mask=known)[:, -1]
        self.read = self.tokens.shape[1]
        return self.last

    def append(self, tokens):
        self.tokens = np.concatenate([self.tokens, tokens[:, None]], axis=1)
        self.real, self.known = (np.pad(a, ((0, 0), (0, 1)), constant_values=True) for a in (self.real, self.known))

    def keep(self, rows):
        """These rows, in this order, and what the model knows of them."""
        self.tokens, self.real, self.known = self.tokens[rows], self.real[rows], self.known[rows]
        self.pasts = [{name: a[rows] for name, a in past.items()} for past in self.pasts]

    def _forget(self):
        self.pasts, self.read = self.model.no_past(), 0


def _best(totals, width):
    """The ``width`` largest of each example, (batch, beams, vocabulary), the first of equal ones first, and where."""
    flat = totals.reshape(len(totals), -1)
    chosen = (-flat).argsort(axis=-1, kind="stable")[:, :width]
    return np.take_along_axis(flat, chosen, axis=-1), chosen
