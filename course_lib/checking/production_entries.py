"""What is usually written in chapter 15's exercises whose answer is a dict, and the hint for it."""

from course_lib.checking.entries import mistakes_of_entries

MIB = "that divides by 1,024 twice. Here a MB is a million bytes."
WHAT_IT_TAKES = mistakes_of_entries(
    weights={
        25.0: "that is the number of parameters. A float32 takes four bytes.",
        50.0: "that would be 16 bits for each. A float32 has 32, four bytes.",
        200.0: "that would be 64 bits for each. A float32 has 32, four bytes.",
        800.0: "that is in bits. Eight bits are a byte.",
        95.4: MIB,
    },
    training={
        100.0: "those are the weights alone. Each has a gradient too, and Adam remembers two numbers for it.",
        200.0: "weights and gradients, or Adam's two moments. All four are held.",
        300.0: "one is missing: weights, gradients, and Adam's mean and mean square.",
        500.0: "that is one too many: weights, gradients, and Adam's two moments are four.",
        381.5: MIB,
    },
    activations={
        1.6: "that is one example's. The whole batch is kept until the gradient is known.",
        25.6: "that is how many numbers they are. Each takes four bytes.",
        51.2: "that would be 16 bits for each. A float32 has 32, four bytes.",
        204.8: "what each layer gave is kept once.",
        97.7: MIB,
    },
    mixed={
        251.2: "only what is computed is in float16. The variables stay in float32, and Adam's moments as well.",
        502.4: "the activations are in float16 now: half as much.",
        400.0: "the activations are still there: half as large as in float32.",
        51.2: "those are the activations alone. Weights, gradients and Adam's moments are held too.",
        301.2: "the gradients and Adam's moments are in float32, as the variables are.",
        351.2: "weights and gradients are in float32 both, and so are Adam's moments.",
        401.6: "the activations are those of 64 examples, in two bytes each.",
        430.3: MIB,
    },
    int8={
        100.0: "that is in float32. An int8 is one byte.",
        50.0: "that is in 16 bits. An int8 has 8: one byte.",
        12.5: "that would be 4 bits for each. An int8 has 8: one byte.",
        200.0: "that is in bits. Eight bits are a byte.",
        23.8: MIB,
    },
    **{
        "KV cache": {
            98.3: "keys *and* values are kept.",
            393.2: "that is in float32. A float16 takes two bytes.",
            8.2: "each of the 24 layers keeps its own.",
            12.3: "each of the 16 heads keeps its own.",
            3.1: "each of the 64 numbers of a key counts, and of a value.",
            0.1: "that is one token's. All 2,000 are kept.",
            0.2: "that is one token's. All 2,000 are kept.",
            187.5: MIB,
        }
    },
)
RESUMES = mistakes_of_entries(
    A={
        "weights": "w is saved and taken up again. With which number does its first step after that begin?",
        "velocity": "v is saved and taken up again. With which number does its first step after that begin?",
        "generator": "its state is saved and set again. What does the rate depend on?",
        "copy": "moved makes new arrays, so those that were saved stay as they are.",
    },
    B={
        "weights": "w is saved and taken up again. What else does moved hand back?",
        "step": "the loop goes on with the number that was saved. What else does moved hand back?",
        "generator": "its state is saved and set again. What else does moved hand back?",
        "copy": "moved makes new arrays, so those that were saved stay as they are.",
    },
    C={
        "weights": "w is saved and taken up again. Which rows come after that?",
        "velocity": "v is saved and taken up again. Which rows come after that?",
        "step": "the loop goes on with the number that was saved. Which rows come after that?",
        "copy": "moved makes new arrays, so those that were saved stay as they are.",
    },
    D={
        "weights": "w is saved. But is it still what it was then, four steps later?",
        "velocity": "v is saved. But is it still what it was then, four steps later?",
        "step": "the loop goes on with the number that was saved. What happens to w in line w += …?",
        "generator": "its state is saved and set again. What happens to w in line w += …?",
    },
)
