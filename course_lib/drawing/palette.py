"""The colours of every figure, diagram and widget: those that colour-blind people can tell apart."""

# Okabe and Ito, 2008: a palette that people with any common colour blindness can tell apart.
BLUE, ORANGE, GREEN, VERMILION, SKY, PURPLE = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7"
INK, GREY, FAINT, PAPER = "#222222", "#8A8A8A", "#E3E3E3", "#FFFFFF"
# The full colours of shades that are white at 0.
NEGATIVE_SHADE, POSITIVE_SHADE = "#EFBE60", "#6CB0D6"
LINE_COLOURS = BLUE, ORANGE, GREEN, PURPLE, VERMILION, SKY
# Class 1 is blue, as is the side of the plane on which a neuron says 1.
CLASS_COLOURS, CLASS_MARKERS = (ORANGE, BLUE, GREEN, PURPLE, VERMILION, SKY), "soD^vP"
