"""Widgets of chapter 07: a kernel to lay over a picture, the maps of a network, and what layers and networks are."""

import numpy as np
import traitlets

from course_lib import limits
from course_lib.convolution import convolve
from course_lib.data import digits, photo
from course_lib.drawing import network_cards as cards
from course_lib.drawing.feature_maps import (
    KERNELS,
    kernel_figure,
    layers_with_maps,
    looked_into,
    maps_figure,
    parts_of,
    picture_of,
    products_said,
    run,
    spoken,
)
from course_lib.page.pictures import png
from course_lib.production import count_keras, counted_layers
from course_lib.widgets.base import ScriptDemo
from course_lib.widgets.scripts import script, style
from course_lib.windows import padding_widths

# The largest kernel whose weights can be told apart, and the most maps.
MOST_WEIGHTS, MOST_MAPS = 9, 32
# The largest size of a layer whose shapes can be read in a box.
MOST_SIZE = 1_000_000


class Kernel(ScriptDemo):
    """A kernel laid over a picture: what it makes of each place, product by product. All traits can be read and set.

    image: (height, width), from 0 for black to 1, or (height, width, 3); a large one is shrunk to 48 pixels a side,
    and one with negative numbers is moved to begin at 0
    kernel: (size, size)   place: [row, column] of y   pictures: those to choose from, your own first
    y: the map; padded: the picture with its padding, of which ``corner`` is the upper left corner of the window
    """

    _esm = script("convolution_grid.js", "convolution.js")
    _css = style("convolution.css")
    name = "kernel"
    picture_width = 760

    image = traitlets.List([]).tag(sync=True)
    kernel = traitlets.List(KERNELS["brighter to the right"]).tag(sync=True)
    settings = traitlets.Dict({"strides": 1, "dilation_rate": 1, "padding": "valid"}).tag(sync=True)
    place = traitlets.List([2, 2]).tag(sync=True)
    presets = traitlets.Dict(KERNELS).tag(sync=True)
    pictures = traitlets.Dict({}).tag(sync=True)
    padded = traitlets.List([]).tag(sync=True)
    y = traitlets.List([]).tag(sync=True)
    corner = traitlets.List([0, 0]).tag(sync=True)
    products = traitlets.List([]).tag(sync=True)
    sentence = traitlets.Unicode("").tag(sync=True)

    def __init__(self, image=None, kernel=None, place=(2, 2), **settings):
        offered = {"a digit": digits().x_test[3], "the photograph": photo()[60:300, 160:400]}
        offered = ({} if image is None else {"your picture": image}) | offered
        pictures = {name: picture_of(picture) for name, picture in offered.items()}
        kernel = KERNELS["brighter to the right"] if kernel is None else np.asarray(kernel, float).tolist()
        settings = {"strides": 1, "dilation_rate": 1, "padding": "valid"} | settings
        first = next(iter(pictures.values()))
        super().__init__(image=first, pictures=pictures, kernel=kernel, place=list(place), settings=settings)
        self._answer()
        for trait in ("image", "kernel", "settings", "place"):
            self.react(trait, self._answer)

    @property
    def state(self):
        """What a learner has set, as a dict: ``Kernel(**demo.state)`` is the same widget."""
        return {"image": self.image, "kernel": self.kernel, "place": self.place, **self.settings}

    def _answer(self):
        """Convolve anew. What cannot be laid over the picture raises, and the last good map stays."""
        picture = picture_of(self.image)
        if picture != self.image:
            # A picture set from Python, as large as it came; setting it again asks for the answer again.
            self.image = picture
            return
        x, kernel = np.array(picture), np.array(self.kernel, float)
        if kernel.ndim != 2 or len(set(kernel.shape)) != 1 or len(kernel) > MOST_WEIGHTS:
            raise ValueError(f"the kernel must be a square of 1 to {MOST_WEIGHTS} numbers a side")
        if not (np.abs(kernel) <= 1000).all():
            raise ValueError("every weight must be a number from −1000 to 1000")
        steps, rate, size = self.settings["strides"], self.settings["dilation_rate"], len(kernel)
        limits.whole("the stride", steps)
        reach = limits.whole("the dilation", rate) * (size - 1) + 1
        if self.settings["padding"] == "valid" and reach > min(x.shape):
            raise ValueError(f"a window that spans {reach} does not fit into a picture of {x.shape[0]} × {x.shape[1]}")
        y = convolve(x[None, ..., None], kernel[..., None, None], **self.settings)[0, ..., 0]
        widths = [padding_widths(n, size, steps, self.settings["padding"], rate) for n in x.shape]
        padded = np.pad(x, widths)
        row, column = (min(max(int(p), 0), n - 1) for p, n in zip(self.place, y.shape, strict=True))
        top, left = row * steps, column * steps
        products = padded[top : top + reach : rate, left : left + reach : rate] * kernel
        # One message to the browser instead of many.
        with self.hold_sync():
            self.place, self.corner = [row, column], [top, left]
            self.padded, self.y = padded.tolist(), y.round(4).tolist()
            self.products = products.round(4).tolist()
            self.sentence = products_said(row, column, products, x.shape, y.shape)

    def describe(self):
        size = len(self.kernel)
        return f"A {size} × {size} kernel over a picture, and the map that it makes. {self.sentence}"

    def still(self):
        reach = self.settings["dilation_rate"] * (len(self.products) - 1) + 1
        frames = (*self.corner, reach), None, (*self.place, 1)
        return png(kernel_figure([self.padded, self.kernel, self.y], frames)), "image/png"


class FeatureMaps(ScriptDemo):
    """What the layers of a Keras model make of a picture: maps, what each is summed up from, and one number of it.

    model: any built Keras model that takes one picture, (height, width, channels)   image: as the model takes it
    layer, map, place ([row, column]) and channel (-1: all) say what is looked at, and can be set like the image.
    """

    _esm = script("convolution_grid.js", "convolution_maps.js")
    _css = style("convolution.css")
    name = "feature_maps"
    picture_width = 760

    image = traitlets.List([]).tag(sync=True)
    layer = traitlets.Unicode("").tag(sync=True)
    map = traitlets.Int(0).tag(sync=True)
    place = traitlets.List([2, 2]).tag(sync=True)
    channel = traitlets.Int(-1).tag(sync=True)
    layers = traitlets.List([]).tag(sync=True)
    seen = traitlets.List([]).tag(sync=True)
    maps = traitlets.List([]).tag(sync=True)
    parts = traitlets.List([]).tag(sync=True)
    output = traitlets.Unicode("").tag(sync=True)
    sentence = traitlets.Unicode("").tag(sync=True)

    def __init__(self, model, image=None, layer="", map=0, place=(2, 2), channel=-1):
        self._model, self._shape, self._inner = model, tuple(model.input_shape[1:]), {}
        if len(self._shape) != 3 or None in self._shape:
            raise ValueError(f"the model must take pictures, (height, width, channels); it takes {self._shape}")
        names = [found.name for found in layers_with_maps(model)]
        if not names:
            raise ValueError("the model has no layer that makes maps, (height, width, channels)")
        image = digits().x_test[3] if image is None and self._shape == (8, 8, 1) else image
        image = np.zeros(self._shape) if image is None else limits.floats(np.asarray(image)).reshape(self._shape)
        looked_at = {"layer": layer or names[0], "map": map, "place": list(place), "channel": channel}
        super().__init__(image=image.tolist(), layers=names, **looked_at)
        self._answer()
        for trait in ("image", *looked_at):
            self.react(trait, self._answer)

    @property
    def state(self):
        """What a learner has set, as a dict: ``FeatureMaps(model, **demo.state)`` is the same widget."""
        return {name: getattr(self, name) for name in ("image", "layer", "map", "place", "channel")}

    def _answer(self):
        """Run the model anew, and take the chosen map to pieces."""
        limits.one_of("layer", self.layer, self.layers)
        image = limits.shape("image", np.array(self.image, "float32"), *self._shape)
        if self.layer not in self._inner:
            self._inner[self.layer] = looked_into(self._model, self.layer)
        inputs, maps, outputs = run(self._inner[self.layer], image)
        chosen = min(max(self.map, 0), min(maps.shape[-1], MOST_MAPS) - 1)
        row, column = (min(max(int(p), 0), n - 1) for p, n in zip(self.place, maps.shape[:2], strict=True))
        parts, sentence = parts_of(self._model.get_layer(self.layer), inputs, maps, chosen, row, column, self.channel)
        with self.hold_sync():
            self.map, self.place = chosen, [row, column]
            self.seen = image.mean(axis=-1).round(3).tolist()
            self.maps = np.moveaxis(maps, -1, 0)[:MOST_MAPS].round(4).tolist()
            self.parts = [{"name": n, "values": v.round(4).tolist(), "frame": frame} for n, v, frame in parts]
            more = f" The first {MOST_MAPS} of {maps.shape[-1]} maps are shown." if maps.shape[-1] > MOST_MAPS else ""
            self.output, self.sentence = spoken(outputs), sentence + more

    def describe(self):
        return f"Map {self.map} of {len(self.maps)} that the layer {self.layer} makes of a picture. {self.sentence}"

    def still(self):
        return png(maps_figure(self.seen, self.maps, self.map)), "image/png"


class _Cards(ScriptDemo):
    """Cards to leaf through. names: of all cards; chosen: which; part: the part of its diagram that is asked."""

    _esm = script("convolution_cards.js")
    _css = style("convolution.css")
    picture_width = 740

    names = traitlets.List([]).tag(sync=True)
    chosen = traitlets.Int(0).tag(sync=True)
    part = traitlets.Int(1).tag(sync=True)
    settings = traitlets.Dict({}).tag(sync=True)
    drawing = traitlets.Unicode("").tag(sync=True)
    said = traitlets.Unicode("").tag(sync=True)
    summary = traitlets.Unicode("").tag(sync=True)
    words = traitlets.Unicode("").tag(sync=True)

    def __init__(self, names, chosen):
        name = chosen or names[0]
        super().__init__(names=names, chosen=names.index(limits.one_of("the card", name, names)))
        self._parts = ["", ""]
        self._turn()
        self.react("chosen", self._turn)
        for trait in ("part", "settings"):
            self.react(trait, self._answer)

    def _sizes(self, name):
        """The sizes of the card that can be changed, as they are at first."""
        return {}

    def _card(self, name):
        """(drawing, the words of each part, summary, table) of the card."""
        raise NotImplementedError

    def _turn(self):
        """Another card: its own sizes, and its second part."""
        chosen = min(max(self.chosen, 0), len(self.names) - 1)
        with self.hold_sync():
            self.chosen, self.settings, self.part = chosen, self._sizes(self.names[chosen]), 1
            self._answer()

    def _answer(self):
        # While a card turns, its sizes may still be those of the one before.
        name = self.names[self.chosen]
        if self.settings.keys() != self._sizes(name).keys():
            return
        # Sizes that are impossible raise, and the last good card stays: its parts can still be asked.
        self._say()
        drawing, parts, summary, words = self._card(name)
        with self.hold_sync():
            self._parts = parts
            self.drawing, self.summary, self.words = drawing, summary, words
            self._say()

    def _say(self):
        self.part = min(max(self.part, 0), len(self._parts) - 1)
        self.said = self._parts[self.part]

    def describe(self):
        return f"{self.summary} {self.said}"

    def still(self):
        return self.drawing.encode(), "image/svg+xml"


class LayerInspector(_Cards):
    """What kinds of layers do, with sizes to change; and the layers of a learner's own Keras model."""

    name = "layer_inspector"

    def __init__(self, model=None, kind=None, **sizes):
        costs = [] if model is None else count_keras(model)
        layers = [] if model is None else counted_layers(model)
        self._own = {f"your {layer.name}": (layer, cost) for layer, cost in zip(layers, costs, strict=True)}
        super().__init__([*cards.LAYERS, *self._own], kind)
        for size in sizes:
            limits.one_of("a size", size, self.settings)
        if sizes:
            self.settings = {**self.settings, **sizes}

    @property
    def state(self):
        """What a learner has set, as a dict: ``LayerInspector(model, **demo.state)`` is the same widget."""
        return {"kind": self.names[self.chosen], **self.settings}

    def _sizes(self, name):
        return {} if name in self._own else dict(cards.LAYERS[name].sizes)

    def _card(self, name):
        if name in self._own:
            return cards.own_layer_card(*self._own[name])
        for size, value in self.settings.items():
            limits.whole(size, value, 1, MOST_SIZE)
        try:
            return cards.layer_card(name, self.settings)
        except ValueError as error:
            # On the card it is called kernel or pool.
            raise ValueError(str(error).removeprefix("kernel_size: ")) from error


class ArchitectureInspector(_Cards):
    """Eight kinds of networks, part by part; and the learner's own Keras model."""

    name = "architecture_inspector"

    def __init__(self, model=None, kind=None):
        self._costs = None if model is None else count_keras(model)
        super().__init__([*cards.NETWORKS, *["your model"] * (model is not None)], kind)

    @property
    def state(self):
        """What a learner has set, as a dict: ``ArchitectureInspector(model, **demo.state)`` is the same widget."""
        return {"kind": self.names[self.chosen]}

    def _card(self, name):
        return cards.own_network_card(self._costs) if name == "your model" else cards.network_card(name)
