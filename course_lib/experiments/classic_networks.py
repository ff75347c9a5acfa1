"""Networks of the history of seeing that Keras does not bring along, to be counted in chapter 07."""


def lenet(keras):
    """LeNet-5 as it is built today: tanh, mean pooling, dense layers. LeCun et al., 1998."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((32, 32, 1)),
            layers.Conv2D(6, 5, activation="tanh"),
            layers.AveragePooling2D(2),
            layers.Conv2D(16, 5, activation="tanh"),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            *(layers.Dense(units, activation="tanh") for units in (120, 84)),
            layers.Dense(10),
        ]
    )


def alexnet(keras):
    """AlexNet, without its response normalization, which has no weights. Krizhevsky et al., 2012."""
    layers = keras.layers

    def convolution(filters, size, **more):
        return layers.Conv2D(filters, size, activation="relu", **{"padding": "same"} | more)

    return keras.Sequential(
        [
            keras.Input((227, 227, 3)),
            convolution(96, 11, strides=4, padding="valid"),
            layers.MaxPooling2D(3, 2),
            convolution(256, 5, groups=2),
            layers.MaxPooling2D(3, 2),
            convolution(384, 3),
            convolution(384, 3, groups=2),
            convolution(256, 3, groups=2),
            layers.MaxPooling2D(3, 2),
            layers.Flatten(),
            *(part for _ in range(2) for part in (layers.Dense(4096, activation="relu"), layers.Dropout(0.5))),
            layers.Dense(1000),
        ]
    )
