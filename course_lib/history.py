"""Chapter 16: the milestones of neural networks, in order, each with the work that reported it first-hand."""

from typing import NamedTuple

from course_lib import limits
from course_lib.history_recent import RECENT

KINDS = ("network", "learning", "theory", "language", "scale")


class Milestone(NamedTuple):
    """year: when it was reported first   new: what it changed, in one sentence

    source: the key of the work, first author and year; where the bibliography has it, chapters/references.bib, its key
    there, with the year of the work cited there   kind: one of ``KINDS``   place: where the work is found
    chapter: the chapter that runs it, as "07", or "" if none does
    """

    year: int
    name: str
    new: str
    who: str
    source: str
    kind: str = "network"
    chapter: str = ""
    place: str = ""


def milestone(paragraph):
    """The milestone that a text tells: "year | name | source | kind | chapter | place"; who; what was new."""
    head, who, *new = paragraph.strip().splitlines()
    year, name, source, kind, chapter, place = (part.strip() for part in head.split("|"))
    return Milestone(int(year), name, " ".join(new), who, source, limits.one_of("kind", kind, KINDS), chapter, place)


def told(first, last, kind=None):
    """The milestones from one year to another, both included. kind: one of ``KINDS``, or None for all"""
    return tuple(m for m in MILESTONES if first <= m.year <= last and kind in (None, m.kind))


_UNTIL_2009 = """
1943 | The neuron as a formula | mcculloch1943 | network | 01 | doi.org/10.1007/BF02478259
Warren McCulloch and Walter Pitts
A neuron fires or does not, and a network of such neurons can work out statements of logic.

1949 | Hebb's rule | hebb1949 | learning | 16 | doi.org/10.4324/9781410612403
Donald Hebb
To learn is to change connections: one grows stronger when the first cell keeps helping the second to fire.

1958 | The perceptron | rosenblatt1958 | learning | 01 | doi.org/10.1037/h0042519
Frank Rosenblatt
A network learns to tell patterns apart from examples, by changing its own weights.

1960 | ADALINE | widrow1960 | learning | 16 | apps.dtic.mil/sti/citations/AD0241531
Bernard Widrow and Marcian Hoff
A neuron learns from the distance between its sum and the target, not only from wrong answers: a step down the squared
error, example by example.

1969 | What a perceptron cannot do | minsky1969 | theory | 01 | doi.org/10.7551/mitpress/11301.001.0001
Marvin Minsky and Seymour Papert
It is proved that no perceptron tells whether the number of lit points is odd, for two points XOR, unless one of its
units sees all of them.

1970 | Gradients backwards | linnainmaa1970 | theory | 04 | Thesis, Helsinki; in print doi.org/10.1007/BF01931367
Seppo Linnainmaa
How rounding errors grow in a long computation is found by going through it backwards: what is called the reverse mode
today, without a neural network.

1974 | Backwards for models that learn | werbos1974 | learning | 04 | openlibrary.org/isbn/978-0-471-59897-8
Paul Werbos
Derivatives that are passed back through an ordered system of equations fit whole models to data.

1980 | The neocognitron | fukushima1980 | network | 07 | doi.org/10.1007/BF00344251
Kunihiko Fukushima
Layers that detect local features alternate with layers that tolerate their shifts, so that a pattern is recognized
wherever it stands.

1982 | The Hopfield network | hopfield1982 | network | 16 | doi.org/10.1073/pnas.79.8.2554
John Hopfield
Neurons that all listen to one another fall into the memory that is nearest: a part of it brings back the whole.

1985 | The Boltzmann machine | ackley1985 | learning | 16 | doi.org/10.1207/s15516709cog0901_7
David Ackley, Geoffrey Hinton and Terrence Sejnowski
A network of units that switch by chance has a learning rule that also serves units nobody has told what to stand for.

1986 | Backpropagation finds features | rumelhart1986 | learning | 04 | doi.org/10.1038/323533a0
David Rumelhart, Geoffrey Hinton and Ronald Williams
When errors are passed back through the layers, hidden units come to stand for what matters in the task.

1989 | Universal approximation | cybenko1989 | theory | 01 | doi.org/10.1007/BF02551274
George Cybenko; independently Kurt Hornik, Maxwell Stinchcombe and Halbert White
One hidden layer, if it is wide enough, comes as close as one likes to any continuous function on a closed
and bounded region.

1989 | A convolutional network reads zip codes | lecun1989 | network | 16 | doi.org/10.1162/neco.1989.1.4.541
Yann LeCun and others
Backpropagation trains one convolutional network for the whole task of reading digits from real mail, from the image to
the answer.

1994 | The vanishing gradient | bengio1994 | theory | 08 | doi.org/10.1109/72.279181
Yoshua Bengio, Patrice Simard and Paolo Frasconi
It is shown why gradient descent hardly learns what lies many steps back; Sepp Hochreiter's diploma thesis of 1991 had
analysed the same.

1997 | LSTM | hochreiter1997 | network | 08 | doi.org/10.1162/neco.1997.9.8.1735
Sepp Hochreiter and Jürgen Schmidhuber
A cell whose memory is guarded by gates learns to connect events more than 1000 steps apart.

1998 | LeNet-5 | lecun1998b | network | 07 | doi.org/10.1109/5.726791
Yann LeCun, Léon Bottou, Yoshua Bengio and Patrick Haffner
Convolutional networks read digits better than all other methods tried, and as part of a commercial system they read
several million cheques a day.

2006 | Deep belief nets | hinton2006 | learning | 16 | doi.org/10.1162/neco.2006.18.7.1527
Geoffrey Hinton, Simon Osindero and Yee-Whye Teh
A deep network is learnt one layer at a time, and then tuned as a whole.

2009 | ImageNet | deng2009 | scale |  | doi.org/10.1109/CVPR.2009.5206848
Jia Deng and others
People sort 3.2 million images into 5247 classes, and the collection is to grow.
"""

MILESTONES = tuple(map(milestone, (_UNTIL_2009 + RECENT).strip().split("\n\n")))
"""The milestones: in order, each told in one sentence and with a source of its own."""
