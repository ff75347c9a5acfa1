"""Chapter 16: the milestones from 2010 on, as text. ``history.milestone`` says in which form."""

RECENT = """

2010 | Glorot's initialization | glorot2010 | learning | 06 | proceedings.mlr.press/v9/glorot10a.html
Xavier Glorot and Yoshua Bengio
Weights drawn so that signals keep their size, forward and backward, make deep networks learn much faster.

2010 | Rectified linear units | nair2010 | network | 02 | icml.cc/Conferences/2010/papers/432.pdf
Vinod Nair and Geoffrey Hinton
Units that put out their sum, or 0 where it is negative, as Fukushima had them in 1969, learn better features for
recognizing objects than units that are on or off.

2012 | Dropout | hinton2012 | learning | 11 | arxiv.org/abs/1207.0580
Geoffrey Hinton and others
Leaving out half of the units at random for each training example makes a network memorize much less.

2012 | AlexNet | krizhevsky2017 | scale | 07 | doi.org/10.1145/3065386
Alex Krizhevsky, Ilya Sutskever and Geoffrey Hinton
A network of 8 layers and 60 million parameters takes less than a week to train on two GTX 580 graphics cards, and a
variant wins the ImageNet contest: its five best guesses miss 15.3 % of the images, those of the next best entry 26.2 %.

2013 | The variational autoencoder | kingma2013 | network | 13 | arxiv.org/abs/1312.6114
Diederik Kingma and Max Welling
An encoder and a decoder are trained together through random codes, so that new codes give new examples.

2013 | Word vectors: word2vec | mikolov2013 | language | 09 | arxiv.org/abs/1301.3781
Tomas Mikolov, Kai Chen, Greg Corrado and Jeffrey Dean
Vectors for words are learnt from 1.6 billion words in less than a day.

2013 | Deep Q-learning | mnih2013 | learning | 16 | arxiv.org/abs/1312.5602
Volodymyr Mnih and others
A convolutional network that sees the pixels and is told the score learns to play: one design for seven Atari games, in
three of them better than a human expert.

2014 | Generative adversarial networks | goodfellow2014 | learning | 13 | arxiv.org/abs/1406.2661
Ian Goodfellow and others
One network makes examples, another tells them from real ones, and each learns from the other.

2014 | Attention | bahdanau2014 | network | 09 | arxiv.org/abs/1409.0473
Dzmitry Bahdanau, Kyunghyun Cho and Yoshua Bengio
A translating network looks back, for each word it writes, at the words of the source that matter for it.

2014 | Adam | kingma2015 | learning | 05 | arxiv.org/abs/1412.6980
Diederik Kingma and Jimmy Ba
Each weight gets a step size of its own, from running averages of its gradients and of their squares.

2015 | Batch normalization | ioffe2015 | learning | 06 | arxiv.org/abs/1502.03167
Sergey Ioffe and Christian Szegedy
Each layer's inputs are normalized over the batch, and deep networks train in far fewer steps.

2015 | Knowledge distillation | hinton2015 | learning | 14 | arxiv.org/abs/1503.02531
Geoffrey Hinton, Oriol Vinyals and Jeff Dean
A small network learns from the probabilities that a large one, or many together, gives to all classes.

2015 | Residual networks | he2016 | network | 06 | doi.org/10.1109/CVPR.2016.90
Kaiming He, Xiangyu Zhang, Shaoqing Ren and Jian Sun
Layers that only add to their input make networks of up to 152 layers trainable, and win the ImageNet contest of 2015.

2016 | AlphaGo | silver2016 | scale | | doi.org/10.1038/nature16961
David Silver and others
Networks that propose moves and value positions, with a tree search, beat the European champion of Go by five games to
none.

2017 | The Transformer | vaswani2017 | network | 10 | arxiv.org/abs/1706.03762
Ashish Vaswani and others
Attention alone, without recurrence or convolution, translates better than the best single models before it, and trains
on all positions at once.

2018 | GPT | radford2018 | language | 10 | openai.com/index/language-unsupervised
Alec Radford, Karthik Narasimhan, Tim Salimans and Ilya Sutskever
A Transformer that first learns to predict the next token of unlabelled text is then tuned to many tasks.

2018 | BERT | devlin2018 | language | 10 | arxiv.org/abs/1810.04805
Jacob Devlin, Ming-Wei Chang, Kenton Lee and Kristina Toutanova
A Transformer that learns to fill in hidden words sees what comes before and after, and is then tuned to many tasks.

2019 | GPT-2 | radford2019 | language | 16 | openai.com/index/better-language-models
Alec Radford and others
A language model of 1.5 billion parameters does tasks that nobody has trained it for, only because the text before
asks for them.

2020 | Scaling laws | kaplan2020 | scale | 10 | arxiv.org/abs/2001.08361
Jared Kaplan and others
The loss of language models falls as a power of parameters, data and computation, over many orders of magnitude.

2020 | GPT-3 | brown2020 | language | 16 | arxiv.org/abs/2005.14165
Tom Brown and others
A language model of 175 billion parameters does new tasks from a few examples in its input, without any training on
them.

2020 | Denoising diffusion | ho2020 | network | 13 | arxiv.org/abs/2006.11239
Jonathan Ho, Ajay Jain and Pieter Abbeel
Images of high quality come out of pure noise, taken away a little at a time by a network.

2020 | The vision transformer | dosovitskiy2020 | network | 10 | arxiv.org/abs/2010.11929
Alexey Dosovitskiy and others
A Transformer that reads an image as a row of patches matches the best convolutional networks, once it was trained on
very many images.

2021 | CLIP | radford2021 | language | 14 | arxiv.org/abs/2103.00020
Alec Radford and others
Images and the texts found beside them are learnt together, so that a class can be recognized from its name.

2021 | LoRA | hu2022 | learning | 14 | arxiv.org/abs/2106.09685
Edward Hu and others
A large model is tuned by training small matrices beside its weights, which stay as they are.

2022 | Learning from human feedback | ouyang2022 | language | 10 | arxiv.org/abs/2203.02155
Long Ouyang and others
Tuned by what people prefer, a model of 1.3 billion parameters gives answers that people prefer to those of the GPT-3 of
175 billion.

2022 | Compute-optimal training | hoffmann2022 | scale | 10 | arxiv.org/abs/2203.15556
Jordan Hoffmann and others
For a given amount of computation, a model and its data should grow in equal proportion: most large models had seen too
little text.

2022 | Language models that act | yao2023 | language |  | arxiv.org/abs/2210.03629
Shunyu Yao and others
A language model takes turns at reasoning in words and at using tools, and reads what the tools answer.

2022 | ChatGPT | openai2022 | language |  | openai.com/index/chatgpt
OpenAI
A language model tuned by human feedback to hold a conversation is opened to the public, on 30 November.

2023 | GPT-4 | openai2023 | language |  | arxiv.org/abs/2303.08774
OpenAI
A large language model takes images as well as text, and answers in text.

2023 | QLoRA | dettmers2023 | scale | 14 | arxiv.org/abs/2305.14314
Tim Dettmers, Artidoro Pagnoni, Ari Holtzman and Luke Zettlemoyer
A model of 65 billion parameters, held in 4 bits each, is tuned on a single graphics card of 48 GB.
"""
