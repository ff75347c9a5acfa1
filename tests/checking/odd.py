"""Odd things that a learner may hand in, by accident or not."""


class SaysItIsEqual:
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0

    def __repr__(self):
        raise ValueError("no text for you")


def nested(depth):
    inner = []
    for _ in range(depth):
        inner = [inner]
    return inner
