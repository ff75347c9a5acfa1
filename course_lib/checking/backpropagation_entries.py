"""Chapter 04's usual wrong entries, and slips in softsign and in a kernel with two uses, each with its hint."""

WRONG_PATHS = {
    "L: that is y, before the cube.": {"L": 2},
    "The slope of y³ is 3y², not y²: the power comes down as a factor.": {"slope of the cube": 4},
    "The slope of y³ is 3y²: you took 3y.": {"slope of the cube": 6},
    "The slope has to be taken at y = 2. You took it at another place.": {"slope of the cube": 27},
    "The path has one more station: w reaches y through a factor 3.": {
        "gradient of w": 12,
        "predicted change": -0.12,
    },
    "Along a path the slopes multiply. You added them.": {"gradient of w": 15, "predicted change": -0.15},
    "Subtracting 4 has the slope 1, not −4: the output moves as much as the input.": {
        "gradient of w": -144,
        "predicted change": 1.44,
    },
    "w goes down, from 2 to 1.99, and the gradient is positive: so L goes down too.": {"predicted change": 0.36},
    "That is the true change. What does the gradient predict?": {"predicted change": -0.3546},
    "That is the new L. By how much does it change?": {"predicted change": 7.64},
}

WRONG_JOINS = {
    "A product's slope towards one factor is the value of the other. You took each factor's own value.": {
        "s": 2,
        "p": -3,
        "a": 5,
        "b": -7,
    },
    "a: that is what comes along the path through s alone. p brings a second part.": {"a": -3},
    "a: that is what comes along the path through p alone. s brings a second part.": {"a": -2},
    "a: the two parts add up. You multiplied them.": {"a": 6},
    "a: the slope of p = a · b towards a is b, not a.": {"a": 3},
    "b: that is what comes along the path through s alone. p brings a second part.": {"b": -3},
    "b: that is what comes along the path through p alone. s brings a second part.": {"b": 6},
    "b: the slope of p = a · b towards b is a, not b.": {"b": -5},
}

WRONG_STEPS = {
    "Walk A: the result's gradient is 1, and it is the last value. Line 2 is right. Look at the order of the walk.": {
        "A": 2
    },
    "Walk A: line 5 adds up, as it should. But what has arrived at a value when its turn comes?": {"A": 5},
    "Walk A: line 4 visits all inputs of a value, as it should. In which order do the values come?": {"A": 4},
    "Walk B: the order is right, from the last to the first.": {"B": 3},
    "Walk B: all inputs are visited. What is done to them?": {"B": 4},
    "Walk C: adding up is right, where paths join. But to what is added in the second call?": {"C": 5},
    "Walk C: its order is right, and its first call is right too. What is different in the second?": {"C": 3},
}

WRONG_COSTS = {
    "forward: that is for one picture. The batch holds 16.": {"forward": 2368},
    "forward: that is the number of parameters. Each weight multiplies once for each picture.": {"forward": 2410},
    "backward: that includes dX of the first layer. The pictures are given; their gradient is not needed.": {
        "backward": 75776
    },
    "backward: those are the two dW alone. The second layer also hands dX back to the first.": {"backward": 37888},
    "backward: that is dX for the first layer. It is the second layer's that is needed.": {"backward": 70656},
    "passes: a central difference nudges each parameter up and down: two passes each.": {"passes": 2410},
    "passes: the biases are parameters too.": {"passes": 4736},
}

WRONG_LINES = {
    "P: if only the last arrays were made wrongly, the others would be right. All six are wrong.": {"P": 8},
    "P: line 2 has no influence on W3 and b3, and they are wrong too.": {"P": 2},
    "Q: a mistake in line 1 would make W3 and b3 wrong as well.": {"Q": 1},
    "Q: a mistake in line 3 reaches W1 and b1 alone. Here W2 and b2 are wrong as well.": {"Q": 3},
    "R: had d2 been wrong, b2 would be wrong too, and W1 and b1 after it.": {"R": 2},
    "S: line 4 makes W1 alone, and b1 is wrong as well. What are both made from?": {"S": 4},
    "T: had d3 been wrong, W3 would be wrong too.": {"T": 1},
}

WRONG_TIES = {
    "The kernel is used twice. You hand back what comes by its first use, x W; the second one is missing.": (
        "x.T @ d + dy.T @ h → x.T @ d"
    ),
    "The kernel is used twice. You hand back what comes by its second use, h Wᵀ; the first one is missing.": (
        "x.T @ d + dy.T @ h → dy.T @ h"
    ),
    "The slope of tanh is missing between the two layers: 1 − h².": "* (1 - h**2) →",
    "The slope of tanh is 1 minus the square of its output h, not of its input.": "h**2 → (x @ kernel) ** 2",
    "Where paths join the parts add up. You took their mean.": "x.T @ d + dy.T @ h → (x.T @ d + dy.T @ h) / 2",
    "Back through x W it goes by the product with Wᵀ: the transposition is missing.": "d @ kernel.T → d @ kernel",
    "This use's kernel is Wᵀ, which gets hᵀ dy. W has its transpose, dyᵀ h.": "dy.T @ h → h.T @ dy",
    "dx is not handed back through the first layer yet: it needs the product with Wᵀ.": "d @ kernel.T → d",
    "dy is given for the whole loss already: there is no mean over the batch to take.": (
        "x.T @ d + dy.T @ h → (x.T @ d + dy.T @ h) / (2 * len(x))"
    ),
}

WRONG_SOFTSIGNS = {
    "That is the local slope. It still has to be multiplied by what comes back, dy.": "dy / → 1 /",
    "The denominator is squared. You divide by 1 + |x| once.": "** 2 →",
    "That is the forward pass, times dy. What is wanted is the slope, times dy.": "dy / → dy * x /; ** 2 →",
    "1 − y² is the slope of tanh. This curve has its own.": (
        "dy / (1 + np.abs(x)) ** 2 → dy * (1 - (x / (1 + np.abs(x))) ** 2)"
    ),
    "For negative x, too, the denominator is 1 + |x|: the absolute value is missing.": "np.abs(x) → x",
    "The square belongs to the whole 1 + |x|, not to x alone.": "np.abs(x)) ** 2 → x**2)",
    "The slope of this curve is positive everywhere; the sign of x does not enter.": "dy / → dy * np.sign(x) /",
}
