"""Lightning: its Trainer runs the loop, the modes, gradients, clipping and the schedules; Fabric leaves them to the user.

Read off lightning 2.6: ``loops/fit_loop.py``, ``loops/evaluation_loop.py``, ``loops/optimization/automatic.py``,
``callbacks/model_checkpoint.py``, ``fabric/fabric.py``.
"""

import torch

from bpcheck.frameworks import arguments, at, does, unknown


class _Hooks:
    """What modules, data modules and callbacks may define."""

    def prepare_data(self):
        pass

    def setup(self, stage=None):
        pass

    def train_dataloader(self):
        pass

    def val_dataloader(self):
        pass

    def test_dataloader(self):
        pass

    def predict_dataloader(self):
        pass

    def save_hyperparameters(self, *names, **options):
        """All arguments of the constructor, or the one dictionary or namespace that is given."""
        given = names[0] if len(names) == 1 and not isinstance(names[0], str) else arguments(self)
        self.hparams = vars(given) if not isinstance(given, dict) else given

    @property
    def hparams(self):
        return unknown()


class LightningModule(torch.nn.Module, _Hooks):
    automatic_optimization = True
    training_step = None
    validation_step = None
    test_step = None
    predict_step = None
    trainer = None
    fabric = None

    def configure_optimizers(self):
        return None

    def configure_model(self):
        pass

    def configure_callbacks(self):
        return []

    def on_fit_start(self):
        pass

    def on_fit_end(self):
        pass

    def on_train_start(self):
        pass

    def on_train_end(self):
        pass

    def on_train_epoch_start(self):
        pass

    def on_train_epoch_end(self):
        pass

    def on_validation_epoch_start(self):
        pass

    def on_validation_epoch_end(self):
        pass

    def on_test_epoch_start(self):
        pass

    def on_test_epoch_end(self):
        pass

    def on_train_batch_start(self, batch, batch_idx):
        pass

    def on_train_batch_end(self, outputs, batch, batch_idx):
        pass

    def on_before_zero_grad(self, optimizer):
        pass

    def on_before_backward(self, loss):
        pass

    def on_after_backward(self):
        pass

    def on_before_optimizer_step(self, optimizer):
        pass

    def training_step_end(self, outputs):
        return outputs

    def optimizer_step(self, epoch, batch_idx, optimizer, optimizer_closure=None):
        optimizer.step(closure=optimizer_closure)

    def optimizer_zero_grad(self, epoch, batch_idx, optimizer):
        optimizer.zero_grad()

    def configure_gradient_clipping(self, optimizer, gradient_clip_val=None, gradient_clip_algorithm=None):
        self.clip_gradients(optimizer, gradient_clip_val, gradient_clip_algorithm)

    def clip_gradients(self, optimizer, gradient_clip_val=None, gradient_clip_algorithm=None):
        if gradient_clip_val:
            torch.nn.utils.clip_grad_norm_(self.parameters(), gradient_clip_val)

    def lr_scheduler_step(self, scheduler, metric=None):
        if metric is None:
            scheduler.step()
        else:
            scheduler.step(metric)

    def manual_backward(self, loss, *args, **kwargs):
        loss.backward()

    def optimizers(self, use_pl_optimizer=True):
        made = self.trainer.optimizers
        return made[0] if len(made) == 1 else made

    def lr_schedulers(self):
        made = self.trainer.schedulers
        return None if len(made) == 0 else made[0] if len(made) == 1 else made

    def toggle_optimizer(self, optimizer):
        pass

    def untoggle_optimizer(self, optimizer):
        pass

    def log(self, name, value, *args, **kwargs):
        if self.trainer is not None:
            self.trainer.callback_metrics[name] = value

    def log_dict(self, metrics, *args, **kwargs):
        if self.trainer is not None:
            self.trainer.callback_metrics.update(metrics)

    def print(self, *args, **kwargs):
        pass

    def all_gather(self, data, *args, **kwargs):
        return data

    def freeze(self):
        for parameter in self.parameters():
            parameter.requires_grad = False
        self.eval()

    def unfreeze(self):
        for parameter in self.parameters():
            parameter.requires_grad = True
        self.train()

    @classmethod
    def load_from_checkpoint(cls, checkpoint_path, *args, **kwargs):
        return cls(**kwargs)

    @property
    def current_epoch(self):
        return unknown()

    @property
    def global_step(self):
        return unknown()

    @property
    def logger(self):
        return unknown()

    @property
    def example_input_array(self):
        return unknown()


class LightningDataModule(_Hooks):
    trainer = None

    @classmethod
    def from_datasets(
        cls, train_dataset=None, val_dataset=None, test_dataset=None, predict_dataset=None, batch_size=1, num_workers=0
    ):
        made = cls()
        made.train_dataloader = lambda: torch.utils.data.DataLoader(train_dataset, batch_size=batch_size, shuffle=True)
        if val_dataset is not None:
            made.val_dataloader = lambda: torch.utils.data.DataLoader(val_dataset, batch_size=batch_size)
        if test_dataset is not None:
            made.test_dataloader = lambda: torch.utils.data.DataLoader(test_dataset, batch_size=batch_size)
        return made


class Callback:
    def setup(self, trainer, pl_module, stage=None):
        pass

    def on_fit_start(self, trainer, pl_module):
        pass

    def on_train_start(self, trainer, pl_module):
        pass

    def on_train_epoch_start(self, trainer, pl_module):
        pass

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
        pass

    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        pass

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        pass

    def on_validation_epoch_end(self, trainer, pl_module):
        pass

    def on_validation_end(self, trainer, pl_module):
        pass

    def on_train_epoch_end(self, trainer, pl_module):
        pass

    def on_train_end(self, trainer, pl_module):
        pass


class ModelCheckpoint(Callback):
    """Without ``monitor`` it keeps the last weights, which selects nothing."""

    best_model_path = "best.ckpt"
    last_model_path = "last.ckpt"

    def __init__(
        self, dirpath=None, filename=None, monitor=None, verbose=False, save_last=None, save_top_k=1, **options
    ):
        self.monitor = monitor
        self.save_top_k = save_top_k
        self.best_model_score = None

    def on_validation_end(self, trainer, pl_module):
        if self.monitor is not None and self.save_top_k != 0:
            at(self)
            score = trainer.callback_metrics[self.monitor]
            if score < unknown():
                torch.save(pl_module.state_dict(), unknown())


class EarlyStopping(Callback):
    def __init__(self, monitor, min_delta=0.0, patience=3, verbose=False, mode="min", **options):
        self.monitor = monitor

    def on_validation_end(self, trainer, pl_module):
        at(self)
        if trainer.callback_metrics[self.monitor] > unknown():
            trainer.should_stop = True


class GradientAccumulationScheduler(Callback):
    def __init__(self, scheduling):
        pass


class _Reports(Callback):
    """A callback that shows or writes down, and changes nothing."""

    def __init__(self, *args, **kwargs):
        pass


class RichProgressBar(_Reports):
    pass


class TQDMProgressBar(_Reports):
    pass


class ProgressBar(_Reports):
    pass


class LearningRateMonitor(_Reports):
    pass


class ModelSummary(_Reports):
    pass


class RichModelSummary(_Reports):
    pass


class DeviceStatsMonitor(_Reports):
    pass


class Timer(_Reports):
    pass


class BatchSizeFinder(_Reports):
    pass


class StochasticWeightAveraging(Callback):
    """Averages weights at a rate of its own in the last part of the training."""

    def __init__(self, swa_lrs=None, *args, **kwargs):
        self.swa_lrs = swa_lrs

    def on_train_epoch_end(self, trainer, pl_module):
        for optimizer in trainer.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = unknown()


class BaseFinetuning(Callback):
    """Freezes parts of the network before the training and unfreezes them later, in groups of their own."""

    @staticmethod
    def freeze(modules, train_bn=True):
        for parameter in modules.parameters():
            parameter.requires_grad = False

    @staticmethod
    def make_trainable(modules):
        for parameter in modules.parameters():
            parameter.requires_grad = True

    @staticmethod
    def unfreeze_and_add_param_group(modules, optimizer, lr=None, initial_denom_lr=10.0, train_bn=True):
        for parameter in modules.parameters():
            parameter.requires_grad = True
        optimizer.add_param_group({"params": modules.parameters(), "lr": unknown() if lr is None else lr})

    def freeze_before_training(self, pl_module):
        pass

    def finetune_function(self, pl_module, epoch, optimizer):
        pass

    def setup(self, trainer, pl_module, stage=None):
        self.freeze_before_training(pl_module)

    def on_train_epoch_start(self, trainer, pl_module):
        for optimizer in trainer.optimizers:
            self.finetune_function(pl_module, unknown(), optimizer)


class BackboneFinetuning(BaseFinetuning):
    def freeze_before_training(self, pl_module):
        self.freeze(pl_module.backbone)

    def finetune_function(self, pl_module, epoch, optimizer):
        if unknown():
            self.unfreeze_and_add_param_group(pl_module.backbone, optimizer)


class Trainer:
    def __init__(
        self, *, accelerator="auto", strategy="auto", devices="auto", num_nodes=1, precision=None, logger=None, callbacks=None,
        fast_dev_run=False, max_epochs=None, min_epochs=None, max_steps=-1, min_steps=None, max_time=None, limit_train_batches=None,
        limit_val_batches=None, limit_test_batches=None, limit_predict_batches=None, overfit_batches=0.0, val_check_interval=None,
        check_val_every_n_epoch=1, num_sanity_val_steps=None, log_every_n_steps=None, enable_checkpointing=None,
        accumulate_grad_batches=1, gradient_clip_val=None, gradient_clip_algorithm=None, deterministic=None, benchmark=None,
        inference_mode=True, profiler=None, detect_anomaly=False, plugins=None, sync_batchnorm=False, default_root_dir=None,
        **other,
    ):  # fmt: skip
        does(
            "Lightning Trainer",
            "zero_grad, backward and step (unless automatic_optimization is False); train() and eval(); no gradients in "
            "validation; no clipping unless gradient_clip_val; no schedule but that of configure_optimizers",
        )
        self.max_epochs = max_epochs
        self.callbacks = callbacks
        self.limit_val_batches = limit_val_batches
        self.overfit_batches = overfit_batches
        self.gradient_clip_val = gradient_clip_val
        self.gradient_clip_algorithm = gradient_clip_algorithm
        self.inference_mode = inference_mode
        self.callback_metrics = {}
        self.optimizers = []
        self.schedulers = []
        self.plans = []
        self.should_stop = False
        self.model = None
        self.datamodule = None
        self.train_loader = None
        self.val_loaders = None

    @property
    def lightning_module(self):
        return self.model

    @property
    def logged_metrics(self):
        return self.callback_metrics

    @property
    def estimated_stepping_batches(self):
        return unknown()

    @property
    def current_epoch(self):
        return unknown()

    @property
    def global_step(self):
        return unknown()

    @property
    def checkpoint_callback(self):
        for callback in self._callbacks():
            if isinstance(callback, ModelCheckpoint):
                return callback
        return ModelCheckpoint()

    @property
    def is_global_zero(self):
        return unknown()

    def save_checkpoint(self, filepath, *args, **kwargs):
        torch.save(self.model.state_dict(), filepath)

    def _callbacks(self):
        given = self.callbacks
        if given is None:
            return []
        if isinstance(given, Callback):
            return [given]
        return given

    def _attach(self, model, datamodule):
        self.model = model
        model.trainer = self
        if datamodule is not None:
            self.datamodule = datamodule
            datamodule.trainer = self

    def fit(self, model, train_dataloaders=None, val_dataloaders=None, datamodule=None, ckpt_path=None):
        if isinstance(train_dataloaders, LightningDataModule):
            datamodule = train_dataloaders
            train_dataloaders = None
        self._attach(model, datamodule)
        source = model if datamodule is None else datamodule
        source.prepare_data()
        source.setup("fit")
        if datamodule is not None:
            model.prepare_data()
            model.setup("fit")
        model.configure_model()
        for callback in self._callbacks():
            callback.setup(self, model, "fit")
        self._configure(model.configure_optimizers())
        self.train_loader = source.train_dataloader() if train_dataloaders is None else train_dataloaders
        self.val_loaders = source.val_dataloader() if val_dataloaders is None else val_dataloaders
        model.on_fit_start()
        for callback in self._callbacks():
            callback.on_fit_start(self, model)
        self._train(model)
        model.on_fit_end()

    def _configure(self, made):
        """Every form that ``configure_optimizers`` may return."""
        if made is None:
            return
        if isinstance(made, dict):
            self._take(made)
        elif isinstance(made, torch.optim.Optimizer):
            self.optimizers.append(made)
        elif isinstance(made, (list, tuple)):
            if len(made) == 2 and isinstance(made[0], (list, tuple)):
                for optimizer in made[0]:
                    self.optimizers.append(optimizer)
                for scheduler in made[1]:
                    self._schedule(scheduler)
            else:
                for each in made:
                    if isinstance(each, dict):
                        self._take(each)
                    else:
                        self.optimizers.append(each)
        else:
            self.optimizers.append(made)

    def _take(self, made):
        self.optimizers.append(made["optimizer"])
        if "lr_scheduler" in made:
            self._schedule(made["lr_scheduler"], made.get("monitor"))

    def _schedule(self, given, monitor=None):
        if isinstance(given, dict):
            interval = given.get("interval", "epoch")
            scheduler = given["scheduler"]
            monitor = given.get("monitor", monitor)
        else:
            interval = "epoch"
            scheduler = given
        self.schedulers.append(scheduler)
        self.plans.append((scheduler, interval, monitor))

    def _step_schedules(self, model, interval):
        for scheduler, own, monitor in self.plans:
            if own == interval:
                if isinstance(scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau):
                    model.lr_scheduler_step(scheduler, self.callback_metrics[unknown() if monitor is None else monitor])
                else:
                    model.lr_scheduler_step(scheduler, None)

    def _train(self, model):
        loader = self.train_loader
        model.train()
        model.on_train_start()
        for callback in self._callbacks():
            callback.on_train_start(self, model)
        for epoch in range(1000 if self.max_epochs is None else self.max_epochs):
            model.train()
            model.on_train_epoch_start()
            for callback in self._callbacks():
                callback.on_train_epoch_start(self, model)
            for batch_idx, batch in enumerate(loader):
                self._train_batch(model, epoch, batch, batch_idx)
            self._validate(model, self.val_loaders)
            model.on_train_epoch_end()
            for callback in self._callbacks():
                callback.on_train_epoch_end(self, model)
            if model.automatic_optimization:
                self._step_schedules(model, "epoch")
            if self.should_stop:
                break

    def _train_batch(self, model, epoch, batch, batch_idx):
        model.on_train_batch_start(batch, batch_idx)
        if model.automatic_optimization:
            optimizer = self.optimizers[0] if len(self.optimizers) > 0 else None

            def closure():
                outputs = model.training_step_end(model.training_step(batch, batch_idx))
                loss = outputs["loss"] if isinstance(outputs, dict) else outputs
                if optimizer is not None:
                    model.on_before_zero_grad(optimizer)
                    model.optimizer_zero_grad(epoch, batch_idx, optimizer)
                model.on_before_backward(loss)
                loss.backward()
                model.on_after_backward()
                model.on_before_optimizer_step(optimizer)
                for callback in self._callbacks():
                    callback.on_before_optimizer_step(self, model, optimizer)
                model.configure_gradient_clipping(optimizer, self.gradient_clip_val, self.gradient_clip_algorithm)
                return loss

            if optimizer is None:
                closure()
            else:
                model.optimizer_step(epoch, batch_idx, optimizer, closure)
            self._step_schedules(model, "step")
        else:
            model.training_step(batch, batch_idx)
        model.on_train_batch_end(None, batch, batch_idx)
        for callback in self._callbacks():
            callback.on_train_batch_end(self, model, None, batch, batch_idx)

    def _validate(self, model, loaders):
        if loaders is None or self.limit_val_batches == 0 or model.validation_step is None:
            return
        model.eval()
        with torch.no_grad():
            model.on_validation_epoch_start()
            for loader in self._each(loaders):
                for batch_idx, batch in enumerate(loader):
                    model.validation_step(batch, batch_idx)
            model.on_validation_epoch_end()
            for callback in self._callbacks():
                callback.on_validation_epoch_end(self, model)
                callback.on_validation_end(self, model)
        model.train()

    def _each(self, loaders):
        if isinstance(loaders, dict):
            return loaders.values()
        if isinstance(loaders, (list, tuple)):
            return loaders
        return [loaders]

    def validate(self, model=None, dataloaders=None, ckpt_path=None, verbose=True, datamodule=None):
        model = self._evaluated(model, datamodule, "validate")
        loaders = dataloaders
        if loaders is None:
            loaders = model.val_dataloader() if self.datamodule is None else self.datamodule.val_dataloader()
        model.eval()
        with torch.no_grad():
            for loader in self._each(loaders):
                for batch_idx, batch in enumerate(loader):
                    model.validation_step(batch, batch_idx)
            model.on_validation_epoch_end()
        model.train()
        return [self.callback_metrics]

    def test(self, model=None, dataloaders=None, ckpt_path=None, verbose=True, datamodule=None):
        model = self._evaluated(model, datamodule, "test")
        loaders = dataloaders
        if loaders is None:
            loaders = model.test_dataloader() if self.datamodule is None else self.datamodule.test_dataloader()
        model.eval()
        with torch.no_grad():
            for loader in self._each(loaders):
                for batch_idx, batch in enumerate(loader):
                    model.test_step(batch, batch_idx)
            model.on_test_epoch_end()
        model.train()
        return [self.callback_metrics]

    def predict(self, model=None, dataloaders=None, datamodule=None, return_predictions=None, ckpt_path=None):
        model = self._evaluated(model, datamodule, "predict")
        loaders = dataloaders
        if loaders is None:
            loaders = model.predict_dataloader() if self.datamodule is None else self.datamodule.predict_dataloader()
        found = []
        model.eval()
        with torch.no_grad():
            for loader in self._each(loaders):
                for batch_idx, batch in enumerate(loader):
                    found.append(model(batch) if model.predict_step is None else model.predict_step(batch, batch_idx))
        model.train()
        return found

    def _evaluated(self, model, datamodule, stage):
        if isinstance(model, LightningDataModule):
            datamodule = model
            model = None
        if model is None:
            model = self.model
        self._attach(model, datamodule)
        if datamodule is not None:
            datamodule.prepare_data()
            datamodule.setup(stage)
        return model


class LightningCLI:
    """Makes the model, the data and the Trainer with their defaults, which the command line may override, and fits."""

    def __init__(
        self, model_class=None, datamodule_class=None, save_config_callback=None, save_config_kwargs=None, trainer_class=None,
        trainer_defaults=None, seed_everything_default=True, parser_kwargs=None, subclass_mode_model=False,
        subclass_mode_data=False, args=None, run=True, auto_configure_optimizers=True,
    ):  # fmt: skip
        self.model = unknown()
        self.datamodule = unknown()
        if model_class is None or subclass_mode_model:
            return
        self.model = model_class()
        self.datamodule = None if datamodule_class is None else datamodule_class()
        self.trainer = Trainer(**({} if trainer_defaults is None else trainer_defaults))
        if run:
            self.trainer.fit(self.model, datamodule=self.datamodule)


class Fabric:
    """It places and wraps; modes, gradients, steps, clipping and schedules are the user's own code."""

    def __init__(self, *args, **kwargs):
        does("Lightning Fabric", "devices and precision only: the loop is the user's own")

    def launch(self, function=None, *args, **kwargs):
        return None if function is None else function(self, *args, **kwargs)

    def setup(self, module, *optimizers, **options):
        return (module, *optimizers) if optimizers else module

    def setup_module(self, module, **options):
        return module

    def setup_optimizers(self, *optimizers):
        return optimizers[0] if len(optimizers) == 1 else optimizers

    def setup_dataloaders(self, *loaders, **options):
        return loaders[0] if len(loaders) == 1 else loaders

    def backward(self, tensor, *args, **kwargs):
        tensor.backward()

    def clip_gradients(self, module, optimizer, clip_val=None, max_norm=None, **options):
        torch.nn.utils.clip_grad_norm_(module.parameters(), max_norm)

    def to_device(self, obj):
        return obj

    def save(self, path, state, **options):
        torch.save(state, path)

    def load(self, path, state=None, **options):
        return unknown()

    def print(self, *args, **kwargs):
        pass

    def log(self, name, value, step=None):
        pass

    def log_dict(self, metrics, step=None):
        pass

    def seed_everything(self, *args, **kwargs):
        pass

    def all_gather(self, data, **options):
        return data

    def all_reduce(self, data, **options):
        return data

    def barrier(self, name=None):
        pass

    def autocast(self):
        return torch.autocast("cuda")

    def no_backward_sync(self, module, enabled=True):
        return torch.autocast("cuda")

    @property
    def global_rank(self):
        return unknown()

    @property
    def is_global_zero(self):
        return unknown()

    @property
    def device(self):
        return unknown()

    @property
    def world_size(self):
        return unknown()


def seed_everything(seed=None, workers=False, verbose=True):
    return seed
