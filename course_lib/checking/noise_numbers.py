"""What is usually written for the numbers of noise and of distances, worked out by hand, and what is said of it."""

from course_lib.checking.entries import mistakes_of_entries

WRONG_NOISE = mistakes_of_entries(
    left={
        0.2025: "what is left after each step is multiplied, not what is lost added up: 0.64 · 0.5625.",
        0.1575: "these are the two betas, multiplied. What is left after each step is 1 minus its beta.",
        0.64: "that is left after the first step alone. The second takes of it, too.",
        0.5625: "that is what the second step alone leaves. The first has taken before.",
        1.2025: "what is left after each step is multiplied, not added up.",
        0.6: "that is its root. The product itself is asked for.",
        0.7975: "that is how much the betas add up to. Multiply 1 minus each.",
    },
    factor={
        0.36: "the factor is the root of what is left.",
        0.8: "that is the factor after one step, or that of the noise.",
        0.4: "the factor is the root of what is left, whatever the noise has.",
        0.1296: "that is the square of what is left. Its root is wanted.",
        0.64: "what is left of the variance after both steps is 0.36, and the factor is its root.",
    },
    noise={
        0.64: "that is the variance of the noise. It is multiplied by the root.",
        0.4: "not what picture and noise are multiplied by adds up to 1, but the squares of both.",
        0.6: "that is the factor of x_0. That of the noise is the root of the rest.",
        0.36: "1 − 0.36 is the share of the noise's variance, and the factor is its root.",
        0.6614: "that is the second step's noise alone. Some of the first step's is there as well.",
        0.893: "that is the root of the two betas' sum. The second step takes away of the first one's noise, too.",
    },
    x_2={
        5.5: "both x_0 and the noise have their factors.",
        3.0: "that is what is left of x_0. Noise comes on top.",
        2.12: "the factors are roots: 0.6 and 0.8.",
        3.3: "the noise has a factor of its own, 0.8.",
        4.3: "the two factors have changed places.",
        3.5: "the noise has a factor of its own, 0.8.",
        2.6: "the noise is added.",
    },
    guess={
        5.0: "that is the true x_0. The network takes the noise for 0.2, not for 0.5.",
        5.6667: "first take away the noise that the network sees.",
        3.24: "without its noise, x_2 is 0.6 times what the network believes in: divide.",
        1.944: "divide by 0.6, do not multiply.",
        5.9333: "the noise is taken away.",
        9.0: "divide by the factor, the root of 0.36.",
        5.3333: "the noise has a factor of its own, 0.8.",
        3.16: "take 0.8 · 0.2 away, then divide by 0.6.",
        5.0625: "x_0's factor is 0.6, and divides the rest.",
    },
)

WRONG_DISTANCES = mistakes_of_entries(
    **{
        "two crowds": {
            5: "that is the length. The Fréchet distance is its square here.",
            7: "square both gaps before you add them up.",
            9: "that is what the means give. How far apart are the standard deviations?",
            16: "that is what the spreads give. How far apart are the means?",
            41: "of the spreads, the standard deviations are compared, not the variances' gap added up.",
            1033: "the standard deviations are compared, not the variances.",
            -7: "both squares are added.",
            49: "square each gap first, then add.",
            73: "the standard deviations are taken from each other, not added.",
        },
        "collapsed": {
            0: "the means are the same, but the spreads are not: all made numbers are one.",
            2: "square the gap of the standard deviations.",
            1: "who always makes the same has the standard deviation 0, and the real ones have 2.",
            16: "the standard deviations are compared, not the variances.",
            5: "the means are both 1.",
        },
        "two heaps": {
            1: "what is the standard deviation of numbers that are all 1 away from their mean?",
            2: "only mean and standard deviation count. What are they of the two heaps?",
            4: "only mean and standard deviation count. What are they of the two heaps?",
            0.5: "only mean and standard deviation count. What are they of the two heaps?",
        },
        "code": {
            9: "divide by 2.",
            4: "the variance is e to the power of 0, which is 1, not 0.",
            5: "the logarithm is 0, so the variance is 1, and 1 is taken off.",
            3: "the mean is squared.",
            1.5: "the mean is squared.",
            3.5: "the variance is 1, and is added before 1 is taken off.",
            0: "a mean of 3 is far from 0, and that costs.",
        },
    }
)
