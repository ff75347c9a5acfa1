"""Figures of chapter 00."""

import matplotlib.pyplot as plt
import numpy as np

from course_lib.drawing.palette import BLUE, GREY, VERMILION


def draw_digit(axes, picture, title="", colour="black"):
    """One 8 x 8 picture, 0 for paper to 1 for ink."""
    axes.imshow(picture, cmap="gray_r", vmin=0, vmax=1)
    axes.set_title(title, color=colour, loc="center")
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(visible=True, color=colour)


def draw_shares(axes, shares, title=""):
    """Ten probabilities as bars, the largest in colour and with its number beside it."""
    best = int(np.argmax(shares))
    axes.barh(range(10), shares, color=[BLUE if k == best else GREY for k in range(10)])
    if max(shares) > 0:
        axes.text(shares[best] + 0.02, best, f"{shares[best]:.0%}", va="center")
    axes.set(xlim=(0, 1.2), ylim=(9.6, -0.6), yticks=range(10), xticks=[0, 0.5, 1], title=title)
    axes.grid(False)


def plot_digits(pictures, labels, rows=2):
    """A sheet of pictures, each under its label. pictures: (n, 8, 8)   labels: (n,)"""
    columns = -(-len(pictures) // rows)
    _, axes = plt.subplots(rows, columns, figsize=(7.2, 1.05 * rows), squeeze=False)
    for ax, picture, label in zip(axes.flat, pictures, labels, strict=True):
        draw_digit(ax, picture, str(label))


def plot_numbers(picture):
    """One picture, and the same as the 64 numbers that it is to a computer."""
    _, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.3))
    draw_digit(left, picture, "as you see it")
    draw_digit(right, 0 * picture, "as the network gets it")
    for (row, column), ink in np.ndenumerate(picture):
        right.text(column, row, f"{ink:.2f}" if ink else "0", ha="center", va="center", fontsize=8)


def plot_readings(pictures, labels, readings):
    """Pictures with what was read under each: a tick for right, a cross and the true digit for wrong."""
    _, axes = plt.subplots(1, len(pictures), figsize=(7.2, 1.5), squeeze=False)
    for ax, picture, label, reading in zip(axes[0], pictures, labels, readings, strict=True):
        right = label == reading
        draw_digit(ax, picture, f"{reading} ✓" if right else f"{reading} ✗", BLUE if right else VERMILION)
        ax.set_xlabel("" if right else f"is a {label}", fontsize=10)


def plot_lettered(pictures):
    """Pictures beside one another, each under its letter. pictures: {letter: (8, 8)}"""
    _, row = plt.subplots(1, len(pictures), figsize=(7.2, 2.2), squeeze=False)
    for axes, (letter, picture) in zip(row[0], pictures.items(), strict=True):
        axes.imshow(picture, vmin=0, vmax=1)
        axes.set_title(letter)
        axes.axis("off")


def plot_learning(history):
    """The share of right readings after each pass, on the digits it learns from and on others."""
    _, axes = plt.subplots(figsize=(7.2, 2.8))
    epochs = range(1, len(history["accuracy"]) + 1)
    axes.plot(epochs, history["accuracy"], label="digits it learns from", marker="o", markersize=4)
    axes.plot(epochs, history["val_accuracy"], label="other digits", marker="s", markersize=4)
    axes.set(
        xlabel="times through the examples",
        ylabel="read right",
        ylim=(0, 1.02),
        xlim=(0.5, len(epochs) + 0.5),
        xticks=[1, *epochs[4::5]],
    )
    axes.legend(loc="lower right")
