"""Chapter 00: the digit reader, and the way from a pen's strokes to the picture that it reads."""

import os
import platform

import numpy as np

from course_lib import limits
from course_lib.page import quiet

GRID, BITMAP = 8, 32
# The pen's radius on the 32 x 32 bitmap: chosen so that drawn digits carry as much ink as the scanned ones.
PEN = 2.8
CPU = "the CPU, which is enough for this course"


def machine():
    """The versions that run here and what Keras computes on, in words: a dict from names to texts."""
    with quiet():
        import keras
        import tensorflow as tf

        gpus = tf.config.list_physical_devices("GPU")
    return {
        "Python": platform.python_version(),
        "TensorFlow": tf.__version__,
        "Keras": keras.__version__,
        "Computes on": device(len(gpus), os.environ.get("COURSE_DEVICE", "")),
    }


def device(gpus, asked):
    """What Keras computes on, in words. gpus: how many it sees   asked: "cpu", "gpu" or "", as in COURSE_DEVICE"""
    if gpus:
        return f"{gpus} GPU"
    return "the CPU: a GPU was asked for, and Keras sees none" if asked == "gpu" else CPU


def accuracy(y_true, y_pred):
    """The share of answers that are right: a number from 0 to 1. y_true, y_pred: (n,) labels"""
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    if y_true.shape != y_pred.shape or not y_true.size:
        raise ValueError(f"the shapes must be equal and not empty, got {y_true.shape} and {y_pred.shape}")
    return float(np.mean(y_true == y_pred))


def picture_of(strokes):
    """The 8 x 8 picture of pen strokes, made the way the scanned digits were made.

    strokes: a list of (n, 2) arrays of points (x to the right, y down), in any unit
    returns: (8, 8) float32, 0 for paper to 1 for ink; all 0 if nothing is drawn

    The drawing is scaled to fill a 32 x 32 bitmap from top to bottom, and the black pixels of each 4 x 4
    block are counted (Garris et al., NIST Form-Based Handprint Recognition System, 1994).
    """
    strokes = [np.asarray(stroke, float) for stroke in strokes if len(stroke)]
    if not strokes:
        return np.zeros((GRID, GRID), "float32")
    for stroke in strokes:
        limits.finite("each stroke", limits.shape("each stroke", stroke, "n", 2))
    bitmap = _ink(_fitted(strokes))
    block = BITMAP // GRID
    return bitmap.reshape(GRID, block, GRID, block).mean(axis=(1, 3)).astype("float32")


def _fitted(strokes):
    """The strokes scaled and centred, so that with the pen's width they fill the bitmap."""
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    width, height = high - low
    room = BITMAP - 2 * PEN
    # A flat drawing fills the width instead; a dot stays a dot.
    scale = room / max(height, width, 1e-9)
    return [(stroke - (low + high) / 2) * scale + BITMAP / 2 for stroke in strokes]


def _ink(strokes):
    """(32, 32) of True where a pixel's centre lies within the pen's radius of a stroke."""
    starts = np.concatenate([stroke[:-1] if len(stroke) > 1 else stroke for stroke in strokes])
    ends = np.concatenate([stroke[1:] if len(stroke) > 1 else stroke for stroke in strokes])
    y, x = np.mgrid[:BITMAP, :BITMAP] + 0.5
    pixels = np.stack([x, y], axis=-1)[:, :, None]
    along = ends - starts
    # How far along each segment its nearest point to the pixel lies, from 0 (its start) to 1 (its end).
    t = ((pixels - starts) * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-12)
    nearest = starts + np.clip(t, 0, 1)[..., None] * along
    return (((pixels - nearest) ** 2).sum(-1) <= PEN**2).any(-1)
