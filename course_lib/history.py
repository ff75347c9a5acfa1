"""Chapter 16: the milestones of neural networks, in order, each with the work that reported it first-hand."""

from typing import NamedTuple


class Milestone(NamedTuple):
    """year: of the source   new: what it changed, in one sentence   source: its key in the bibliography"""

    year: int
    name: str
    new: str
    who: str
    source: str


MILESTONES = (
    Milestone(
        1943,
        "The neuron as a formula",
        "A neuron fires or does not, and a network of such neurons can work out statements of logic.",
        "Warren McCulloch and Walter Pitts",
        "mcculloch1943",
    ),
    Milestone(
        1949,
        "Hebb's rule",
        "To learn is to change connections: one grows stronger when the first cell keeps helping the second to fire.",
        "Donald Hebb",
        "hebb1949",
    ),
    Milestone(
        1958,
        "The perceptron",
        "A network learns to tell patterns apart from examples, by changing its own weights.",
        "Frank Rosenblatt",
        "rosenblatt1958",
    ),
    Milestone(
        1969,
        "What a perceptron cannot do",
        "It is proved that no perceptron tells whether the number of lit points is odd, for two points XOR, "
        "unless one of its units sees all of them.",
        "Marvin Minsky and Seymour Papert",
        "minsky1969",
    ),
    Milestone(
        1980,
        "The neocognitron",
        "Layers that detect local features alternate with layers that tolerate their shifts, so that a pattern is"
        " recognized wherever it stands.",
        "Kunihiko Fukushima",
        "fukushima1980",
    ),
    Milestone(
        1986,
        "Backpropagation finds features",
        "When errors are passed back through the layers, hidden units come to stand for what matters in the task.",
        "David Rumelhart, Geoffrey Hinton and Ronald Williams",
        "rumelhart1986",
    ),
    Milestone(
        1989,
        "Universal approximation",
        "One hidden layer, if it is wide enough, comes as close as one likes to any continuous function on a "
        "bounded region.",
        "George Cybenko; independently Kurt Hornik, Maxwell Stinchcombe and Halbert White",
        "cybenko1989",
    ),
    Milestone(
        1989,
        "A convolutional network reads zip codes",
        "Backpropagation trains one convolutional network for the whole task of reading digits from real mail, "
        "from the image to the answer.",
        "Yann LeCun and others",
        "lecun1989",
    ),
    Milestone(
        1994,
        "The vanishing gradient",
        "It is shown why gradient descent hardly learns what lies many steps back; Sepp Hochreiter's diploma "
        "thesis of 1991 had analysed the same.",
        "Yoshua Bengio, Patrice Simard and Paolo Frasconi",
        "bengio1994",
    ),
    Milestone(
        1997,
        "LSTM",
        "A cell whose memory is guarded by gates learns to connect events more than 1000 steps apart.",
        "Sepp Hochreiter and Jürgen Schmidhuber",
        "hochreiter1997",
    ),
    Milestone(
        1998,
        "LeNet-5",
        "Convolutional networks read digits better than all other methods tried, and as part of a commercial "
        "system they read several million cheques a day.",
        "Yann LeCun, Léon Bottou, Yoshua Bengio and Patrick Haffner",
        "lecun1998",
    ),
    Milestone(
        2006,
        "Deep belief nets",
        "A deep network is learnt one layer at a time, and then tuned as a whole.",
        "Geoffrey Hinton, Simon Osindero and Yee-Whye Teh",
        "hinton2006",
    ),
    Milestone(
        2009,
        "ImageNet",
        "People sort 3.2 million images into 5247 classes, and the collection is to grow.",
        "Jia Deng and others",
        "deng2009",
    ),
    Milestone(
        2010,
        "Glorot's initialization",
        "Weights drawn so that signals keep their size, forward and backward, make deep networks learn much faster.",
        "Xavier Glorot and Yoshua Bengio",
        "glorot2010",
    ),
    Milestone(
        2010,
        "Rectified linear units",
        "Units that put out their sum, or 0 where it is negative, learn better features for recognizing objects "
        "than units that are on or off.",
        "Vinod Nair and Geoffrey Hinton",
        "nair2010",
    ),
    Milestone(
        2012,
        "Dropout",
        "Leaving out half of the units at random for each training example makes a network memorize much less.",
        "Geoffrey Hinton and others",
        "hinton2012",
    ),
    Milestone(
        2012,
        "AlexNet",
        "A network of 8 layers and 60 million parameters takes less than a week to train on two GTX 580 graphics "
        "cards, and a variant wins the ImageNet contest: its five best guesses miss 15.3 % of the images, those "
        "of the next best entry 26.2 %.",
        "Alex Krizhevsky, Ilya Sutskever and Geoffrey Hinton",
        "krizhevsky2012",
    ),
    Milestone(
        2013,
        "The variational autoencoder",
        "An encoder and a decoder are trained together through random codes, so that new codes give new examples.",
        "Diederik Kingma and Max Welling",
        "kingma2013",
    ),
    Milestone(
        2014,
        "Generative adversarial networks",
        "One network makes examples, another tells them from real ones, and each learns from the other.",
        "Ian Goodfellow and others",
        "goodfellow2014",
    ),
    Milestone(
        2014,
        "Attention",
        "A translating network looks back, for each word it writes, at the words of the source that matter for it.",
        "Dzmitry Bahdanau, Kyunghyun Cho and Yoshua Bengio",
        "bahdanau2014",
    ),
    Milestone(
        2014,
        "Adam",
        "Each weight gets a step size of its own, from running averages of its gradients and of their squares.",
        "Diederik Kingma and Jimmy Ba",
        "kingma2014",
    ),
    Milestone(
        2015,
        "Batch normalization",
        "Each layer's inputs are normalized over the batch, and deep networks train in far fewer steps.",
        "Sergey Ioffe and Christian Szegedy",
        "ioffe2015",
    ),
    Milestone(
        2015,
        "Knowledge distillation",
        "A small network learns from the probabilities that a large one, or many together, gives to all classes.",
        "Geoffrey Hinton, Oriol Vinyals and Jeff Dean",
        "hinton2015",
    ),
    Milestone(
        2015,
        "Residual networks",
        "Layers that only add to their input make networks of up to 152 layers trainable, and win the ImageNet "
        "contest of 2015.",
        "Kaiming He, Xiangyu Zhang, Shaoqing Ren and Jian Sun",
        "he2015",
    ),
    Milestone(
        2017,
        "The Transformer",
        "Attention alone, without recurrence or convolution, translates better than the best single models before"
        " it, and trains on all positions at once.",
        "Ashish Vaswani and others",
        "vaswani2017",
    ),
    Milestone(
        2018,
        "GPT",
        "A Transformer that first learns to predict the next token of unlabelled text is then tuned to many tasks.",
        "Alec Radford, Karthik Narasimhan, Tim Salimans and Ilya Sutskever",
        "radford2018",
    ),
    Milestone(
        2018,
        "BERT",
        "A Transformer that learns to fill in hidden words sees what comes before and after, and is then tuned to"
        " many tasks.",
        "Jacob Devlin, Ming-Wei Chang, Kenton Lee and Kristina Toutanova",
        "devlin2018",
    ),
    Milestone(
        2020,
        "Scaling laws",
        "The loss of language models falls as a power of parameters, data and computation, over many orders of "
        "magnitude.",
        "Jared Kaplan and others",
        "kaplan2020",
    ),
    Milestone(
        2020,
        "GPT-3",
        "A language model of 175 billion parameters does new tasks from a few examples in its input, without any "
        "training on them.",
        "Tom Brown and others",
        "brown2020",
    ),
    Milestone(
        2020,
        "Denoising diffusion",
        "Images of high quality come out of pure noise, taken away a little at a time by a network.",
        "Jonathan Ho, Ajay Jain and Pieter Abbeel",
        "ho2020",
    ),
    Milestone(
        2020,
        "The vision transformer",
        "A Transformer that reads an image as a row of patches matches the best convolutional networks, once it "
        "was trained on very many images.",
        "Alexey Dosovitskiy and others",
        "dosovitskiy2020",
    ),
    Milestone(
        2021,
        "CLIP",
        "Images and the texts found beside them are learnt together, so that a class can be recognized from its name.",
        "Alec Radford and others",
        "radford2021",
    ),
    Milestone(
        2021,
        "LoRA",
        "A large model is tuned by training small matrices beside its weights, which stay as they are.",
        "Edward Hu and others",
        "hu2021",
    ),
    Milestone(
        2022,
        "Learning from human feedback",
        "Tuned by what people prefer, a model of 1.3 billion parameters gives answers that people prefer to those"
        " of the GPT-3 of 175 billion.",
        "Long Ouyang and others",
        "ouyang2022",
    ),
    Milestone(
        2022,
        "Compute-optimal training",
        "For a given amount of computation, a model and its data should grow in equal proportion: most large "
        "models had seen too little text.",
        "Jordan Hoffmann and others",
        "hoffmann2022",
    ),
    Milestone(
        2022,
        "Language models that act",
        "A language model takes turns at reasoning in words and at using tools, and reads what the tools answer.",
        "Shunyu Yao and others",
        "yao2022",
    ),
    Milestone(
        2022,
        "ChatGPT",
        "A language model tuned by human feedback to hold a conversation is opened to the public, on 30 November.",
        "OpenAI",
        "openai2022",
    ),
    Milestone(
        2023,
        "GPT-4",
        "A large language model takes images as well as text, and answers in text.",
        "OpenAI",
        "openai2023",
    ),
    Milestone(
        2023,
        "QLoRA",
        "A model of 65 billion parameters, held in 4 bits each, is tuned on a single graphics card of 48 GB.",
        "Tim Dettmers, Artidoro Pagnoni, Ari Holtzman and Luke Zettlemoyer",
        "dettmers2023",
    ),
)
