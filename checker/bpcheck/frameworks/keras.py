"""Keras 3 and tf.keras: layers, the three ways to put them together, ``compile`` and ``fit`` with its callbacks.

Read off keras 3.12: ``models/model.py``, ``trainers/trainer.py``, ``backend/torch/trainer.py`` (train mode in ``train_step``,
eval mode and no gradients in ``test_step``), ``optimizers/base_optimizer.py`` (``weight_decay`` is decoupled, ``clipnorm``),
``losses/losses.py`` (``from_logits=False``), ``callbacks/``, ``applications/``.
"""

import sklearn.model_selection
import torch

from bpcheck.frameworks import array, at, does, network, unknown


def _activated(x, activation):
    if activation is None or activation == "linear":
        return x
    if activation == "softmax":
        return torch.softmax(x, dim=-1)
    if activation == "sigmoid":
        return torch.sigmoid(x)
    if activation == "relu":
        return torch.relu(x)
    if activation == "tanh":
        return torch.tanh(x)
    if activation == "log_softmax":
        return torch.log_softmax(x, dim=-1)
    return activation(x) if callable(activation) else unknown(x)


#: Whether ``fit`` or ``evaluate`` is running. Elsewhere, a call is inference: no gradients are kept unless a tape asks for them.
_running = {"is": False}


class _Symbolic:
    """What the functional interface passes on: the layers that led to it."""

    def __init__(self, layers):
        self.layers = layers
        self.shape = unknown()
        self.dtype = unknown()


def Input(shape=None, batch_size=None, dtype=None, **options):
    return _Symbolic([])


class Layer(torch.nn.Module):
    def __init__(self, *args, trainable=True, **kwargs):
        super().__init__()

    def build(self, input_shape):
        pass

    def add_weight(self, *args, **kwargs):
        return torch.nn.Parameter(torch.zeros(1))

    def add_loss(self, *args, **kwargs):
        pass

    def call(self, x):
        return x

    def forward(self, x):
        return self.call(x)

    def __call__(self, x, *args, **kwargs):
        if isinstance(x, _Symbolic):
            return _Symbolic([*x.layers, self])
        if isinstance(x, (list, tuple)) and isinstance(x[0], _Symbolic):
            return self._merged(x)
        if _running["is"]:
            return self.forward(x)
        self.eval()
        with torch.no_grad():
            return self.forward(x)

    def _merged(self, several):
        layers = []
        for each in several:
            if isinstance(each, _Symbolic):
                layers.extend(each.layers)
        return _Symbolic([*layers, self])

    @property
    def trainable(self):
        return unknown()

    @trainable.setter
    def trainable(self, value):
        for parameter in self.parameters():
            parameter.requires_grad = value

    @property
    def layers(self):
        return [_Part(self) for _ in unknown()]

    def get_layer(self, name=None, index=None):
        return _Part(self)

    def get_config(self):
        return unknown()

    def summary(self, *args, **kwargs):
        pass

    @property
    def trainable_weights(self):
        return self.parameters()

    @property
    def trainable_variables(self):
        return self.parameters()


class _Part:
    """Some layer of a network: what is done to it is done to a part."""

    def __init__(self, owner):
        self.owner = owner
        self.output = _Symbolic([owner])
        self.name = unknown()

    @property
    def trainable(self):
        return unknown()

    @trainable.setter
    def trainable(self, value):
        for parameter in self.owner.parameters():
            if unknown():
                parameter.requires_grad = value


class _Weighted(Layer):
    def __init__(self, *args, activation=None, **kwargs):
        super().__init__()
        self.inner = torch.nn.Linear(1, 1)
        self.activation = activation

    def forward(self, x):
        return _activated(self.inner(x), self.activation)


class Dense(_Weighted):
    def __init__(self, units, activation=None, use_bias=True, **kwargs):
        super().__init__(activation=activation)


class _Convolution(_Weighted):
    def __init__(
        self,
        filters=1,
        kernel_size=1,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        groups=1,
        activation=None,
        **kwargs,
    ):
        super().__init__(activation=activation)


class Conv1D(_Convolution):
    pass


class Conv2D(_Convolution):
    pass


class Conv3D(_Convolution):
    pass


class Convolution2D(_Convolution):
    pass


class SeparableConv2D(_Convolution):
    pass


class Conv2DTranspose(_Weighted):
    pass


class DepthwiseConv2D(_Weighted):
    pass


class MultiHeadAttention(_Weighted):
    def __call__(self, query, value=None, key=None, **kwargs):
        if isinstance(query, _Symbolic):
            return _Symbolic([*query.layers, self])
        return self.forward(query)


class Embedding(Layer):
    def __init__(self, input_dim, output_dim, **kwargs):
        super().__init__()
        self.inner = torch.nn.Embedding(1, 1)

    def forward(self, x):
        return self.inner(x)


class LSTM(Layer):
    def __init__(self, units, **kwargs):
        super().__init__()
        self.inner = torch.nn.LSTM(1, 1)

    def forward(self, x):
        return self.inner(x)[0]


class GRU(Layer):
    def __init__(self, units, **kwargs):
        super().__init__()
        self.inner = torch.nn.GRU(1, 1)

    def forward(self, x):
        return self.inner(x)[0]


class SimpleRNN(Layer):
    def __init__(self, units, **kwargs):
        super().__init__()
        self.inner = torch.nn.RNN(1, 1)

    def forward(self, x):
        return self.inner(x)[0]


class Bidirectional(Layer):
    def __init__(self, layer, **kwargs):
        super().__init__()
        self.inner = layer

    def forward(self, x):
        return self.inner.forward(x)


class TimeDistributed(Bidirectional):
    pass


class BatchNormalization(Layer):
    def __init__(self, *args, **kwargs):
        super().__init__()
        self.inner = torch.nn.BatchNorm1d(1)

    def forward(self, x):
        return self.inner(x)


class LayerNormalization(Layer):
    def __init__(self, *args, **kwargs):
        super().__init__()
        self.inner = torch.nn.LayerNorm(1)

    def forward(self, x):
        return self.inner(x)


class Dropout(Layer):
    def __init__(self, rate, **kwargs):
        super().__init__()
        self.inner = torch.nn.Dropout(rate)

    def forward(self, x):
        return self.inner(x)


class SpatialDropout1D(Dropout):
    pass


class SpatialDropout2D(Dropout):
    pass


class Activation(Layer):
    def __init__(self, activation, **kwargs):
        super().__init__()
        self.activation = activation

    def forward(self, x):
        return _activated(x, self.activation)


class Softmax(Layer):
    def forward(self, x):
        return torch.softmax(x, dim=-1)


class ReLU(Layer):
    def forward(self, x):
        return torch.relu(x)


class LeakyReLU(ReLU):
    pass


class Flatten(Layer):
    pass


class Reshape(Layer):
    pass


class Permute(Layer):
    pass


class RepeatVector(Layer):
    pass


class Masking(Layer):
    pass


class Rescaling(Layer):
    pass


class Normalization(Layer):
    def adapt(self, data, **kwargs):
        pass


class TextVectorization(Normalization):
    def get_vocabulary(self, *args, **kwargs):
        return unknown()


class MaxPooling1D(Layer):
    pass


class MaxPooling2D(Layer):
    pass


class MaxPool2D(Layer):
    pass


class AveragePooling2D(Layer):
    pass


class GlobalAveragePooling1D(Layer):
    pass


class GlobalAveragePooling2D(Layer):
    pass


class GlobalMaxPooling1D(Layer):
    pass


class GlobalMaxPooling2D(Layer):
    pass


class GlobalMaxPool1D(Layer):
    pass


class UpSampling2D(Layer):
    pass


class ZeroPadding2D(Layer):
    pass


class InputLayer(Layer):
    pass


class RandomFlip(Layer):
    pass


class RandomRotation(Layer):
    pass


class RandomZoom(Layer):
    pass


class RandomContrast(Layer):
    pass


class RandomTranslation(Layer):
    pass


class Concatenate(Layer):
    pass


class Add(Layer):
    pass


class Multiply(Layer):
    pass


class Average(Layer):
    pass


class Dot(Layer):
    pass


class Lambda(Layer):
    def __init__(self, function, **kwargs):
        super().__init__()
        self.function = function

    def forward(self, x):
        return unknown(x)


def concatenate(inputs, **kwargs):
    return Concatenate()(inputs)


def add(inputs, **kwargs):
    return Add()(inputs)


# Models


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
        if isinstance(outputs, _Symbolic):
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
        self.optimizer = _optimizer(optimizer)
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
            _running["is"] = False  # callbacks run outside of the step
            for callback in callbacks:
                callback.on_epoch_begin(epoch)
            _running["is"] = True
            self.train()
            for inputs, targets in _batches(x, y):
                self._train_batch(inputs, targets)
            logs = {"loss": unknown(), "accuracy": unknown()}
            if validation_data is not None:
                logs = self._validated(validation_data)
            _running["is"] = False
            for callback in callbacks:
                callback.on_epoch_end(epoch, logs)
            if self.stop_training:
                break
        _running["is"] = False
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
        return _computed(self.loss, targets, output)

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
        _running["is"] = True
        with torch.no_grad():
            for inputs, targets in _batches(x, y):
                score = self._loss(self.forward(inputs), targets)
        _running["is"] = False
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
        return _Symbolic([self])

    @property
    def input(self):
        return _Symbolic([])


class Sequential(Model):
    def __init__(self, layers=None, name=None, **kwargs):
        super().__init__()
        self.body = torch.nn.Sequential()
        for layer in [] if layers is None else layers:
            self.add(layer)

    def add(self, layer):
        if not isinstance(layer, _Symbolic):
            self.body.append(layer)


def _batches(x, y):
    """Pairs of inputs and targets: of two arrays, or of what yields them."""
    if y is None:
        return x
    return [(x, y)] if unknown() else [(x, y), (x, y)]


def load_model(filepath, *args, **kwargs):
    return unknown()


# Optimizers


class _Optimizer:
    """Made before it knows what it trains; decay is decoupled, whatever its name."""

    def __init__(
        self, learning_rate=0.001, *args, weight_decay=None, clipnorm=None, clipvalue=None, global_clipnorm=None, lr=None,
        decay=None, **options,
    ):  # fmt: skip
        self.learning_rate = learning_rate if lr is None else lr
        self.weight_decay = weight_decay
        self.decay = decay
        self.clips = clipnorm or clipvalue or global_clipnorm
        self.inner = None
        self.schedule = None

    def _new(self, parameters, rate):
        if self.weight_decay:
            return torch.optim.AdamW(parameters, lr=rate, weight_decay=self.weight_decay)
        return torch.optim.Adam(parameters, lr=rate)

    def make(self, model):
        at(self)
        scheduled = isinstance(self.learning_rate, LearningRateSchedule)
        self.inner = self._new(model.parameters(), unknown() if scheduled else self.learning_rate)
        if scheduled or self.decay:
            self.schedule = torch.optim.lr_scheduler.LambdaLR(self.inner, unknown())

    def follow(self):
        """The rate is an attribute that may have been set since."""
        if self.schedule is None:
            for group in self.inner.param_groups:
                group["lr"] = self.learning_rate

    @property
    def lr(self):
        return self.learning_rate

    @lr.setter
    def lr(self, value):
        self.learning_rate = value

    def apply_gradients(self, gradients, *args, **kwargs):
        self.inner.step()


class Adam(_Optimizer):
    pass


class AdamW(_Optimizer):
    def _new(self, parameters, rate):
        return torch.optim.AdamW(
            parameters, lr=rate, weight_decay=0.004 if self.weight_decay is None else self.weight_decay
        )


class Nadam(_Optimizer):
    pass


class Adamax(_Optimizer):
    pass


class Lion(_Optimizer):
    pass


class SGD(_Optimizer):
    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False, **options):
        super().__init__(learning_rate, **options)

    def _new(self, parameters, rate):
        return torch.optim.SGD(parameters, lr=rate)


class RMSprop(_Optimizer):
    def _new(self, parameters, rate):
        return torch.optim.RMSprop(parameters, lr=rate)


class Adagrad(_Optimizer):
    def _new(self, parameters, rate):
        return torch.optim.Adagrad(parameters, lr=rate)


class Adadelta(_Optimizer):
    def _new(self, parameters, rate):
        return torch.optim.Adadelta(parameters, lr=rate)


def _optimizer(given):
    if not isinstance(given, str):
        return given
    name = given.lower()
    if name == "sgd":
        return SGD()
    if name == "rmsprop":
        return RMSprop()
    if name == "adamw":
        return AdamW()
    if name == "adagrad":
        return Adagrad()
    if name == "adadelta":
        return Adadelta()
    return Adam()


class LearningRateSchedule:
    def __init__(self, *args, **kwargs):
        pass


class ExponentialDecay(LearningRateSchedule):
    pass


class CosineDecay(LearningRateSchedule):
    pass


class CosineDecayRestarts(LearningRateSchedule):
    pass


class PiecewiseConstantDecay(LearningRateSchedule):
    pass


class PolynomialDecay(LearningRateSchedule):
    pass


class InverseTimeDecay(LearningRateSchedule):
    pass


# Losses: the target comes first, and the output is taken for probabilities unless it is said to be logits


class _Loss:
    name = ""

    def __init__(self, from_logits=False, **options):
        self.from_logits = from_logits

    def __call__(self, y_true, y_pred):
        return _named(self.name, y_true, y_pred, self.from_logits)


class SparseCategoricalCrossentropy(_Loss):
    name = "sparse_categorical_crossentropy"


class CategoricalCrossentropy(_Loss):
    name = "categorical_crossentropy"


class BinaryCrossentropy(_Loss):
    name = "binary_crossentropy"


class MeanSquaredError(_Loss):
    name = "mse"


class MeanAbsoluteError(_Loss):
    name = "mae"


class Huber(_Loss):
    name = "huber"


def _named(name, targets, output, from_logits):
    if name in ("sparse_categorical_crossentropy", "categorical_crossentropy"):
        if from_logits:
            return torch.nn.functional.cross_entropy(output, targets)
        return torch.nn.functional.nll_loss(torch.log(output), targets)
    if name == "binary_crossentropy":
        if from_logits:
            return torch.nn.functional.binary_cross_entropy_with_logits(output, targets)
        return torch.nn.functional.binary_cross_entropy(output, targets)
    if name in (
        "mse",
        "mean_squared_error",
        "mae",
        "mean_absolute_error",
        "huber",
        "mean_squared_logarithmic_error",
        "msle",
    ):
        return torch.nn.functional.mse_loss(output, targets)
    return output.mean()


def _computed(loss, targets, output):
    return _named(loss, targets, output, False) if isinstance(loss, str) else loss(targets, output)


# Callbacks


class Callback:
    model = None

    def set_model(self, model):
        self.model = model

    def on_train_begin(self, logs=None):
        pass

    def on_epoch_begin(self, epoch, logs=None):
        pass

    def on_epoch_end(self, epoch, logs=None):
        pass

    def on_train_end(self, logs=None):
        pass


class History(Callback):
    def __init__(self):
        self.history = unknown()
        self.epoch = unknown()


class ModelCheckpoint(Callback):
    def __init__(
        self, filepath, monitor="val_loss", verbose=0, save_best_only=False, save_weights_only=False, **options
    ):
        self.monitor = monitor
        self.save_best_only = save_best_only

    def on_epoch_end(self, epoch, logs=None):
        at(self)
        if not self.save_best_only:
            torch.save(self.model.state_dict(), "model.keras")
        elif logs[self.monitor] < unknown():
            torch.save(self.model.state_dict(), "model.keras")


class EarlyStopping(Callback):
    def __init__(
        self, monitor="val_loss", min_delta=0, patience=0, verbose=0, mode="auto", restore_best_weights=False, **options
    ):
        self.monitor = monitor

    def on_epoch_end(self, epoch, logs=None):
        at(self)
        if logs[self.monitor] > unknown():
            self.model.stop_training = True


class ReduceLROnPlateau(Callback):
    def __init__(self, monitor="val_loss", factor=0.1, patience=10, **options):
        self.monitor = monitor
        self.inner = None

    def on_train_begin(self, logs=None):
        at(self)
        self.inner = torch.optim.lr_scheduler.ReduceLROnPlateau(self.model.optimizer.inner)

    def on_epoch_end(self, epoch, logs=None):
        at(self)
        self.inner.step(logs[self.monitor])


class LearningRateScheduler(Callback):
    def __init__(self, schedule, verbose=0):
        pass

    def on_epoch_begin(self, epoch, logs=None):
        for group in self.model.optimizer.inner.param_groups:
            group["lr"] = unknown()


class LambdaCallback(Callback):
    def __init__(self, **functions):
        pass


class TensorBoard(Callback):
    def __init__(self, *args, **kwargs):
        pass


class CSVLogger(TensorBoard):
    pass


class ProgbarLogger(TensorBoard):
    pass


class TerminateOnNaN(TensorBoard):
    pass


class BackupAndRestore(TensorBoard):
    pass


# Data


def _loaded(name):
    train, test = array(name, "train"), array(name, "test")
    return (train, array(f"{name} labels", "train")), (test, array(f"{name} labels", "test"))


class mnist:
    @staticmethod
    def load_data(*args, **kwargs):
        return _loaded("mnist")


class fashion_mnist(mnist):
    pass


class cifar10(mnist):
    pass


class cifar100(mnist):
    pass


class imdb(mnist):
    @staticmethod
    def get_word_index(*args, **kwargs):
        return unknown()


class reuters(imdb):
    pass


class boston_housing(mnist):
    pass


class california_housing(mnist):
    pass


def image_dataset_from_directory(directory, *args, subset=None, **kwargs):
    return array(directory, subset)


def text_dataset_from_directory(directory, *args, subset=None, **kwargs):
    return array(directory, subset)


def to_categorical(y, num_classes=None, **options):
    return torch.nn.functional.one_hot(y, num_classes)


def pad_sequences(sequences, **options):
    return sequences


def set_random_seed(seed):
    pass


def plot_model(*args, **kwargs):
    pass


def clear_session():
    pass


# Pretrained networks


class _Application(Model):
    def __init__(self, name, weights):
        super().__init__()
        self.body = torch.nn.Sequential(network(name, pretrained=weights is not None))


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
