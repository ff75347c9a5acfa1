"""What is slow to import, imported once for the kernels of all notebooks (``kernels.py``)."""

import ipykernel.kernelapp
import matplotlib.pyplot

from course_lib.page import quiet

with quiet():
    import keras

__all__ = ["ipykernel", "keras", "matplotlib"]
