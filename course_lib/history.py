"""Chapter 16: the milestones of neural networks, in order, each with the work that reported it first-hand."""

from typing import NamedTuple


class Milestone(NamedTuple):
    """year: when it was reported first   new: what it changed, in one sentence

    source: its key in the bibliography, chapters/references.bib, where it has the year of the work cited there
    """

    year: int
    name: str
    new: str
    who: str
    source: str


# Of each: year, name and source; who; what was new.
_TABLE = """
1943 | The neuron as a formula | mcculloch1943
Warren McCulloch and Walter Pitts
A neuron fires or does not, and a network of such neurons can work out statements of logic.

1949 | Hebb's rule | hebb1949
Donald Hebb
To learn is to change connections: one grows stronger when the first cell keeps helping the second to fire.

1958 | The perceptron | rosenblatt1958
Frank Rosenblatt
A network learns to tell patterns apart from examples, by changing its own weights.

1969 | What a perceptron cannot do | minsky1969
Marvin Minsky and Seymour Papert
It is proved that no perceptron tells whether the number of lit points is odd, for two points XOR, unless one of its
units sees all of them.

1980 | The neocognitron | fukushima1980
Kunihiko Fukushima
Layers that detect local features alternate with layers that tolerate their shifts, so that a pattern is recognized
wherever it stands.

1986 | Backpropagation finds features | rumelhart1986
David Rumelhart, Geoffrey Hinton and Ronald Williams
When errors are passed back through the layers, hidden units come to stand for what matters in the task.

1989 | Universal approximation | cybenko1989
George Cybenko; independently Kurt Hornik, Maxwell Stinchcombe and Halbert White
One hidden layer, if it is wide enough, comes as close as one likes to any continuous function on a closed
and bounded region.

1989 | A convolutional network reads zip codes | lecun1989
Yann LeCun and others
Backpropagation trains one convolutional network for the whole task of reading digits from real mail, from the image to
the answer.

1994 | The vanishing gradient | bengio1994
Yoshua Bengio, Patrice Simard and Paolo Frasconi
It is shown why gradient descent hardly learns what lies many steps back; Sepp Hochreiter's diploma thesis of 1991 had
analysed the same.

1997 | LSTM | hochreiter1997
Sepp Hochreiter and Jürgen Schmidhuber
A cell whose memory is guarded by gates learns to connect events more than 1000 steps apart.

1998 | LeNet-5 | lecun1998b
Yann LeCun, Léon Bottou, Yoshua Bengio and Patrick Haffner
Convolutional networks read digits better than all other methods tried, and as part of a commercial system they read
several million cheques a day.

2006 | Deep belief nets | hinton2006
Geoffrey Hinton, Simon Osindero and Yee-Whye Teh
A deep network is learnt one layer at a time, and then tuned as a whole.

2009 | ImageNet | deng2009
Jia Deng and others
People sort 3.2 million images into 5247 classes, and the collection is to grow.

2010 | Glorot's initialization | glorot2010
Xavier Glorot and Yoshua Bengio
Weights drawn so that signals keep their size, forward and backward, make deep networks learn much faster.

2010 | Rectified linear units | nair2010
Vinod Nair and Geoffrey Hinton
Units that put out their sum, or 0 where it is negative, learn better features for recognizing objects than units that
are on or off.

2012 | Dropout | hinton2012
Geoffrey Hinton and others
Leaving out half of the units at random for each training example makes a network memorize much less.

2012 | AlexNet | krizhevsky2017
Alex Krizhevsky, Ilya Sutskever and Geoffrey Hinton
A network of 8 layers and 60 million parameters takes less than a week to train on two GTX 580 graphics cards, and a
variant wins the ImageNet contest: its five best guesses miss 15.3 % of the images, those of the next best entry 26.2 %.

2013 | The variational autoencoder | kingma2013
Diederik Kingma and Max Welling
An encoder and a decoder are trained together through random codes, so that new codes give new examples.

2014 | Generative adversarial networks | goodfellow2014
Ian Goodfellow and others
One network makes examples, another tells them from real ones, and each learns from the other.

2014 | Attention | bahdanau2014
Dzmitry Bahdanau, Kyunghyun Cho and Yoshua Bengio
A translating network looks back, for each word it writes, at the words of the source that matter for it.

2014 | Adam | kingma2015
Diederik Kingma and Jimmy Ba
Each weight gets a step size of its own, from running averages of its gradients and of their squares.

2015 | Batch normalization | ioffe2015
Sergey Ioffe and Christian Szegedy
Each layer's inputs are normalized over the batch, and deep networks train in far fewer steps.

2015 | Knowledge distillation | hinton2015
Geoffrey Hinton, Oriol Vinyals and Jeff Dean
A small network learns from the probabilities that a large one, or many together, gives to all classes.

2015 | Residual networks | he2016
Kaiming He, Xiangyu Zhang, Shaoqing Ren and Jian Sun
Layers that only add to their input make networks of up to 152 layers trainable, and win the ImageNet contest of 2015.

2017 | The Transformer | vaswani2017
Ashish Vaswani and others
Attention alone, without recurrence or convolution, translates better than the best single models before it, and trains
on all positions at once.

2018 | GPT | radford2018
Alec Radford, Karthik Narasimhan, Tim Salimans and Ilya Sutskever
A Transformer that first learns to predict the next token of unlabelled text is then tuned to many tasks.

2018 | BERT | devlin2018
Jacob Devlin, Ming-Wei Chang, Kenton Lee and Kristina Toutanova
A Transformer that learns to fill in hidden words sees what comes before and after, and is then tuned to many tasks.

2020 | Scaling laws | kaplan2020
Jared Kaplan and others
The loss of language models falls as a power of parameters, data and computation, over many orders of magnitude.

2020 | GPT-3 | brown2020
Tom Brown and others
A language model of 175 billion parameters does new tasks from a few examples in its input, without any training on
them.

2020 | Denoising diffusion | ho2020
Jonathan Ho, Ajay Jain and Pieter Abbeel
Images of high quality come out of pure noise, taken away a little at a time by a network.

2020 | The vision transformer | dosovitskiy2020
Alexey Dosovitskiy and others
A Transformer that reads an image as a row of patches matches the best convolutional networks, once it was trained on
very many images.

2021 | CLIP | radford2021
Alec Radford and others
Images and the texts found beside them are learnt together, so that a class can be recognized from its name.

2021 | LoRA | hu2021
Edward Hu and others
A large model is tuned by training small matrices beside its weights, which stay as they are.

2022 | Learning from human feedback | ouyang2022
Long Ouyang and others
Tuned by what people prefer, a model of 1.3 billion parameters gives answers that people prefer to those of the GPT-3 of
175 billion.

2022 | Compute-optimal training | hoffmann2022
Jordan Hoffmann and others
For a given amount of computation, a model and its data should grow in equal proportion: most large models had seen too
little text.

2022 | Language models that act | yao2022
Shunyu Yao and others
A language model takes turns at reasoning in words and at using tools, and reads what the tools answer.

2022 | ChatGPT | openai2022
OpenAI
A language model tuned by human feedback to hold a conversation is opened to the public, on 30 November.

2023 | GPT-4 | openai2023
OpenAI
A large language model takes images as well as text, and answers in text.

2023 | QLoRA | dettmers2023
Tim Dettmers, Artidoro Pagnoni, Ari Holtzman and Luke Zettlemoyer
A model of 65 billion parameters, held in 4 bits each, is tuned on a single graphics card of 48 GB.
"""


def _milestone(paragraph):
    head, who, *new = paragraph.strip().splitlines()
    year, name, source = head.split(" | ")
    return Milestone(int(year), name, " ".join(new), who, source)


MILESTONES = tuple(map(_milestone, _TABLE.split("\n\n")))
