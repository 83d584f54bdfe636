"""Keras: optimizers, schedules, losses and callbacks.

Read off keras 3.12: ``optimizers/base_optimizer.py`` (``weight_decay`` is decoupled, ``clipnorm``), ``losses/losses.py``
(``from_logits=False``), ``callbacks/``.
"""

import torch

from bpcheck.frameworks import at, unknown


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


def made_optimizer(given):
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


def computed_loss(loss, targets, output):
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
