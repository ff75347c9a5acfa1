"""The mistakes of an answer that is a dict: for each entry, what is usually written there and the hint for it."""


def mistakes_of_entries(**hints):
    """{hint: mistake} of entry={wrong value: hint}. Each hint begins with its entry, as in "A: zeros are fine."."""
    return {f"{entry}: {hint}": {entry: value} for entry, wrong in hints.items() for value, hint in wrong.items()}
