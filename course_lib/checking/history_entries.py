"""What is usually written in chapter 16's exercises whose answer is a dict, and the hint for it."""

from course_lib.checking.entries import mistakes_of_entries

COUNTS = mistakes_of_entries(
    **{
        "two inputs": {
            16: "that is how many functions there are. XOR is one of them.",
            15: "besides XOR there is its opposite.",
            12: "four are missing: always 0, always 1, and two that look at one input only are easy to overlook.",
            8: "a unit may have negative weights, and any threshold.",
            2: "that is how many no unit computes.",
        },
        "three inputs": {
            256: "that is how many functions there are. Many need more than one cut.",
            254: "parity and its opposite are only the first two that no unit computes.",
            128: "not half of them. Let the computer try weights from −2 to 2 and count what comes out.",
            152: "that is how many no unit computes.",
            72: "negative weights count too. Let the computer try weights from −2 to 2.",
            102: "always 0 and always 1 count too: a threshold that nothing reaches, or all reach.",
        },
        "parity of nine": {
            2: "that is enough for two points. A unit that sees only some of the nine cannot say odd or even.",
            8: "change the one point that it does not see: odd becomes even.",
            3: "three units of three points each know three parities, and adding these up is no parity.",
            5: "more than half is not enough: change a point that it does not see.",
            1: "that is for OR and AND. Whether odd or even changes with every point.",
        },
        "hidden units": {
            1: "one unit says on which side of one cut a point lies. XOR needs what lies between two cuts.",
            3: "fewer will do: one for OR, one for AND. And behind them?",
            4: "one for each pair works. But two cuts are enough.",
        },
    }
)
CLAIMS = mistakes_of_entries(
    A={
        "supported": "it is true of that one network and that task. Of what is the sentence?",
        "the opposite": "ReLUs were faster there. But the factor was measured once.",
        "says less": "nothing is proved here. It was measured: of how many networks?",
        "not the first": "that others were earlier is not said. How many networks had this factor?",
    },
    B={
        "supported": "look at the years.",
        "one experiment": "it is no measurement that is in question, but who came first.",
        "says less": "the paper does describe the method. Is it the oldest that does?",
        "the opposite": "they did publish it in 1986. But was it new?",
    },
    C={
        "supported": "of what kind of machine is the theorem? The sentence speaks of all networks.",
        "the opposite": "the theorem does say that something is impossible. But of which machines?",
        "one experiment": "a theorem is no experiment. But it has conditions.",
        "not the first": "it is not in question who proved it, but for which machines.",
    },
    D={
        "one experiment": "it is a result of one contest, and the sentence says no more than that.",
        "says less": "both numbers stand there, and the variant too.",
        "not the first": "it won, and no more is said.",
        "the opposite": "compare number by number.",
    },
    E={
        "supported": "the theorem says that weights exist. What does the sentence say?",
        "the opposite": "such weights do exist. Does anything say that they are found?",
        "one experiment": "a theorem is no experiment. What does it say of learning?",
        "not the first": "it is not in question who proved it, but what it says of learning.",
    },
    F={
        "supported": "which of the two networks had the higher error?",
        "says less": "it says more than nothing about it: compare the two errors.",
        "one experiment": "the sentence says always. What was measured says the contrary.",
        "not the first": "it is not in question who saw it. Which network had the higher error?",
    },
    G={
        "the opposite": "people preferred the small one, tuned; that is what the sentence says.",
        "one experiment": "the sentence speaks of these two models and of one study's prompts only, as the paper does.",
        "says less": "the condition, whose prompts they were, is in the sentence too.",
        "not the first": "that it was the first is not said.",
    },
)
MACHINES = mistakes_of_entries(
    A={
        2: "an empty memory is a good beginning. What happens to it with the second pattern?",
        3: "each pattern is looked at, as it should be. What is left of it when the next one comes?",
        5: "that a unit does not hold itself is as it should be.",
    },
    B={
        2: "twenty rounds are plenty. With two units that hold each other, look at what both see in a round.",
        4: "each unit gets its turn. But which state does it look at?",
        1: "a copy of what came in leaves the caller's state as it was. That is good manners.",
    },
    C={
        4: "the sum is right. What is compared with the target?",
        7: "weights move by rate times error times input: that is right, if the error is.",
        8: "the bias moves as it should, if the error is right.",
        1: "to begin with zeros is fine.",
    },
)
