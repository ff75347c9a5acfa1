"""What is not a network, on the same examples as networks: ``python -m course_lib.experiments.practice_study rivals``.

Each method chooses its own setting in each split, on a fifth of the examples that it may learn from.
"""

import numpy as np

from course_lib import practice
from course_lib.activations import softmax
from course_lib.experiments.many_networks import Many

TABLES = {"digits": "load_digits", "wine": "load_wine", "tumours": "load_breast_cancer"}


def logistic_regression(c):
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=c, max_iter=2000)


def nearest_neighbours(k):
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(k)


def support_vectors(c):
    from sklearn.svm import SVC

    return SVC(C=c, gamma="scale")


def random_forest(leaf):
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(200, min_samples_leaf=leaf, random_state=0)


def gradient_boosting(rate):
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(learning_rate=rate, max_iter=60, random_state=0)


# Each with the settings that it may choose from.
RIVALS = {
    "logistic regression": (logistic_regression, (0.001, 0.01, 0.1, 1, 10, 100)),
    "nearest neighbours": (nearest_neighbours, (1, 3, 5, 9)),
    "support vectors": (support_vectors, (0.1, 1, 10, 100)),
    "random forest": (random_forest, (1, 2, 5)),
    "gradient boosting": (gradient_boosting, (0.03, 0.1, 0.3)),
}


class DenseNetwork:
    """A network with scikit-learn's two methods: 64 hidden units, dropout and weight decay, Adam, 60 passes.

    rate: of Adam   networks: so many learn side by side, and their shares are averaged
    """

    def __init__(self, rate, seed=0, epochs=60, networks=1):
        self.rate, self.seed, self.epochs, self.networks = rate, seed, epochs, networks

    def fit(self, x, y):
        widths = (x.shape[1], 64, int(y.max()) + 1)
        self.many = Many(self.networks, widths, self.rate, dropout=0.3, decay=0.01, seed=self.seed)
        self.many.fit(x, y, self.epochs, 16 if len(x) < 600 else 32)
        return self

    def predict_proba(self, x):
        return softmax(self.many.logits(x).astype(float)).mean(axis=0)


NETWORKS = {
    "dense network": (DenseNetwork, (0.001, 0.003, 0.01, 0.03)),
    "ten dense networks": (lambda rate: DenseNetwork(rate, networks=10), (0.001, 0.003, 0.01, 0.03)),
}


def chosen(build, settings, x, y):
    """The setting that is best on a fifth of the examples, and the method taught with it on all of them."""
    from sklearn.model_selection import train_test_split

    x_in, x_out, y_in, y_out = train_test_split(x, y, test_size=0.2, stratify=y, random_state=0)
    tried = [_right(build(setting).fit(x_in, y_in), x_out, y_out) for setting in settings]
    best = settings[int(np.argmax(tried))]
    return best, build(best).fit(x, y)


def _right(model, x, y):
    said = model.predict(x) if hasattr(model, "predict") else model.predict_proba(x).argmax(axis=1)
    return float(np.mean(said == y))


def split_of(table, seed, few=None):
    """Four fifths to learn from, standardized by their own spread, and one fifth to be judged on.

    few: take only so many to learn from
    """
    from sklearn import datasets
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler

    x, y = getattr(datasets, TABLES[table])(return_X_y=True)
    x, x_test, y, y_test = train_test_split(x, y, test_size=0.2, stratify=y, random_state=seed)
    if few is not None:
        x, _, y, _ = train_test_split(x, y, train_size=few, stratify=y, random_state=seed)
    # Pictures are divided by 16, so that all pixels keep their contrast; columns of a table by their own spread.
    scale = (lambda part: part / 16) if table == "digits" else StandardScaler().fit(x).transform
    return scale(x), y, scale(x_test), y_test


def measured(table, seeds, few=None, methods=None):
    """{method: {"right", "brier", "setting"}}, a number for each split."""
    found = {}
    for name, (build, settings) in (methods or {**RIVALS, **NETWORKS}).items():
        found[name] = {"right": [], "setting": [], "brier": []}
        for seed in seeds:
            x, y, x_test, y_test = split_of(table, seed, few)
            setting, model = chosen(build, settings, x, y)
            found[name]["right"].append(_right(model, x_test, y_test))
            found[name]["setting"].append(setting)
            if hasattr(model, "predict_proba"):
                found[name]["brier"].append(practice.brier_score(y_test, model.predict_proba(x_test)))
    return found


def convolution(table="digits", seeds=range(10), epochs=60):
    """Chapter 07's kind of network, taught by Keras for 60 passes with pictures shifted by chance: shares right."""
    import keras

    found = []
    for seed in seeds:
        keras.utils.set_random_seed(seed)
        x, y, x_test, y_test = split_of(table, seed)
        model = keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                keras.layers.RandomTranslation(0.1, 0.1, fill_mode="constant"),
                keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
                keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
                keras.layers.MaxPooling2D(),
                keras.layers.Conv2D(64, 3, padding="same", activation="relu"),
                keras.layers.Flatten(),
                keras.layers.Dropout(0.4),
                keras.layers.Dense(10),
            ]
        )
        schedule = keras.optimizers.schedules.CosineDecay(0.003, epochs * -(-len(x) // 32))
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.Adam(schedule), loss)
        model.fit(x.reshape(-1, 8, 8, 1), y, batch_size=32, epochs=epochs, verbose=0)
        said = model.predict(x_test.reshape(-1, 8, 8, 1), verbose=0).argmax(axis=1)
        found.append(float(np.mean(said == y_test)))
    return found


def trusted_study(seeds=range(10)):
    """Brier scores of logistic regression whose setting is chosen by the Brier score, and not by right answers."""
    return {table: [_chosen_by_brier(*split_of(table, seed)) for seed in seeds] for table in ("wine", "tumours")}


def _chosen_by_brier(x, y, x_test, y_test):
    from sklearn.model_selection import train_test_split

    build, settings = RIVALS["logistic regression"]
    x_in, x_out, y_in, y_out = train_test_split(x, y, test_size=0.2, stratify=y, random_state=0)
    tried = [practice.brier_score(y_out, build(c).fit(x_in, y_in).predict_proba(x_out)) for c in settings]
    best = build(settings[int(np.argmin(tried))]).fit(x, y)
    return practice.brier_score(y_test, best.predict_proba(x_test))


def few_study(sizes=(50, 100, 300, 1000), seeds=range(10)):
    """How many of the unseen digits are read after so few, by those that do best and by the networks."""
    names = ("logistic regression", "support vectors", "random forest", "dense network")
    methods = {name: {**RIVALS, **NETWORKS}[name] for name in names}
    return {few: {name: of["right"] for name, of in measured("digits", seeds, few, methods).items()} for few in sizes}


def rivals_study(seeds=range(10)):
    """All methods on all tables, each split the same for all."""
    found = {table: measured(table, seeds) for table in TABLES}
    found["digits"]["convolution"] = {"right": convolution(seeds=seeds), "setting": [], "brier": []}
    return found
