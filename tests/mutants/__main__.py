"""``python -m tests.mutants`` counts the mutants that the checks catch: ``make mutants``."""

import typer

# In a module of its own: a process that is spawned looks for functions where they were defined, and not in __main__.
from tests.mutants.counting import main

if __name__ == "__main__":
    typer.run(main)
