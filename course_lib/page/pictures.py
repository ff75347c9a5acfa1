"""Pictures with words: what a page shows, for those who see it and for those who cannot.

matplotlib is imported only where a figure is shown: what else a page says does not need it.
"""

import base64
import html
import io

# Pixels in a figure's file for each pixel on the page: sharp on a screen of high resolution too.
SHARPNESS = 1.6
# What a widget says of itself where nothing runs.
STILL = "Run this cell to move it."


def show(alt, figure=None):
    """Show the current figure with ``alt``: what it shows, in words, for those who cannot see it. Then close it.

    However the words are broken into lines, they are one paragraph.
    """
    import matplotlib.pyplot as plt
    from IPython.display import display

    alt = " ".join(alt.split())
    if not alt:
        raise ValueError("alt is empty; say in a sentence or two what the figure shows")
    figure = figure or plt.gcf()
    display(picture_bundle(png(figure), "image/png", alt, width=round(figure.get_figwidth() * 100)), raw=True)
    plt.close(figure)


def png(figure):
    """The figure as the bytes of a PNG file without any date or version in it."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100 * SHARPNESS, metadata={"Software": None})
    return buffer.getvalue()


def still_bundle(content, mime, alt, width):
    """The picture of a widget for places where it cannot be moved; it says how it can. See ``picture_bundle``."""
    bundle = picture_bundle(content, mime, alt, width)
    return {"text/html": f"{bundle['text/html']}<p><em>{STILL}</em></p>", "text/plain": f"{alt} {STILL}"}


def picture_bundle(content, mime, alt, width):
    """A picture as Jupyter displays it: HTML, because only there does its text survive, and the text alone.

    content: the bytes of the picture   mime: their type   width: in pixels on the page
    """
    source = f"data:{mime};base64,{base64.b64encode(content).decode()}"
    image = f'<img src="{source}" alt="{html.escape(alt)}" width="{width}" style="max-width: 100%">'
    return {"text/html": image, "text/plain": alt}
