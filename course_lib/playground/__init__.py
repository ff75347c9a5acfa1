"""A network that trains live: its settings, its parts, and its run."""
