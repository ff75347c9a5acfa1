"""How the notebooks are built from their sources, and what their prose cites and explains."""
