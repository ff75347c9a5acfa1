"""What is written for the entries of chapter 08's dicts, and the hint that each earns: {entry: {wrong value: hint}}."""

COUNTED = {
    "SimpleRNN": {
        220: "the state goes back into all units: that is another units · units.",
        600: "each unit has a bias.",
        420: "the inputs have weights, too: inputs · units.",
        640: "two biases are PyTorch's way. Keras' SimpleRNN has one for each unit.",
    },
    "LSTM": {
        1860: "it has three gates and a candidate: four blocks.",
        2400: "each unit has a bias in each of the four blocks.",
        2420: "each of the four blocks has biases of its own.",
        620: "that is one block. Each gate has its own, and so has the candidate.",
        2560: "two biases are PyTorch's way. Keras' LSTM has one in each block.",
    },
    "GRU": {
        1860: "Keras keeps two biases in each block.",
        1880: "each of the three blocks has its own second bias for each unit.",
        1800: "each unit has two biases in each of the three blocks.",
        1240: "it has two gates and a candidate: three blocks.",
        1280: "it has two gates and, besides, a candidate: three blocks.",
        2560: "it has two gates and a candidate: three blocks, not four.",
    },
    "bidirectional": {
        620: "two whole layers, one for each direction.",
        1020: "only one half of it goes back into each direction: two layers with a kernel of their own.",
        1220: "each direction has biases of its own.",
        2440: "the two layers do not hear each other: each has its own 20 units.",
    },
    "twice as long": {
        1240: "time is not in the sum; all steps share the weights.",
        1220: "time is not in the sum: a longer sequence has no more weights.",
        820: "the steps are longer in number, not in width; all steps share the weights.",
    },
}
FADED = {
    "half": {
        0.5**5: "from step 1 to step 5 there are four steps, not five.",
        0.5**3: "from step 1 to step 5 there are four steps, not three.",
        2.0: "the factors of the steps are multiplied, not added.",
        1.0: "each step takes its share: none of them keeps all.",
    },
    "minus two": {
        -16: "an even number of changes of sign leaves none.",
        -32: "from step 1 to step 5 there are four steps, not five.",
        -8: "there are four steps, and each multiplies by u: u · u · u · u.",
    },
    "gate": {
        0.9**5: "from step 1 to step 5 there are four steps, not five.",
        0.9**3: "from step 1 to step 5 there are four steps, not three.",
        0.1**4: "what is forgotten is 1 − f. What is kept is f.",
        1 - 0.9**4: "that is what is lost. What is left?",
        0.6: "each step takes a tenth of what is left, not of what there was: the factors are multiplied.",
        3.6: "the factors of the steps are multiplied, not added.",
        0.9: "that is one step. There are four.",
        1.0: "the slope of the memory is the forget gate itself, once a step.",
        0.2555: "0.9 is the gate, after its sigmoid. The memory is multiplied by the gate itself.",
    },
    "clipped": {
        1.0: "that clips each number by itself. The norm is that of the whole gradient.",
        6.0: "the norm is above the limit, so the gradient is shortened.",
        10.0: "that is the norm before it was clipped.",
        0.1: "that is what all numbers are multiplied by. What becomes of the first?",
        6 / 14: "the norm is the root of the sum of the squares, not the sum of the sizes.",
        0.06: "the norm is the root of the sum of the squares. You left out the root.",
        -0.6: "clipping keeps each number's sign.",
        -0.8: "that is its second number.",
        0.8: "that is the size of its second number.",
        0.75: "divide by the norm, not by the largest number.",
    },
}
LINES = {
    "A": {
        1: "the gates are sigmoids, as they should be. Is each of them used?",
        2: "the candidate is a tanh. How much of it is written?",
        4: "the output gate shows the memory's tanh. What is in the memory?",
    },
    "B": {
        1: "the gate z is right. Where is it used?",
        2: "the gate r is computed as it should be. Where is it used?",
        3: "r times the old state's part is Keras' candidate. Where else does r stand?",
    },
    "C": {
        1: "it starts with 0, as it should.",
        2: "forward it is right. What comes back?",
        3: "the slope of the last state in itself is 1, and the sums begin with 0.",
        4: "w's gradient adds up over the steps. And u's?",
        6: "a step back multiplies by u. That is right.",
    },
}
