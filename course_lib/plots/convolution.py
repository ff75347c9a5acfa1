"""Figures of chapter 07."""

import matplotlib.pyplot as plt
import numpy as np

from course_lib.drawing.palette import INK, VERMILION
from course_lib.drawing.strips import LINE_STYLES, LOOKS


def plot_pictures(pictures, columns=3, signed=(), ink=False):
    """Pictures with titles. pictures: {title: (height, width) or (height, width, 3)}

    signed: the titles of those whose numbers may be negative: 0 is grey, black and white are equally far from it
    ink: whether 1 is ink on paper, as in the digits, and not light
    """
    rows = -(-len(pictures) // columns)
    height, width = next(iter(pictures.values())).shape[:2]
    size = 7.2 / columns
    _, panels = plt.subplots(rows, columns, figsize=(7.2, rows * (size * height / width + 0.3)), squeeze=False)
    for axes in panels.flat:
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(ink)
    for axes, (title, picture) in zip(panels.flat, pictures.items(), strict=False):
        most = np.abs(picture).max() if title in signed else 1
        axes.imshow(picture, cmap="gray_r" if ink else "gray", vmin=-most if title in signed else 0, vmax=most)
        axes.set_title(title, fontsize=10)


def plot_shifts(panels):
    """The share of digits read right against how far they are moved. panels: {title: {name: [shares of each run]}}

    shares: one for 0, 1, 2 … pixels. Every run is a dot, the lines go through the means.
    """
    figure, panes = plt.subplots(1, len(panels), figsize=(7.2, 3.4), sharey=True, squeeze=False, layout="constrained")
    for axes, (title, readers) in zip(panes[0], panels.items(), strict=True):
        apart = np.linspace(-0.12, 0.12, len(readers))
        for (name, runs), (colour, mark), line, aside in zip(readers.items(), LOOKS, LINE_STYLES, apart, strict=False):
            values = np.array(runs)
            pixels = np.arange(values.shape[1])
            axes.plot(pixels + aside, values.mean(axis=0), linestyle=line, color=colour, linewidth=1.6)
            dots = np.tile(pixels + aside, len(runs)), values.ravel()
            axes.plot(*dots, mark, color=colour, markersize=4.5, alpha=0.6, markeredgewidth=0)
            axes.plot([], [], linestyle=line, marker=mark, color=colour, label=name)
        axes.set(xlabel="moved by so many pixels", xticks=pixels, ylim=(0, 1.03))
        axes.set_title(title, fontsize=10)
    panes[0, 0].set_ylabel("read right")
    figure.legend(*panes[0, 0].get_legend_handles_labels(), fontsize=9, loc="outside lower center", ncols=3)


def plot_filters(kernels, maps, image):
    """Filters, and under each the map that it makes of the image. kernels: (3, 3, n)   maps: (height, width, n)

    Blue is above 0 and red below, as in the widgets; the first picture is the image.
    """
    n = kernels.shape[-1]
    _, panels = plt.subplots(2, n + 1, figsize=(7.2, 2.1))
    most = np.abs(kernels).max()
    for k in range(n):
        panels[0, k + 1].imshow(kernels[..., k], cmap="RdBu", vmin=-most, vmax=most)
        panels[1, k + 1].imshow(maps[..., k], cmap="Blues", vmin=0, vmax=maps.max())
        panels[0, k + 1].set_title(k, fontsize=9)
    panels[1, 0].imshow(image, cmap="gray_r")
    panels[0, 0].text(1, 0.5, "filter", ha="right", va="center", transform=panels[0, 0].transAxes, fontsize=9)
    for axes in panels.flat:
        axes.axis("off")


def plot_looks(rows):
    """Pictures in rows, the first of each a digit, the others where a network looked. rows: [{title: picture}]

    Each of the others has its own scale, from 0, which is palest.
    """
    _, panels = plt.subplots(len(rows), len(rows[0]), figsize=(7.2, 1.55 * len(rows)), squeeze=False)
    for line, row in zip(panels, rows, strict=True):
        for k, (axes, (title, picture)) in enumerate(zip(line, row.items(), strict=True)):
            axes.imshow(picture, cmap="Oranges" if k else "gray_r", vmin=0, vmax=picture.max() or 1)
            axes.set_title(title, fontsize=9)
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_visible(True)


def plot_matrix(matrix, title):
    """A matrix, number by number; zeros are left empty. matrix: (rows, columns)"""
    rows, columns = matrix.shape
    _, axes = plt.subplots(figsize=(0.5 * columns + 0.8, 0.42 * rows + 0.7))
    most = np.abs(matrix).max()
    axes.imshow(matrix, cmap="RdBu", vmin=-1.6 * most, vmax=1.6 * most)
    for (row, column), number in np.ndenumerate(matrix):
        if number:
            axes.text(column, row, f"{number:g}".replace("-", "−"), ha="center", va="center", color=INK)
    axes.set(xticks=[], yticks=[])
    axes.set_title(title, fontsize=11)


def plot_sheet(sheet, found):
    """A sheet of digits and what was read where. found: [(row, column, digit)], of middles in pixels"""
    height, width = sheet.shape
    _, axes = plt.subplots(figsize=(7.2, 7.2 * height / width))
    axes.imshow(sheet, cmap="gray_r")
    for row, column, digit in found:
        axes.text(column + 4, row - 4, digit, color=VERMILION, fontsize=15, fontweight="bold", ha="center")
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(True)


def plot_networks(networks):
    """Parameters against products for one picture, both logarithmic. networks: {name: (parameters, products)}"""
    _, axes = plt.subplots(figsize=(7.2, 3.2))
    for (name, (parameters, products)), (colour, mark) in zip(networks.items(), LOOKS, strict=False):
        axes.plot(products, parameters, mark, color=colour, markersize=10)
        left = name.startswith("VGG")
        axes.annotate(
            name,
            (products, parameters),
            (-10 if left else 10, 0),
            textcoords="offset points",
            va="center",
            ha="right" if left else "left",
        )
    axes.set(xscale="log", yscale="log", xlim=(1e5, 1e11), ylim=(2e4, 5e8))
    axes.set(xlabel="multiplications for one picture", ylabel="parameters")
