"""What is usually written in chapter 14's exercises whose answer is a dict, and the hint for it."""

from course_lib.checking.entries import mistakes_of_entries

WHAT_TRAINS = mistakes_of_entries(
    all={
        2373: "the moving averages of BatchNormalization are no weights that learn: 64 of its 128 do.",
        2245: "BatchNormalization learns too: a gamma and a beta for each of its 32 features.",
        2277: "BatchNormalization learns a gamma and a beta for each feature, 64 together.",
        2272: "the two Dense layers have biases.",
        2208: "the Dense layers have biases, and BatchNormalization has a gamma and a beta.",
    },
    **{
        "head only": {
            160: "the head has a bias for each class.",
            229: "a frozen body has no gamma and beta that learn.",
            2144: "that is what is frozen.",
        },
        "LoRA": {
            384: "A and B have that many. The layer's bias goes on learning in Keras.",
            2464: "the kernel itself is frozen.",
            2432: "the kernel itself is frozen, and the bias goes on learning.",
            416 + 165: "asked is the body's Dense layer alone, without the head.",
            416 + 229: "asked is the Dense layer alone.",
            256: "that is A. B and the bias learn too.",
            128: "that is B. A and the bias learn too.",
            288: "that is A and the bias. B learns too.",
            8224: "A has four columns and B four rows: they are added up, not multiplied.",
        },
        "BatchNorm learning": {
            64: "gamma and beta learn, and the two moving averages change as well, by averaging.",
            0: "it is not frozen.",
            32: "four numbers for each feature: gamma, beta and two moving averages.",
        },
        "BatchNorm frozen": {
            64: "in Keras a frozen BatchNormalization also uses its moving averages, and leaves them as they are.",
            128: "it is frozen.",
            32: "in Keras a frozen BatchNormalization leaves both of its moving averages as they are.",
        },
    },
)
