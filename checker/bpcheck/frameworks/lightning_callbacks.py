"""Lightning's callbacks: what keeps a checkpoint, ends the training, freezes parts of the network or averages weights.

Read off lightning 2.6: ``callbacks/callback.py``, ``callbacks/model_checkpoint.py``, ``callbacks/early_stopping.py``,
``callbacks/finetuning.py``, ``callbacks/stochastic_weight_avg.py``, ``callbacks/lambda_function.py``.
"""

import torch

from bpcheck.frameworks import at, known, stop, unknown


def _nothing(self, *args, **kwargs):
    pass


class Callback:
    setup = teardown = on_fit_start = on_fit_end = on_train_start = on_train_end = _nothing
    on_train_epoch_start = on_train_epoch_end = on_epoch_start = on_epoch_end = _nothing
    on_train_batch_start = on_train_batch_end = on_before_zero_grad = on_before_backward = on_after_backward = _nothing
    on_before_optimizer_step = on_exception = on_save_checkpoint = on_load_checkpoint = _nothing
    on_validation_start = on_validation_epoch_start = on_validation_epoch_end = on_validation_end = _nothing
    on_validation_batch_start = on_validation_batch_end = _nothing
    on_test_start = on_test_epoch_start = on_test_epoch_end = on_test_end = _nothing
    on_test_batch_start = on_test_batch_end = _nothing
    on_predict_start = on_predict_epoch_start = on_predict_epoch_end = on_predict_end = _nothing
    on_predict_batch_start = on_predict_batch_end = _nothing
    _decide = _nothing


class Checkpoint(Callback):
    pass


class ModelCheckpoint(Checkpoint):
    """Without ``monitor`` it keeps the last weights, and with -1 all of them, which selects nothing."""

    best_model_path = "best.ckpt"
    last_model_path = "last.ckpt"
    best_model_score = None
    best_k_models = unknown()

    def __init__(
        self, dirpath=None, filename=None, monitor=None, verbose=False, save_last=None, save_top_k=1, save_weights_only=False,
        mode="min", **options,
    ):  # fmt: skip
        self.monitor = monitor
        self.save_top_k = save_top_k

    def _decide(self, trainer, pl_module):
        if self.monitor is not None and self.save_top_k != 0 and self.save_top_k != -1:
            at(self)
            self.best_model_score = trainer.callback_metrics[self.monitor]
            if self.best_model_score < unknown():
                torch.save(pl_module.state_dict(), "best.ckpt")


class EarlyStopping(Callback):
    def __init__(
        self, monitor=None, min_delta=0.0, patience=3, verbose=False, mode="min", strict=True, check_finite=True,
        stopping_threshold=None, divergence_threshold=None, **options,
    ):  # fmt: skip
        self.monitor = monitor
        self.limited = stopping_threshold is not None or divergence_threshold is not None
        self.best_score = unknown()
        self.stopped_epoch = unknown()

    def _decide(self, trainer, pl_module):
        at(self)
        if trainer.callback_metrics[self.monitor] > unknown():
            trainer.should_stop = True
            if not self.limited:
                stop()


class LambdaCallback(Callback):
    def __init__(self, **hooks):
        for name, hook in hooks.items():
            setattr(self, name, hook)


class StochasticWeightAveraging(Callback):
    """Averages weights at a rate of its own in the last part of the training."""

    def __init__(self, swa_lrs=None, swa_epoch_start=0.8, annealing_epochs=10, annealing_strategy="cos", **options):
        self.swa_lrs = swa_lrs

    def on_train_epoch_start(self, trainer, pl_module):
        for optimizer in trainer.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = unknown()


class BaseFinetuning(Callback):
    """Freezes parts of the network before the training and unfreezes them later, in groups of their own."""

    @staticmethod
    def flatten_modules(modules):
        return _modules(modules)

    @staticmethod
    def filter_params(modules, train_bn=True, requires_grad=True):
        for module in _modules(modules):
            yield module.parameters()

    @staticmethod
    def freeze(modules, train_bn=True):
        for module in _modules(modules):
            for parameter in module.parameters():
                parameter.requires_grad = False

    @staticmethod
    def make_trainable(modules):
        for module in _modules(modules):
            for parameter in module.parameters():
                parameter.requires_grad = True

    @staticmethod
    def unfreeze_and_add_param_group(modules, optimizer, lr=None, initial_denom_lr=10.0, train_bn=True):
        for module in _modules(modules):
            for parameter in module.parameters():
                parameter.requires_grad = True
            optimizer.add_param_group({"params": module.parameters(), "lr": unknown() if lr is None else lr})

    freeze_before_training = _nothing
    finetune_function = _nothing

    def setup(self, trainer, pl_module, stage=None):
        self.freeze_before_training(pl_module)

    def on_train_epoch_start(self, trainer, pl_module):
        for number, optimizer in enumerate(trainer.optimizers):
            self.finetune_function(pl_module, unknown(), optimizer)


def _modules(given):
    return given if known(isinstance(given, (list, tuple))) else [given]


class BackboneFinetuning(BaseFinetuning):
    """The backbone is frozen for some epochs, and has then a rate that is a fraction of the head's."""

    def __init__(self, unfreeze_backbone_at_epoch=10, **options):
        self.unfreeze_backbone_at_epoch = unfreeze_backbone_at_epoch

    def freeze_before_training(self, pl_module):
        self.freeze(pl_module.backbone)

    def finetune_function(self, pl_module, epoch, optimizer):
        if epoch == self.unfreeze_backbone_at_epoch:
            self.unfreeze_and_add_param_group(pl_module.backbone, optimizer)


class LearningRateFinder(Callback):
    def __init__(self, *args, **kwargs):
        pass

    def on_fit_start(self, trainer, pl_module):
        trainer.tuner.lr_find(pl_module)


class _Reports(Callback):
    """A callback that shows or writes down, or acts on something that no rule asks for."""

    def __init__(self, *args, **kwargs):
        pass


BasePredictionWriter = _Reports
BatchSizeFinder = _Reports
DeviceStatsMonitor = _Reports
EMAWeightAveraging = _Reports
GPUStatsMonitor = _Reports
GradientAccumulationScheduler = _Reports
LearningRateLogger = _Reports
LearningRateMonitor = _Reports
ModelPruning = _Reports
ModelSummary = _Reports
OnExceptionCheckpoint = _Reports
ProgressBar = _Reports
ProgressBarBase = _Reports
RichModelSummary = _Reports
RichProgressBar = _Reports
SpikeDetection = _Reports
TQDMProgressBar = _Reports
ThroughputMonitor = _Reports
Timer = _Reports
WeightAveraging = _Reports
XLAStatsMonitor = _Reports
