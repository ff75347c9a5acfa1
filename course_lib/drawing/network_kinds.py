"""What the cards say: kinds of layers with their sizes and formulas, and kinds of networks with their parts."""

from typing import NamedTuple

from course_lib.layer_costs import layer_cost


class LayerKind(NamedTuple):
    """A kind of layer, with sizes that can be changed. cost and code are functions of the sizes."""

    role: str
    use: str
    formula: str
    sizes: dict
    cost: callable
    code: callable


LAYERS = {
    "Dense": LayerKind(
        "Every output is a weighted sum of all inputs, and a bias.",
        "the end of most networks; whole networks where inputs have no order",
        "(inputs + 1) · units",
        {"inputs": 64, "units": 10},
        lambda n: layer_cost("Dense", (n["inputs"],), units=n["units"]),
        lambda n: f"layers.Dense({n['units']})",
    ),
    "Conv2D": LayerKind(
        "The same small kernels look through every window of a picture.",
        "pictures, and whatever else has neighbours: sound, boards, maps",
        "(kernel · kernel · channels + 1) · filters",
        {"side": 8, "channels": 1, "kernel": 3, "filters": 16},
        lambda n: layer_cost(
            "Conv2D", (n["side"], n["side"], n["channels"]), filters=n["filters"], kernel_size=n["kernel"]
        ),
        lambda n: f"layers.Conv2D({n['filters']}, {n['kernel']})",
    ),
    "MaxPooling2D": LayerKind(
        "The largest number of each window: smaller maps, for which small moves matter less.",
        "between convolutions",
        "nothing is learnt",
        {"side": 8, "channels": 16, "pool": 2},
        lambda n: layer_cost("MaxPooling2D", (n["side"], n["side"], n["channels"]), pool_size=n["pool"]),
        lambda n: f"layers.MaxPooling2D({n['pool']})",
    ),
    "Dropout": LayerKind(
        "In training, a random share of the numbers is set to 0 and the others grow; afterwards it does nothing.",
        "against learning by heart (chapter 11), mostly before the last layers",
        "nothing is learnt",
        {"inputs": 64},
        lambda n: layer_cost("Dropout", (n["inputs"],)),
        lambda n: "layers.Dropout(0.5)",
    ),
    "BatchNormalization": LayerKind(
        "Each feature is scaled by its mean and variance in the batch, then by what is learnt (chapter 06).",
        "deep convolutional networks, between convolution and activation",
        "4 · channels, half of them remembered and not learnt",
        {"side": 8, "channels": 16},
        lambda n: layer_cost("BatchNormalization", (n["side"], n["side"], n["channels"])),
        lambda n: "layers.BatchNormalization()",
    ),
    "Embedding": LayerKind(
        "A table with a row of numbers for each word; a word's number picks its row.",
        "the first layer for words, letters, products (chapters 08 to 10)",
        "words · units",
        {"time": 20, "words": 1000, "units": 32},
        lambda n: layer_cost("Embedding", (n["time"],), input_dim=n["words"], output_dim=n["units"]),
        lambda n: f"layers.Embedding({n['words']}, {n['units']})",
    ),
    "LSTM": LayerKind(
        "Reads a sequence step by step and keeps a memory, which gates open and close (chapter 08).",
        "sequences: time series, text, sound",
        "4 · (inputs + units + 1) · units",
        {"time": 20, "inputs": 32, "units": 64},
        lambda n: layer_cost("LSTM", (n["time"], n["inputs"]), units=n["units"]),
        lambda n: f"layers.LSTM({n['units']})",
    ),
    "MultiHeadAttention": LayerKind(
        "Every place of a sequence asks all others and takes from each as much as it fits (chapter 09).",
        "transformers: text, and by now nearly everything",
        "3 · (inputs + 1) · heads · key + (heads · key + 1) · inputs",
        {"time": 20, "inputs": 64, "heads": 4, "key": 16},
        lambda n: layer_cost(
            "MultiHeadAttention", *2 * [(n["time"], n["inputs"])], num_heads=n["heads"], key_dim=n["key"]
        ),
        lambda n: f"layers.MultiHeadAttention({n['heads']}, {n['key']})",
    ),
}

# What layers do that have no card, but stand in most learners' models.
OTHER_ROLES = {
    "Activation": "Bends each number by itself.",
    "ReLU": "Makes each negative number 0.",
    "Softmax": "Makes probabilities of numbers.",
    "Flatten": "Lists all numbers one after another.",
    "Reshape": "The same numbers in another shape.",
    "Add": "Adds what comes in, number by number.",
    "Concatenate": "Puts what comes in side by side.",
    "AveragePooling2D": "The mean of each window: smaller maps.",
    "GlobalMaxPooling2D": "The largest number of each map, wherever it is.",
    "GlobalAveragePooling2D": "The mean of each map.",
    "DepthwiseConv2D": "A small kernel for each channel alone.",
    "SeparableConv2D": "A small kernel for each channel alone, then weights across the channels.",
    "LayerNormalization": "Each example is scaled by its own mean and variance, then by what is learnt (chapter 06).",
}


class NetworkKind(NamedTuple):
    """A kind of network: its parts in a chain, (name, what it does, height from 1 to 5), and arcs (from, to, words)."""

    year: str
    idea: str
    uses: str
    parts: tuple
    arcs: tuple = ()


NETWORKS = {
    "FNN": NetworkKind(
        "1958, in one layer (Rosenblatt); 1986, in several, trained by backpropagation (Rumelhart, Hinton, Williams)",
        "layers of neurons, each connected with all of the layer before",
        "tables of numbers; the ends of most other networks",
        (
            ("x", "The inputs, a list without an order.", 4),
            ("Dense", "Weighted sums of all inputs, then a bend.", 5),
            ("Dense", "The same again with the first layer's outputs.", 4),
            ("ŷ", "One number for each answer.", 2),
        ),
    ),
    "CNN": NetworkKind(
        "1989 (LeCun and others); after the neocognitron of 1980 (Fukushima)",
        "the same small kernels everywhere: local, shared, equivariant",
        "pictures, sound, boards",
        (
            ("picture", "Height, width and channels.", 5),
            ("Conv", "Kernels look through all windows.", 5),
            ("Pool", "Smaller maps.", 3),
            ("Conv", "Kernels over maps see larger parts of the picture.", 3),
            ("Pool", "Smaller again.", 2),
            ("Dense", "From what is there to what it is.", 2),
            ("ŷ", "The answer.", 1),
        ),
    ),
    "RNN": NetworkKind(
        "1990 (Elman)",
        "a state that is handed on from step to step",
        "sequences, where little has to be remembered",
        (
            ("xₜ", "The input of this step.", 2),
            ("cell", "New state, from the input and the old state.", 4),
            ("ŷₜ", "The answer of this step.", 2),
        ),
        ((1, 1, "state"),),
    ),
    "LSTM": NetworkKind(
        "1997 (Hochreiter and Schmidhuber)",
        "a memory that is added to, and gates that decide what comes in, stays and goes out",
        "longer sequences: time series, text, sound",
        (
            ("xₜ", "The input of this step.", 2),
            ("gates", "Shares from 0 to 1: forget, input, output.", 4),
            ("memory", "Old memory times forget, plus new times input.", 5),
            ("ŷₜ", "What the output gate lets out.", 2),
        ),
        ((2, 2, "memory"), (3, 1, "state")),
    ),
    "Transformer": NetworkKind(
        "2017 (Vaswani and others)",
        "every place looks at all others at once, and skips lead around each part",
        "language models, translation, by now pictures and sound too",
        (
            ("words", "Numbers of words.", 2),
            ("embed", "A row for each word, plus its place.", 3),
            ("attention", "Each place takes from all others what fits.", 5),
            ("Dense", "Each place by itself, with a skip around it, too.", 4),
            ("ŷ", "Probabilities for the next word.", 2),
        ),
        ((1, 3, "skip"),),
    ),
    "Autoencoder": NetworkKind(
        "1986 (Rumelhart, Hinton, Williams); deep in 2006 (Hinton and Salakhutdinov)",
        "reproduce the input through a narrow middle: what passes is what matters",
        "compression, noise removal, finding what is unusual",
        (
            ("x", "The input.", 5),
            ("encoder", "Fewer and fewer numbers.", 4),
            ("code", "The narrow middle.", 1),
            ("decoder", "More and more numbers.", 4),
            ("x̂", "To be like the input.", 5),
        ),
    ),
    "GAN": NetworkKind(
        "2014 (Goodfellow and others)",
        "one network makes pictures, another tries to tell them from real ones",
        "pictures, faces, sharper details",
        (
            ("noise", "Random numbers.", 1),
            ("generator", "Makes a picture of them.", 4),
            ("x̂", "A made picture.", 4),
            ("critic", "Is shown real and made pictures.", 4),
            ("real?", "The probability that it is real.", 1),
        ),
        ((3, 1, "gradient"),),
    ),
    "Diffusion": NetworkKind(
        "2015 (Sohl-Dickstein and others); 2020 (Ho, Jain, Abbeel)",
        "learn to take away a little noise, and begin with nothing but noise",
        "pictures from words, sound, molecules",
        (
            ("noise", "A picture of pure noise.", 5),
            ("denoiser", "Says which part of it is noise.", 5),
            ("less noise", "A little of that is taken away.", 5),
            ("picture", "After many rounds.", 5),
        ),
        ((2, 1, "many times"),),
    ),
}
