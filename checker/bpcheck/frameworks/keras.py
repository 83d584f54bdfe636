"""Keras 3 and tf.keras: models, ``compile``, ``fit`` and its relatives, and the pretrained networks.

Read off keras 3.12: ``models/model.py``, ``trainers/trainer.py``, ``backend/torch/trainer.py`` (train mode in ``train_step``, eval
mode and no gradients in ``test_step``), ``applications/``.
"""

import sklearn.model_selection
import torch
from keras.layers import Layer, Symbolic, running
from keras.training import Callback, History, computed_loss, made_optimizer

from bpcheck.frameworks import at, does, keeps_statistics, network, unknown


class _Compiled:
    """The place where a model is compiled."""


class Model(Layer):
    def __init__(self, inputs=None, outputs=None, *args, **kwargs):
        super().__init__()
        self.optimizer = None
        self.loss = None
        self.several = isinstance(outputs, (list, tuple, dict))
        self.stop_training = False
        self.history = History()
        if isinstance(outputs, Symbolic):
            self.body = torch.nn.Sequential(*outputs.layers)
        elif isinstance(outputs, (list, tuple)):
            layers = []
            for each in outputs:
                layers.extend(each.layers)
            self.body = torch.nn.Sequential(*layers)

    def call(self, x):
        for layer in self.body:
            x = layer.forward(x)
        return x

    def compile(
        self, optimizer="rmsprop", loss=None, loss_weights=None, metrics=None, weighted_metrics=None, **options
    ):
        does(
            "Keras",
            "train and inference mode, gradients, steps; clipping only with clipnorm or clipvalue, a schedule only where given",
        )
        self.loss = loss
        self.compiled = _Compiled() if loss is None or isinstance(loss, str) else loss
        self.optimizer = made_optimizer(optimizer)
        self.optimizer.make(self)

    def fit(
        self, x=None, y=None, batch_size=None, epochs=1, verbose="auto", callbacks=None, validation_split=0.0, validation_data=None,
        shuffle=True, class_weight=None, sample_weight=None, initial_epoch=0, steps_per_epoch=None, validation_steps=None, **options,
    ):  # fmt: skip
        if validation_split:
            x, x_valid, y, y_valid = sklearn.model_selection.train_test_split(x, y)
            validation_data = (x_valid, y_valid)
        callbacks = [] if callbacks is None else callbacks
        if isinstance(callbacks, Callback):
            callbacks = [callbacks]
        for callback in callbacks:
            callback.set_model(self)
            callback.on_train_begin()
        self.optimizer.follow()
        for epoch in range(epochs):
            running["is"] = False  # callbacks run outside of the step
            for callback in callbacks:
                callback.on_epoch_begin(epoch)
            running["is"] = True
            self.train()
            for inputs, targets in _batches(x, y):
                self._train_batch(inputs, targets)
            logs = {"loss": unknown(), "accuracy": unknown()}
            if validation_data is not None:
                logs = self._validated(validation_data)
            running["is"] = False
            for callback in callbacks:
                callback.on_epoch_end(epoch, logs)
            if self.stop_training:
                break
        running["is"] = False
        self.eval()
        return self.history

    def fit_generator(self, generator, *args, **kwargs):
        return self.fit(generator, **kwargs)

    def _train_batch(self, inputs, targets):
        optimizer = self.optimizer
        loss = self._loss(self.forward(inputs), targets)
        loss.backward()
        if optimizer.clips:
            torch.nn.utils.clip_grad_norm_(self.parameters(), optimizer.clips)
        optimizer.inner.step()
        optimizer.inner.zero_grad()
        if optimizer.schedule is not None:
            optimizer.schedule.step()

    def _loss(self, output, targets):
        at(self.compiled)
        if self.several or self.loss is None or isinstance(self.loss, (list, dict)):
            return output.mean()
        return computed_loss(self.loss, targets, output)

    def _validated(self, data):
        self.eval()
        logs = {}
        with torch.no_grad():
            if isinstance(data, (list, tuple)):
                score = self._loss(self.forward(data[0]), data[1])
            else:
                for inputs, targets in data:
                    score = self._loss(self.forward(inputs), targets)
        self.train()
        for name in ("val_loss", "val_accuracy", "val_acc", "val_auc", "val_mae", "val_mse"):
            logs[name] = score
        return logs

    def evaluate(self, x=None, y=None, *args, **kwargs):
        self.eval()
        running["is"] = True
        with torch.no_grad():
            for inputs, targets in _batches(x, y):
                score = self._loss(self.forward(inputs), targets)
        running["is"] = False
        return score, score

    def predict(self, x, *args, **kwargs):
        self.eval()
        with torch.no_grad():
            return self.forward(x)

    def train_on_batch(self, x, y=None, **kwargs):
        self.train()
        self._train_batch(x, y)
        return unknown()

    def save(self, filepath, *args, **kwargs):
        torch.save(self, filepath)

    def save_weights(self, filepath, *args, **kwargs):
        torch.save(self.state_dict(), filepath)

    def load_weights(self, filepath, *args, **kwargs):
        self.load_state_dict(torch.load(filepath))

    def export(self, *args, **kwargs):
        pass

    def build(self, *args, **kwargs):
        pass

    @property
    def output(self):
        return Symbolic([self])

    @property
    def input(self):
        return Symbolic([])


class Sequential(Model):
    def __init__(self, layers=None, name=None, **kwargs):
        super().__init__()
        self.body = torch.nn.Sequential()
        for layer in [] if layers is None else layers:
            self.add(layer)

    def add(self, layer):
        if not isinstance(layer, Symbolic):
            self.body.append(layer)


def _batches(x, y):
    """Pairs of inputs and targets: of two arrays, or of what yields them."""
    if y is None:
        return x
    return [(x, y)] if unknown() else [(x, y), (x, y)]


def load_model(filepath, *args, **kwargs):
    return unknown()


# Pretrained networks


class _Application(Model):
    def __init__(self, name, weights):
        super().__init__()
        body = network(name, pretrained=weights is not None)
        keeps_statistics(body)  # what is not trainable does
        self.body = torch.nn.Sequential(body)


def VGG16(include_top=True, weights="imagenet", **options):
    return _Application("VGG16", weights)


def VGG19(include_top=True, weights="imagenet", **options):
    return _Application("VGG19", weights)


def ResNet50(include_top=True, weights="imagenet", **options):
    return _Application("ResNet50", weights)


def ResNet50V2(include_top=True, weights="imagenet", **options):
    return _Application("ResNet50V2", weights)


def ResNet101(include_top=True, weights="imagenet", **options):
    return _Application("ResNet101", weights)


def InceptionV3(include_top=True, weights="imagenet", **options):
    return _Application("InceptionV3", weights)


def InceptionResNetV2(include_top=True, weights="imagenet", **options):
    return _Application("InceptionResNetV2", weights)


def Xception(include_top=True, weights="imagenet", **options):
    return _Application("Xception", weights)


def MobileNet(
    input_shape=None, alpha=1.0, depth_multiplier=1, dropout=0.001, include_top=True, weights="imagenet", **options
):
    return _Application("MobileNet", weights)


def MobileNetV2(input_shape=None, alpha=1.0, include_top=True, weights="imagenet", **options):
    return _Application("MobileNetV2", weights)


def MobileNetV3Large(input_shape=None, alpha=1.0, minimalistic=False, include_top=True, weights="imagenet", **options):
    return _Application("MobileNetV3Large", weights)


def DenseNet121(include_top=True, weights="imagenet", **options):
    return _Application("DenseNet121", weights)


def EfficientNetB0(include_top=True, weights="imagenet", **options):
    return _Application("EfficientNetB0", weights)


def EfficientNetB3(include_top=True, weights="imagenet", **options):
    return _Application("EfficientNetB3", weights)


def EfficientNetV2B0(include_top=True, weights="imagenet", **options):
    return _Application("EfficientNetV2B0", weights)


def ConvNeXtTiny(include_top=True, weights="imagenet", **options):
    return _Application("ConvNeXtTiny", weights)
