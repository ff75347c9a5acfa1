"""A network that trains live: its settings, its parts, its run, and what a cell does with it."""
