"""What is usually written in chapter 12's exercises whose answer is a dict, and the hint for it."""

from course_lib.checking.entries import mistakes_of_entries

FIRST_LOSSES = mistakes_of_entries(
    **{
        "ten digits": {
            0.1: "that is the share that each class gets. The loss is minus its logarithm.",
            1.0: "that is the logarithm to the base 10. A loss takes the natural one.",
            3.32: "that is in bits. A loss takes the natural logarithm.",
            -2.3: "the logarithm of a share is below 0. The loss is minus that.",
            0.9: "that is the share of all the others. The loss is minus the logarithm of one's own.",
            10.0: "that is the number of classes. The loss is the logarithm of it.",
        },
        "yes or no": {
            0.5: "that is the share. The loss is minus its logarithm.",
            1.0: "that is in bits. A loss takes the natural logarithm.",
            1.39: "there are two classes, not four; the loss of an example counts the share of its own class only.",
            0.3: "that is the logarithm to the base 10. A loss takes the natural one.",
            -0.69: "the logarithm of a share is below 0. The loss is minus that.",
        },
        "one in ten": {
            0.11: "that is the loss of a no. One example in ten is a yes and costs much more.",
            2.3: "that is the loss of a yes. Nine examples in ten are a no and cost little.",
            0.47: "that is in bits. A loss takes the natural logarithm.",
            0.69: "that is what ½ and ½ would cost. Saying 0.1 to all is better.",
            1.2: "the two losses are not averaged as equals: nine in ten are a no.",
            0.14: "that is the logarithm to the base 10. A loss takes the natural one.",
            0.1: "that is the share that the network says. What does a yes cost, and what a no?",
            0.23: "that is what the yes cost, a tenth of 2.30. The nine no cost something too.",
            0.09: "that is what the no cost. The yes costs something too, and more.",
            -0.33: "the logarithm of a share is below 0. The loss is minus that.",
        },
        "softmax twice": {
            0.0: "a 1 and nine zeros are what the second softmax gets, not what it gives.",
            2.3: "that is where it starts. With a 1 at the right place and nine zeros it is lower.",
            1.37: "beside the 1 there are nine zeros.",
            0.23: "that is the share that the second softmax gives. The loss is minus its logarithm.",
            2.11: "that is in bits. A loss takes the natural logarithm.",
            0.63: "that is the logarithm to the base 10. A loss takes the natural one.",
            -1.46: "the logarithm of a share is below 0. The loss is minus that.",
            0.31: "that is of two classes, a 1 and one zero. Here are nine zeros.",
        },
    }
)
SCREENING = mistakes_of_entries(
    accuracy={
        0.75: "right are also the healthy that were not called.",
        0.98: "the healthy that were called are wrong as well as the ill that were missed.",
        0.04: "that is the share of wrong answers.",
        96.0: "that is in per cent. A share lies between 0 and 1.",
    },
    **{
        "nobody is ill": {
            1.0: "the 20 that are ill would be missed.",
            0.02: "that is the share of those who are ill.",
            0.0: "it finds no one, but it is right about all who are healthy.",
            98.0: "that is in per cent. A share lies between 0 and 1.",
        }
    },
    precision={
        0.75: "that is recall: of the 20 that are ill. Precision: of the 50 that were called.",
        0.43: "that divides by the healthy that were called. Divide by all that were called.",
        30.0: "that is in per cent. A share lies between 0 and 1.",
        0.7: "that is the share of the called who are healthy.",
    },
    recall={
        0.3: "that is precision: of the 50 that were called. Recall: of the 20 that are ill.",
        0.25: "that is the share that was missed.",
        75.0: "that is in per cent. A share lies between 0 and 1.",
    },
    F1={
        0.53: "that is the plain mean of precision and recall. F1 is the harmonic one.",
        0.23: "that is their product. F1 is twice their product by their sum.",
        0.21: "the 2 is missing: F1 is twice the product by the sum.",
        43.0: "that is in per cent. A share lies between 0 and 1.",
        42.86: "that is in per cent. It lies between 0 and 1, as precision and recall do.",
    },
)
PATIENTS = mistakes_of_entries(
    A={
        "dead ReLUs": "they are dead at the end: something has killed them. What is out of range before that?",
        "rate too high": "the steps are far too long. But the gradient carries the inputs. How large are they?",
        "wrong loss": "the loss starts 43 times too high: its logits are too large. What made them large?",
        "labels shuffled": "99 % of neighbours agree: the labels fit. What is out of range before anything is trained?",
        "rate too low": "its steps are 16 times as long as its weights. What makes the gradient so large?",
    },
    B={
        "healthy": "at 96 % right its loss could be near 0.1. What keeps it above 1.17 = ln(1 + 6 / e)?",
        "rate too low": "it learns well enough. But its loss hardly falls. How low can it come?",
        "wrong loss": "it starts at log 7, as it should. What does the loss get in place of logits?",
        "dead ReLUs": "2 % of the units are dead: that is healthy. What keeps the loss above 1.17 = ln(1 + 6 / e)?",
        "leakage": "nothing of the validation set was trained on. What keeps the loss above 1.17 = ln(1 + 6 / e)?",
    },
    C={
        "rate too low": "its steps are of the right size. What it learns holds nowhere else.",
        "rate too high": "its steps are of the right size. What can only be learnt by heart? Look at the neighbours.",
        "leakage": "then validation would be good. It is at chance.",
        "softmax twice": "a loss that stays high is not all: it is right in 13 of 100. What do its neighbours say?",
        "wrong loss": "it starts at log 7, as it should. What do its neighbours say?",
        "dead ReLUs": "13 % of the units are dead: too few to stop it. What do its neighbours say?",
        "healthy": "what it learns in training, validation does not confirm: 13 % is chance.",
    },
    D={
        "healthy": "it looks better than all. How much of what it is examined on does it know?",
    },
    E={
        "healthy": "91 % are right, and 91 % are of one class. How does it do with the rarest?",
        "leakage": "nothing of the validation set was trained on. What share has the commonest class?",
        "dead ReLUs": "13 % of the units are dead: too few to stop it. What share has the commonest class?",
        "wrong loss": "it starts near log 7, as it should. What share has the commonest class?",
        "rate too low": "its steps are of the right size. What share has the commonest class?",
    },
    F={
        "dead ReLUs": "3 % of the units are dead: that is healthy. How far does a step go?",
        "labels shuffled": "99 % of neighbours agree: the labels fit. How far does a step go?",
        "healthy": "after twenty epochs it is right in 28 of 100. How far does a step go?",
        "softmax twice": "its loss stays high, but it is right in 28 of 100 only. How far does a step go?",
        "wrong loss": "it starts at log 7, as it should. How far does a step go?",
        "rate too high": "its longest step is a ten thousandth of its weights. Is that too long?",
    },
)
