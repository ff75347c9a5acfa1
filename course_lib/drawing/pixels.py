"""Pictures made of pixels in a diagram: one part of the drawing however many they are, the same bytes everywhere."""

import base64
import struct
import zlib

import numpy as np


def image(pixels, x, y, width, height):
    """Pixels in a rectangle of the drawing. pixels: (rows, columns) from 0, white, to 1, black, or (…, 3) of colours"""
    pixels = np.clip(np.asarray(pixels, float), 0, 1)
    if pixels.ndim == 2:
        pixels = np.repeat(1 - pixels[..., None], 3, axis=2)
    data = base64.b64encode(png(np.rint(255 * pixels).astype("uint8"))).decode()
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return (
        f'<image {place} preserveAspectRatio="none" style="image-rendering: pixelated" '
        f'href="data:image/png;base64,{data}"/>'
    )


def png(pixels):
    """The bytes of a PNG file, not made smaller: what does that differs from machine to machine. (rows, columns, 3)"""
    rows, columns, _ = pixels.shape
    lines = np.concatenate([np.zeros((rows, 1), "uint8"), pixels.reshape(rows, -1)], axis=1)
    header = struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes(), 0)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def mixed(share, low, high):
    """Colours between white and one of two: low, "#rrggbb", where the share is 0, white at ½, high where it is 1.

    share: any shape   returns: with a last axis of 3, from 0 to 1
    """
    share = np.asarray(share, float)[..., None]
    ends = [np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]) for colour in (low, high)]
    towards = np.abs(2 * share - 1)
    return 1 - towards * (1 - np.where(share < 0.5, ends[0], ends[1]))
