"""What is usually written for the numbers of a language model, bits and weights, and what is said of it."""

from course_lib.checking.entries import mistakes_of_entries

WRONG_BITS = mistakes_of_entries(
    **{
        "bits": {
            2: "1, 2, 3 and 2 are asked for together. That is their mean.",
            5.5452: "that is in nats, with natural logarithms. Bits have the base 2.",
            1.125: "these are the probabilities, added up. Each is first made bits.",
            -8: "a probability below 1 has a logarithm below 0. Bits are minus that.",
            0.8: "that is for a character. All four tokens together are asked for.",
            0.0039: "that is the probability of all four together. How many bits are that?",
            256: "1 in 256 is the chance of all four together. How many bits are that?",
        },
        "perplexity": {
            7.3891: "the mean is in bits, so the base is 2, not e.",
            256: "take the mean over the four tokens before you raise 2 to it.",
            1.7411: "the mean is over the four tokens that were guessed, not over the characters.",
            3.5556: "that is 1 divided by the mean probability. The mean is taken of the bits.",
            2: "that is the mean number of bits. Perplexity is 2 to the power of it.",
            0.25: "that is the mean chance of a token. Among how many might one as well have guessed?",
        },
        "bits a character": {
            2: "the tokens write ten characters. You divided by the tokens.",
            1.7411: "that is the perplexity of a character. How many bits are that?",
            8: "the ten characters share these bits.",
            1.25: "the other way round: bits, divided by characters.",
            0.2: "divide the bits of all four tokens, not their mean.",
            0.5545: "that is in nats. Bits have the base 2.",
            0.4: "that is perplexity, divided. Divide the bits.",
        },
    }
)

WRONG_WEIGHTS = mistakes_of_entries(
    **{
        "tables": {
            64_000: "positions have a table as well.",
            8_192: "tokens have a table as well.",
            8_192_000: "positions have a table of their own, beside that of the tokens: add the two up.",
            64_128: "each of the 128 positions has a row of 64 numbers, not of one.",
            1_128: "these are the rows. Each row has 64 numbers.",
            73_320: "a table has no biases: it is looked up.",
            128_000: "each of the 1,000 tokens has a row of 64 numbers, not of 128.",
        },
        "one block": {
            49_728: (
                "256 are missing. Each of the two norms has 64 gammas and 64 betas, each of attention's four layers 64 "
                "biases, and the first dense layer 256."
            ),
            49_856: "128 are missing: there are two norms, each with 64 gammas and 64 betas.",
            49_920: "64 are missing: a norm has gammas and betas, and each layer that gives 64 numbers has 64 biases.",
            49_664: "the two dense layers have biases, 256 and 64.",
            49_792: "192 are missing: queries, keys and values have biases, too.",
            49_472: "512 are missing: two norms of 128, and four biases of 64 in attention.",
            33_600: "16,384 are missing: that is a dense layer's kernel, or those of attention, four of 64 · 64.",
            37_504: "the four heads together are 64 wide: queries, keys and values have 64 · 64 numbers each.",
            33_088: "these are the dense layers alone: attention and two norms are in it, too.",
            16_896: "two dense layers are missing, from 64 to 256 and back.",
            99_968: "that is two blocks.",
            49_408: "the six dense layers have biases: five of 64, one of 256.",
            49_152: "the biases are missing, and the norms.",
            99_904: "the heads share the width. Four heads of 16 are as much as one of 64.",
            99_712: "the heads share the width: each has queries, keys and values of 16 numbers, not of 64.",
            45_824: "keys, values and queries, but also an output layer.",
            16_640: "that is its attention. Two dense layers and two norms are in it too.",
            33_536: "one dense layer goes to 256, a second one comes back; and there is attention.",
            33_344: "16,640 are missing: that is attention, or one of the two dense layers with its biases.",
        },
        "the rest": {
            65_000: "the last norm counts too.",
            64_128: "its dense layer has a bias for each token.",
            64_000: "the last norm and the biases count too.",
            64_192: "each of the 1,000 tokens has a bias in the last layer.",
            64_064: "the last norm counts too, and each of the 1,000 tokens has a bias.",
            65_064: "a norm has 64 gammas and 64 betas.",
            1_128: "nothing is shared here: the last layer has a kernel of its own.",
        },
        "in all": {
            187_304: "there are two blocks.",
            99_968: "the tables and the rest count, too.",
            165_096: "the tables count, too.",
            172_160: "the rest counts as well.",
            137_320: "the two blocks count, too.",
            122_176: "there are two blocks, and the rest counts, too.",
            173_288: "here both ends have a table of their own.",
        },
        "in all, shared": {
            237_288: "of two tables of 64,000 numbers one falls away.",
            172_288: "the biases of the last layer stay.",
            172_160: "only the last layer's kernel falls away. Its biases stay, and so does the norm.",
            165_096: "the table of positions is not shared.",
            109_288: "of the two one stays.",
        },
    }
)
