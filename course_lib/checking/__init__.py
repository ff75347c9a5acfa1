"""How an answer is judged: what it may be, how it is compared, in which words, and what is kept of it."""
