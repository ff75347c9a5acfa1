"""Chapter 08's checks: what a recurrent layer counts, keeps and computes, and what its units mean.

The right answers stand here as the decorated functions, the usual wrong ones beside the hint that each earns: as what
they change in the right one.
"""

from itertools import cycle, islice

import numpy as np

from course_lib.checking import pauses, recurrence_entries
from course_lib.checking.entries import mistakes_of_entries
from course_lib.checking.kinds import build, implement, value

CHAPTER = "08-recurrence"


@value(
    "One block has inputs · units + units · units + units numbers.",
    "An LSTM has four blocks; a GRU three, with one more bias for each unit in each block.",
    "Two directions are two layers. The same weights serve at every step.",
    points=1,
    mistakes=mistakes_of_entries(**recurrence_entries.COUNTED),
)
def counted():
    """Parameters for 10 inputs and 20 units."""
    block = 10 * 20 + 20 * 20 + 20
    return {
        "SimpleRNN": block,
        "LSTM": 4 * block,
        "GRU": 3 * (block + 20),
        "bidirectional": 2 * block,
        "twice as long": block,
    }


@value(
    "From step 1 to step 5 there are four steps.",
    "Each step multiplies by u, or, in the memory of an LSTM, by the forget gate.",
    "The norm of (a, b) is √(a² + b²). Clipping divides all numbers by the same.",
    points=2,
    decimals=2,
    mistakes=mistakes_of_entries(**recurrence_entries.FADED),
)
def faded():
    """What four steps leave of a slope, and clipping of a gradient."""
    return {"half": 0.5**4, "minus two": (-2) ** 4, "gate": 0.9**4, "clipped": 0.6}


def _bits_cases(rng):
    yield np.array([[0.5, 0.5], [0.75, 0.25], [0.9, 0.1]]), np.array([0, 1, 1])
    yield np.array([[0.125, 0.5, 0.375], [0.4, 0.35, 0.25], [0.2, 0.2, 0.6], [0.3, 0.1, 0.6]]), np.array([2, 0, 1, 0])
    for _ in range(5):
        time, signs = int(rng.integers(2, 9)), int(rng.integers(2, 6))
        yield rng.dirichlet(np.ones(signs), time) * 0.7 + 0.3 / signs, rng.integers(0, signs, time)


@implement(
    _bits_cases,
    "What came is text[1:]: one sign fewer than the text has. Row t belongs to text[t + 1].",
    "probabilities[np.arange(len(came)), came] takes from each row but the last the column that came.",
    "np.log2 gives bits, a smaller probability costs more, and the score is the mean.",
    points=2,
    mistakes={
        "Bits are logarithms to the base 2. Those are nats.": "np.log2 → np.log",
        "The score is the mean over the signs that were predicted, not their sum.": "p).mean() → p).sum()",
        "The text has one sign more than were predicted: divide by these.": "p).mean() → p).sum() / len(text)",
        "Take the logarithm of each probability first, then the mean.": "np.log2(p).mean() → np.log2(p.mean())",
        "The logarithm of a probability is negative: the score is minus its mean.": "float(-np → float(np",
        "Row t was said after text[t]: it scores text[t + 1], not text[t].": "came = text[1:] → came = text",
        "Row t scores text[t + 1]. You left out the wrong end.": "came = text[1:] → came = text[:-1]",
        "What was said of text[t] stands one row earlier, in row t − 1.": "[rows, came] → [1 + rows, came]",
        "After the last sign nothing came: its row is not scored.": "came = text[1:] → came = np.roll(text, -1)",
        "Only the sign that came counts, whatever was likeliest.": "[rows, came] → [:-1].max(axis=1)",
        "That is the perplexity, 2 to the power of the bits.": "-np.log2(p).mean() → 2 ** -np.log2(p).mean()",
        "From each row take one column: index rows and columns together.": "[rows, came] → [:-1, came]",
        "What it said after the last sign is not scored: leave out the last row.": "(len(came)) → (len(text))",
        "The last sign has none behind it: text[t + 1] ends one step earlier.": (
            "came = text[1:] → came = np.array([text[t + 1] for t in range(len(text))])"
        ),
        "One number is wanted: the mean.": "float(-np.log2(p).mean()) → -np.log2(p)",
        "That is how unsure it was, whatever came. Take the probability of the sign that came.": (
            "-np.log2(p).mean() → -(probabilities[:-1] * np.log2(probabilities[:-1])).sum(axis=1).mean()"
        ),
        "Bits are logarithms to the base 2, not 10.": "np.log2 → np.log10",
    },
)
def bits_of_text(probabilities, text):
    """probabilities: (time, signs), row t said after text[t]   text: (time,)   returns: a number"""
    came = text[1:]
    rows = np.arange(len(came))
    p = probabilities[rows, came]
    return float(-np.log2(p).mean())


def _leaky_cases(rng):
    none = np.zeros((1, 1))
    yield np.zeros((2, 3, 1)), np.array([2, 1]), none, none, np.array([100.0]), 0.5
    for a in (1.0, 0.25, 0.0, 0.7, float(rng.uniform(0.1, 0.9))):
        batch, time, inputs, units = (int(n) for n in rng.permutation([2, 3, 4, 5]))
        x, W, U, b = (
            rng.normal(size=shape) for shape in ((batch, time, inputs), (inputs, units), (units, units), (units,))
        )
        lengths = rng.permutation(np.append(rng.integers(1, time, batch - 1), time))
        x[np.arange(time) >= lengths[:, None]] *= 3
        yield x, lengths, W, U, b, a


def _leaky_states(x, *more):
    return np.stack([leaky.mistakes.right(x[:, : t + 1], *more) for t in range(x.shape[1])], axis=1)


def _leaky_carried(x, lengths, *more):
    """Each sequence begins with the state in which the one before it ended."""
    rows = [np.concatenate([one[:n] for one, n in zip(x[: k + 1], lengths, strict=False)]) for k in range(len(x))]
    return np.concatenate([leaky.mistakes.right(row[None], np.array([len(row)]), *more) for row in rows])


@implement(
    _leaky_cases,
    "Begin with h = np.zeros((batch, units)), and go through the steps in a loop: step t is x[:, t].",
    "Compute the new state for all sequences. Where t < lengths it is taken, elsewhere the old one stays.",
    "np.where((t < lengths)[:, None], new, h) chooses row by row.",
    points=2,
    mistakes={
        "The share a is for the new, 1 − a for the old.": "(1 - a) * h + a * np → a * h + (1 - a) * np",
        "The old state is in the sum as well: h @ U.": " + h @ U →",
        "Without (1 − a) h nothing of the old state is kept.": "(1 - a) * h + a * np → a * np",
        "Of the new only the share a is taken.": "+ a * np → + np",
        "A row of U belongs to an old unit, a column to a new one: h @ U.": "h @ U → h @ U.T",
        "The bias stands inside the tanh.": "h @ U + b) → h @ U) + b",
        "The tanh is missing.": "np.tanh(x[:, t] @ W + h @ U + b) → (x[:, t] @ W + h @ U + b)",
        "The steps that were filled up count, too: there the state stays as it is.": "np.where(real, new, h) → new",
        "Inputs of 0 do not stop it. Keep the state.": "x[:, t] → (x[:, t] * real); np.where(real, new, h) → new",
        "At a step that was filled up the state is kept, not set to 0.": "(real, new, h) → (real, new, 0)",
        "One step too many counts: of length 2 the steps 0 and 1 are real.": "t < lengths → t <= lengths",
        "One step too few counts: of length 2 the steps 0 and 1 are real.": "t < lengths → t < lengths - 1",
        "Steps are filled up at the end: the first are real.": "t < lengths → t >= x.shape[1] - lengths",
        "The batch comes first: step t is x[:, t].": "range(x.shape[1]) → range(len(x)); x[:, t] → x[t]",
        "Without a nothing leaks: the new is a share of a tanh(…).": "(1 - a) * h + a * np → np",
        "a stands before the tanh, not in it.": "a * np.tanh(x → np.tanh(a * (x; U + b) → U + b))",
        "The bias is missing.": "h @ U + b) → h @ U)",
        "At a step that was filled up nothing leaks, either.": "(real, new, h) → (real, new, (1 - a) * h)",
        "Go on until the longest has ended.": "range(x.shape[1]) → range(min(lengths))",
        "t < lengths holds one truth for each sequence. For all its units: (t < lengths)[:, None].": "[:, None] →",
        "t < lengths holds one truth for each sequence: np.where chooses row by row.": (
            "np.where(real, new, h) → new if t < lengths else h"
        ),
        "Each sequence starts with zeros, not with the state of the one before it.": _leaky_carried,
        "Only the state after the last real step is wanted: (batch, units).": _leaky_states,
        "states[np.arange(batch), lengths - 1] takes one step of each.": (
            lambda x, lengths, *more: _leaky_states(x, lengths, *more)[:, lengths - 1]
        ),
    },
)
def leaky(x, lengths, W, U, b, a):
    """x: (batch, time, inputs)   lengths: (batch,)   W: (inputs, units)   U: (units, units)   b: (units,)
    returns: (batch, units)
    """
    h = np.zeros((len(x), len(b)))
    for t in range(x.shape[1]):
        real = (t < lengths)[:, None]
        new = (1 - a) * h + a * np.tanh(x[:, t] @ W + h @ U + b)
        h = np.where(real, new, h)
    return h


# {complaint: (its cause, what is said of any other)}
COMPLAINTS = {
    "A": (3, "in training it saw what it was to say. What has to be shifted against what?"),
    "B": (5, "it knows one letter and no more. What would know of those before, and where does it get lost?"),
    "C": (1, "all was well until one step went too far. What keeps a step from that?"),
    "D": (4, "alone they are right. What is added to a short sequence that stands beside a long one?"),
    "E": (6, "small gradients, and only the far past is lost. What does the memory keep at each step at the start?"),
    "F": (2, "the order in the batch should mean nothing. For what does the layer take the examples?"),
}


@value(
    "A loss that is too good has seen its answers.",
    "What is filled up? What is carried on? What is next to what? Each letter has one of these at fault.",
    "Clipping is for gradients that are too large, open forget gates are for gradients that are too small.",
    points=2,
    mistakes={
        f"{letter}, not {number}: {hint}": {letter: number}
        for letter, (right, hint) in COMPLAINTS.items()
        for number in {*range(1, 7)} - {right}
    },
)
def symptoms():
    """1: no clipping, 2: axes swapped, 3: targets not shifted, 4: no mask, 5: state lost, 6: forget gates closed."""
    return {letter: cause for letter, (cause, _) in COMPLAINTS.items()}


@value(
    "Compare each line with the equations of the chapter. Which gate is computed and never used?",
    "In the GRU, r belongs to the candidate and z to the mixture.",
    "All steps share w and u. What becomes of the gradients of shared weights?",
    points=3,
    mistakes=mistakes_of_entries(**recurrence_entries.LINES),
)
def broken_cells():
    """A forgets its input gate, B mixes with r, C overwrites a sum."""
    return {"A": 3, "B": 4, "C": 5}


def _one_gate_cases(rng):
    yield np.zeros((2, 1)), np.zeros((1, 2)), np.zeros((1, 2)), np.array([0.0, 100.0])
    for _ in range(6):
        time, inputs, n = int(rng.integers(2, 6)), int(rng.integers(1, 4)), int(rng.integers(2, 4))
        yield tuple(rng.normal(size=shape) for shape in ((time, inputs), (inputs, 2 * n), (n, 2 * n), (2 * n,)))


@implement(
    _one_gate_cases,
    "n = len(U) units; W[:, :n] are the columns of the gate, W[:, n:] those of the candidate.",
    "The gate first: it is needed in the candidate, f * h before the product with U.",
    "Collect the new h after each step in a list; np.array makes (time, units) of it.",
    points=3,
    mistakes={
        "Here f says how much is new: (1 − f) of the old is kept.": "(1 - f) * h + f * g → f * h + (1 - f) * g",
        "The candidate sees the old state through the gate: (f * h) @ U.": "(f * h) @ → h @",
        "That is Keras' way, reset_after: here the gate acts on h before U.": "(f * h) @ U[:, n:] → f * (h @ U[:, n:])",
        "The candidate sees the share f of the state, not the share that is kept.": "(f * h) @ → ((1 - f) * h) @",
        "The first columns belong to the gate, the last to the candidate.": (
            lambda x, *all: one_gate.mistakes.right(x, *(np.roll(a, len(all[1]), axis=-1) for a in all))
        ),
        "The gate is a sigmoid, from 0 to 1.": "f = 1 / (1 + np.exp(-( → f = np.tanh(1 * ((",
        "The candidate is a tanh.": "g = np.tanh( → g = np.positive(",
        "The gate hears the old state, too: h @ U.": " + h @ U[:, :n] →",
        "Each sum has its bias.": " + b[:n] →;  + b[n:] →",
        "Nothing of the old state is kept: (1 − f) h.": "(1 - f) * h + f * g → f * g",
        "The state after every step is wanted: (time, units).": "np.array(states) → states[-1]",
        "All rows are the last state: h was changed in place. Append a copy.": "h = (1 - f) → h[:] = (1 - f)",
        "The first row is the state after step 1, not zeros.": "(states) → ([0 * h, *states[:-1]])",
        "The zeros before step 1 are not among the states: (time, units).": "(states) → ([0 * h, *states])",
        "The gate has its bias: b[:n].": " + b[:n] →",
        "The candidate has its bias: b[n:].": " + b[n:] →",
        "The candidate hears the old state, too: (f * h) @ U.": " + (f * h) @ U[:, n:] →",
        "The sigmoid is 1 / (1 + e^−z): mind the minus.": "np.exp(-( → np.exp(1 * (",
        "Each step starts from the state that the one before left.": "h = (1 - f) → new = (1 - f); d(h) → d(new)",
    },
)
def one_gate(x, W, U, b):
    """x: (time, inputs)   W: (inputs, 2 units)   U: (units, 2 units)   b: (2 units,)   returns: (time, units)"""
    n = len(U)
    h, states = np.zeros(n), []
    for x_now in x:
        f = 1 / (1 + np.exp(-(x_now @ W[:, :n] + h @ U[:, :n] + b[:n])))
        g = np.tanh(x_now @ W[:, n:] + (f * h) @ U[:, n:] + b[n:])
        h = (1 - f) * h + f * g
        states.append(h)
    return np.array(states)


def _through_cases(rng):
    yield np.array([1.0, 1.0]), np.array([[0.0], [-1.0]]), np.array([0.0]), np.array([2.0])
    for time in (1, 2, 3, 5, 6):
        units = int(rng.integers(2, 5))
        x, y = rng.normal(size=time), rng.normal(size=(time, units))
        yield x, y, rng.uniform(0.3, 1.2, units), rng.choice([-1, 1], units) * rng.uniform(0.4, 1.2, units)


@implement(
    _through_cases,
    "Go forward first, and keep all states, the zeros before step 1 as well.",
    "Go back from the last step. What meets there: the step's own error h − y, and what the next step hands back.",
    "tanh's slope is 1 − h². Then w gets x times it, u the state before the step, and the step before gets u.",
    points=3,
    mistakes={
        "Each step has an error of its own, h − y, not the last alone.": (
            "h[t + 1] - y[t] + later → later if t < len(x) - 1 else h[t + 1] - y[t]"
        ),
        "What a step owes to later steps is missing: it comes back through u.": "later = s * u → later = 0.0",
        "tanh has a slope, 1 − h².": "s = d * (1 - h[t + 1] ** 2) → s = d",
        "On its way back, too, the gradient goes through tanh: s times u.": "later = s * u → later = d * u",
        "tanh's slope is 1 − h², with the state after the step.": "1 - h[t + 1] ** 2 → 1 - h[t] ** 2",
        "tanh's slope is 1 − h², not 1 − h.": "1 - h[t + 1] ** 2 → 1 - h[t + 1]",
        "All steps share u: what they say is added up, not overwritten.": "du = du + → du =",
        "All steps share w: what they say is added up, not overwritten.": "dw = dw + → dw =",
        "u multiplies the state before the step, not the one after it.": "du + s * h[t] → du + s * h[t + 1]",
        "The way back goes through u, which carried the state. w carried the input.": "later = s * u → later = s * w",
        "The error is h − y, not y − h.": "h[t + 1] - y[t] → y[t] - h[t + 1]",
        "The slope of half a square has no 2.": "h[t + 1] - y[t] → 2 * (h[t + 1] - y[t])",
        "The loss is the sum over the steps, not the mean.": "return dw, du → return dw / len(x), du / len(x)",
        "The slopes in w come first, then those in u.": "return dw, du → return du, dw",
        "Each unit has its own slope: do not add over the units.": "return dw, du → return dw.sum(), du.sum()",
        "Go back: the last step comes first.": "reversed(range(len(x))) → range(len(x))",
        "The list of states begins with the zeros before step 1, y does not: compare h[t + 1] with y[t].": (
            "h[t + 1] - y[t] → h[t] - y[t]"
        ),
        "The list of states begins with the zeros before step 1: step t goes from h[t] to h[t + 1].": (
            "h[t + 1] - y[t] → h[t] - y[t]; 1 - h[t + 1] → 1 - h[t]; s * h[t] → s * h[t - 1]"
        ),
        "On its way to the step before, the gradient is multiplied by u.": "later = s * u → later = s",
        "What comes back goes through this step's tanh as well: add it before you multiply by 1 − h².": (
            "y[t] + later → y[t]; ** 2) → ** 2) + later"
        ),
        "The first step counts, too: range(len(x) - 1, -1, -1).": "reversed(range(len(x))) → range(len(x) - 1, 0, -1)",
        "All steps share w and u: what they say is added up.": "dw = dw + → dw =; du = du + → du =",
    },
)
def through_time(x, y, w, u):
    """x: (time,)   y: (time, units)   w, u: (units,)   returns: the slopes in w, (units,), and in u, (units,)"""
    h = [np.zeros(len(w))]
    for x_now in x:
        h.append(np.tanh(w * x_now + u * h[-1]))
    dw, du, later = np.zeros(len(w)), np.zeros(len(w)), 0.0
    for t in reversed(range(len(x))):
        d = h[t + 1] - y[t] + later
        s = d * (1 - h[t + 1] ** 2)
        dw = dw + s * x[t]
        du = du + s * h[t]
        later = s * u
    return dw, du


@build(
    "keras.layers.GRU(12) after keras.Input((None, 5)) returns the last state: (batch, 12).",
    "Dense(4) makes logits of it: SparseCategoricalCrossentropy(from_logits=True) is the loss.",
    "Adam with a learning rate of 0.03, batches of 32 and 8 epochs do.",
    points=3,
    mistakes={
        pauses.TOO_MANY: lambda x, y: pauses.keeper(lambda layers: layers.LSTM(32)),
        pauses.ONE_ANSWER: lambda x, y: pauses.keeper(lambda layers: layers.GRU(8, return_sequences=True)),
        pauses.NO_ORDER: lambda x, y: pauses.keeper(lambda layers: layers.GlobalAveragePooling1D()),
        pauses.DEAF: lambda x, y: pauses.keeper(lambda layers: layers.Lambda(lambda x: x[:, -1])),
        pauses.ANY_LENGTH: lambda x, y: pauses.keeper(lambda layers: layers.Flatten(), fit=(x, y), epochs=1, time=12),
        pauses.NOT_TRAINED: lambda x, y: pauses.keeper(lambda layers: layers.GRU(8)),
    },
)
def came_last(trial):
    """At most 1,000 parameters; the last letter of 95 % of 500 new sequences, and of 90 % with 20 more pauses."""
    x, y = pauses.sequences(trial.rng, 1000)
    x_new, y_new = pauses.sequences(trial.rng, 500)
    count = trial.built(x, y)["parameters"]
    trial.require(count <= 1000, f"It has {count:,} parameters; 1,000 are allowed.", pauses.TOO_MANY)
    pauses.judged(trial, x_new, y_new)


def _hunt_cases(rng):
    states = np.array([[1.0, 0.0], [0.0, 5.0], [1.0, 6.0], [1.0, 2.0], [0.0, 2.0], [0.0, 3.0], [2.0, 1.0]])
    yield states, np.array([True, False, False, True, False, True, False]), 3
    # Units 1 and 2 are equal and best at first; unit 0 is best afterwards, unit 3 is best of all together.
    inside = np.array([True, True, False, False, False, True, True, False, False])
    units = [3, 1, 3, 2, 1, 5, 6, 1, 2], [9, 8, 1, 2, 1, 1, 2, 3, 2], [9, 8, 1, 2, 1, 2, 2, 3, 2]
    states = np.array([*units, [9, 5, 6, 1, 1, 9, 3, 4, 1]]).T
    yield states / 2, inside, 5
    yield from islice(filter(None, (_hunted(rng, direction) for direction in cycle([1, -1]))), 5)


def _hunted(rng, direction):
    """States, a text and its half, or None where two units are as good, so that rounding would decide."""
    half, rest, units = (int(n) for n in rng.integers([6, 6, 3], [10, 10, 6]))
    inside = np.arange(half + rest) % 3 == int(rng.integers(3))
    states = rng.integers(-3, 4, (half + rest, units)) / 2
    states[:, rng.integers(units)] += direction * inside
    shares = [hunt.mistakes.right(states[:, [k]], inside, half)[1] for k in range(units)]
    second, best = np.sort(np.abs(np.array(shares) - 0.5))[-2:]
    return (states, inside, half) if best - second > 1e-6 else None


@implement(
    _hunt_cases,
    "states[inside] and states[~inside] are the two groups; compare every row of one with every row of the other.",
    "states[inside][:, None] > states[~inside][None] has the shape (inner, outer, units).",
    "Write the shares as a function of states and inside; call it for [:half], and for [half:].",
    "The best unit is the one whose share is farthest from a half: np.abs(share - 0.5).argmax().",
    points=4,
    mistakes={
        "A unit that is lower inside is as good: take the share farthest from a half.": "far.argmax → there.argmax",
        "A tie counts a half.": "+ 0.5 * (inner == outer) →",
        "A tie counts a half, not one.": "0.5 * (inner == outer) → 1.0 * (inner == outer)",
        "The shares are wanted as they are, above or below a half.": (
            "there[unit] → 0.5 + far[unit]; rest[unit] → 0.5 + abs(rest[unit] - 0.5)"
        ),
        "A share says how often the unit is higher inside, not outside.": "inner > outer → inner < outer",
        "Choose the unit by the first part, not by the whole text.": "abs(there → abs(shares(states, inside)",
        "Choose the unit by the first part, not by the rest.": "abs(there → abs(rest",
        "The second share is the rest's, not the whole text's.": "(states[half:], inside[half:]) → (states, inside)",
        "The second share is that of the rest, not of where the unit was chosen.": "rest[unit] → there[unit]",
        "The first share is the unit's share before half.": "there[unit] → shares(states, inside)[unit]",
        "The rest begins at half.": "states[half:], inside[half:] → states[half + 1 :], inside[half + 1 :]",
        "The second share is that of the same unit.": "rest[unit] → rest[np.abs(rest - 0.5).argmax()]",
        "Of several units with the same share it is the first.": "far.argmax() → len(far) - 1 - far[::-1].argmax()",
        "A unit that is higher inside is as good: take the share farthest from a half.": "far.argmax → there.argmin",
        "That is the share nearest to a half. The farthest is wanted.": "far.argmax → far.argmin",
        "First the share before half, then the one after it.": (
            "(there[unit]), float(rest[unit]) → (rest[unit]), float(there[unit])"
        ),
        "The shares are wanted, not how far they are from a half.": (
            "there[unit] → far[unit]; rest[unit] → abs(rest[unit] - 0.5)"
        ),
        "A unit that is lower inside keeps its share: do not turn it round.": (
            lambda *all: (lambda k, a, b: (k, max(a, 1 - a), b if a > 0.5 else 1 - b))(*hunt.mistakes.right(*all))
        ),
    },
)
def hunt(states, inside, half):
    """states: (time, units)   inside: (time,) of True and False   returns: (unit, share before half, share after)"""

    def shares(states, inside):
        inner, outer = states[inside][:, None], states[~inside][None]
        return ((inner > outer) + 0.5 * (inner == outer)).mean(axis=(0, 1))

    there, rest = shares(states[:half], inside[:half]), shares(states[half:], inside[half:])
    far = np.abs(there - 0.5)
    unit = int(far.argmax())
    return unit, float(there[unit]), float(rest[unit])
