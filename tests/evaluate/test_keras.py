"""Keras programs are read by the same rules: what ``compile`` and ``fit`` do, in plain PyTorch."""

from __future__ import annotations

from pathlib import Path

import pytest
from bpcheck.analysis import analyse
from bpcheck.project import Project
from bpcheck.registry import load_rules

HEAD = """\
import keras
from keras import layers
from keras.callbacks import EarlyStopping, LearningRateScheduler, ModelCheckpoint, ReduceLROnPlateau
(x, y), (x_test, y_test) = keras.datasets.mnist.load_data()
"""
DENSE = "model = keras.Sequential([layers.Dense(32, activation='relu'), layers.Dense(10, activation='softmax')])\n"
LOGITS = "model = keras.Sequential([layers.Dense(32, activation='relu'), layers.Dense(10)])\n"
COSINE = "rate = keras.optimizers.schedules.CosineDecay(1e-3, 100)\n"
SPARSE = "loss='sparse_categorical_crossentropy'"


def codes(folder: Path, text: str) -> list[str]:
    (folder / "train.py").write_text(HEAD + text, encoding="utf-8")
    found = analyse(Project(folder, folder), [Path("train.py")], load_rules())
    assert found.diagnostics == []
    return sorted({finding.code for finding in found.findings})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            DENSE + f"model.compile('adam', {SPARSE})\nmodel.fit(x, y, epochs=5)\n",
            ["BP101", "BP204"],
            id="fit alone",
        ),
        pytest.param(
            DENSE
            + COSINE
            + f"model.compile(keras.optimizers.Adam(rate), {SPARSE})\nmodel.fit(x, y, epochs=5, validation_split=0.1)\n",
            [],
            id="a schedule and a split",
        ),
        pytest.param(
            DENSE + f"model.compile('sgd', {SPARSE})\nmodel.fit(x, y, epochs=5)\nmodel.evaluate(x_test, y_test)\n",
            ["BP204"],
            id="evaluated once, at the end",
        ),
        pytest.param(
            DENSE
            + f"model.compile('sgd', {SPARSE})\nmodel.fit(x, y, epochs=5, validation_split=0.1, callbacks=[ReduceLROnPlateau()])\n",
            [],
            id="the rate falls on a plateau",
        ),
        pytest.param(
            DENSE
            + f"model.compile('sgd', {SPARSE})\nmodel.fit(x, y, epochs=5, validation_split=0.1, callbacks=[LearningRateScheduler(f)])\n",
            [],
            id="the rate is a function",
        ),
        pytest.param(
            DENSE
            + f"model.compile('sgd', {SPARSE})\nmodel.fit(x, y, epochs=9, validation_data=(x_test, y_test), "
            + "callbacks=[ModelCheckpoint('m.keras', save_best_only=True), ReduceLROnPlateau()])\n",
            ["BP102"],
            id="the best on the test set",
        ),
        pytest.param(
            DENSE
            + f"model.compile('sgd', {SPARSE})\nmodel.fit(x, y, epochs=9, validation_data=(x_test, y_test), "
            + "callbacks=[ModelCheckpoint('m.keras')])\n",
            ["BP204"],
            id="every epoch is kept",
        ),
        pytest.param(
            DENSE
            + COSINE
            + "model.compile(keras.optimizers.Adam(rate), keras.losses.SparseCategoricalCrossentropy(from_logits=True))\n"
            + "model.fit(x, y, epochs=5, validation_split=0.1)\n",
            ["BP403"],
            id="probabilities said to be logits",
        ),
        pytest.param(
            LOGITS
            + COSINE
            + "model.compile(keras.optimizers.Adam(rate), keras.losses.SparseCategoricalCrossentropy(from_logits=True))\n"
            + "model.fit(x, y, epochs=5, validation_split=0.1)\n",
            [],
            id="logits said to be logits",
        ),
        pytest.param(
            LOGITS
            + COSINE
            + "model.compile(keras.optimizers.Adam(rate), 'binary_crossentropy')\nmodel.fit(x, y, epochs=5, validation_split=0.1)\n",
            ["BP406"],
            id="no sigmoid before binary cross-entropy",
        ),
        pytest.param(
            "model = keras.Sequential([layers.Dense(1, activation='sigmoid')])\n"
            + COSINE
            + "model.compile(keras.optimizers.Adam(rate), 'binary_crossentropy')\nmodel.fit(x, y, epochs=5, validation_split=0.1)\n",
            [],
            id="sigmoid and binary cross-entropy",
        ),
        pytest.param(
            "model = keras.Sequential([layers.GRU(8), layers.Dense(1)])\n"
            + COSINE
            + "model.compile(keras.optimizers.Adam(rate), 'mse')\nmodel.fit(x, y, epochs=5, validation_split=0.1)\n",
            ["BP503"],
            id="a recurrence without clipping",
        ),
        pytest.param(
            "model = keras.Sequential([layers.GRU(8), layers.Dense(1)])\n"
            + COSINE
            + "model.compile(keras.optimizers.Adam(rate, clipnorm=1.0), 'mse')\nmodel.fit(x, y, epochs=5, validation_split=0.1)\n",
            [],
            id="a recurrence with clipping",
        ),
        pytest.param(
            "base = keras.applications.ResNet50(include_top=False)\nmodel = keras.Sequential([base, layers.Dense(10)])\n"
            + COSINE
            + "model.compile(keras.optimizers.Adam(rate), 'mse')\nmodel.fit(x, y, epochs=5, validation_split=0.1)\n",
            ["BP202"],
            id="all of a pretrained network with one rate",
        ),
        pytest.param(
            "base = keras.applications.ResNet50(include_top=False)\nbase.trainable = False\n"
            + "model = keras.Sequential([base, layers.Dense(10)])\n"
            + COSINE
            + "model.compile(keras.optimizers.Adam(rate), 'mse')\nmodel.fit(x, y, epochs=5, validation_split=0.1)\n",
            [],
            id="only the head",
        ),
        pytest.param(
            "base = keras.applications.ResNet50(include_top=False, weights=None)\nmodel = keras.Sequential([base, layers.Dense(10)])\n"
            + COSINE
            + "model.compile(keras.optimizers.Adam(rate), 'mse')\nmodel.fit(x, y, epochs=5, validation_split=0.1)\n",
            [],
            id="from scratch",
        ),
        pytest.param(
            "inputs = keras.Input((784,))\nh = layers.Dense(8, activation='relu')(inputs)\n"
            "model = keras.Model(inputs, layers.Dense(10, activation='softmax')(layers.concatenate([h, inputs])))\n"
            "model.compile('adam', keras.losses.CategoricalCrossentropy(from_logits=True))\nmodel.fit(x, y, epochs=5)\n",
            ["BP101", "BP204", "BP403"],
            id="the functional interface",
        ),
        pytest.param(
            "class Net(keras.Model):\n    def __init__(self):\n        super().__init__()\n        self.head = layers.Dense(10)\n"
            "    def call(self, inputs, training=False):\n        return self.head(inputs)\n"
            "model = Net()\nmodel.compile('adam', keras.losses.BinaryCrossentropy())\nmodel.fit(x, y, epochs=5)\n"
            "print(model(x_test))\n",
            ["BP204", "BP406"],
            id="a subclass, called for inference",
        ),
        pytest.param(
            DENSE + f"model.compile('adam', {SPARSE})\nmodel.fit(x, y, epochs=5, validation_split=0.1)\n"
            "model.optimizer.learning_rate = 1e-5\nmodel.fit(x, y, epochs=5, validation_split=0.1)\n",
            [],
            id="a second rate set by hand",
        ),
    ],
)
def test_findings(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert codes(tmp_path, text) == expected


def test_tf_keras_is_the_same(tmp_path: Path) -> None:
    text = "import tensorflow as tf\nmodel = tf.keras.models.Sequential([tf.keras.layers.Dense(10)])\n"
    text += "model.compile('adam', 'binary_crossentropy')\nmodel.fit(x, y, epochs=5)\n"
    assert codes(tmp_path, text) == ["BP101", "BP204", "BP406"]
