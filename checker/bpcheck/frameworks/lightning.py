"""Lightning: its Trainer runs the loop, the modes, gradients, clipping and the schedules.

Read off lightning 2.6: ``trainer/trainer.py``, ``trainer/call.py``, ``loops/fit_loop.py``, ``loops/training_epoch_loop.py``,
``loops/evaluation_loop.py``, ``loops/optimization/automatic.py``, ``core/module.py``, ``core/hooks.py``,
``core/optimizer.py``, ``core/datamodule.py``, ``core/mixins/hparams_mixin.py``, ``tuner/tuning.py``; and what lightning 1
had besides: several optimizers in turn, hooks that get the outputs of a whole epoch, ``Trainer.from_argparse_args``.
"""

import argparse

import torch
import torchmetrics
from lightning.pytorch.callbacks import Callback, Checkpoint, ModelCheckpoint

from bpcheck.frameworks import arguments, at, defaults, does, known, modes, restore, searches_rate, unknown

metrics = torchmetrics  # where it was before it had a package of its own


class _Kept:
    """What modules and data modules keep of their arguments."""

    def save_hyperparameters(self, *names, **options):
        """All arguments of the constructor, or the one dictionary or namespace that is given."""
        given = names[0] if len(names) == 1 else None
        if known(isinstance(given, argparse.Namespace)):
            self.hparams = given
        elif known(isinstance(given, dict)):
            self.hparams = argparse.Namespace(**given)
        else:
            self.hparams = argparse.Namespace(**arguments(self))

    @property
    def hparams(self):
        return unknown()

    def prepare_data(self):
        pass

    def setup(self, stage=None):
        pass

    def teardown(self, stage=None):
        pass

    def train_dataloader(self):
        return None

    def val_dataloader(self):
        return None

    def test_dataloader(self):
        return None

    def predict_dataloader(self):
        return None

    def on_before_batch_transfer(self, batch, dataloader_idx):
        return batch

    def on_after_batch_transfer(self, batch, dataloader_idx):
        return batch


def _nothing(self, *args, **kwargs):
    pass


class LightningModule(torch.nn.Module, _Kept):
    automatic_optimization = True
    configure_optimizers = None
    configure_callbacks = None
    training_step = None
    validation_step = None
    test_step = None
    predict_step = None
    training_epoch_end = None
    validation_epoch_end = None
    test_epoch_end = None
    trainer = None
    fabric = None
    current_epoch = unknown()
    global_step = unknown()
    example_input_array = None
    configure_model = configure_sharded_model = on_fit_start = on_fit_end = on_train_start = on_train_end = _nothing
    on_train_epoch_start = on_train_epoch_end = on_epoch_start = on_epoch_end = _nothing
    on_train_batch_start = on_train_batch_end = on_before_zero_grad = on_before_backward = on_after_backward = _nothing
    on_before_optimizer_step = on_load_checkpoint = on_save_checkpoint = _nothing
    on_validation_start = on_validation_epoch_start = on_validation_epoch_end = on_validation_end = _nothing
    on_validation_batch_start = on_validation_batch_end = _nothing
    on_test_start = on_test_epoch_start = on_test_epoch_end = on_test_end = _nothing
    on_test_batch_start = on_test_batch_end = _nothing
    on_predict_start = on_predict_epoch_start = on_predict_epoch_end = on_predict_end = _nothing
    on_predict_batch_start = on_predict_batch_end = _nothing
    print = toggle_optimizer = untoggle_optimizer = _nothing

    def on_validation_model_eval(self):
        self.eval()

    def on_test_model_eval(self):
        self.eval()

    def on_predict_model_eval(self):
        self.eval()

    def training_step_end(self, outputs):
        return outputs

    def validation_step_end(self, outputs):
        return outputs

    def test_step_end(self, outputs):
        return outputs

    def backward(self, loss, *args, **kwargs):
        loss.backward()

    def manual_backward(self, loss, *args, **kwargs):
        loss.backward()

    def optimizer_step(self, epoch, batch_idx, optimizer, optimizer_closure=None, **others):
        optimizer.step(closure=optimizer_closure)

    def optimizer_zero_grad(self, epoch, batch_idx, optimizer, optimizer_idx=None):
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

    def optimizers(self, use_pl_optimizer=True):
        made = self.trainer.optimizers
        return made[0] if len(made) == 1 else made

    def lr_schedulers(self):
        made = [scheduler for scheduler, interval, monitor in self.trainer.schedules]
        return None if len(made) == 0 else made[0] if len(made) == 1 else made

    def log(self, name, value, prog_bar=False, logger=None, on_step=None, on_epoch=None, *args, **kwargs):
        if self.trainer is not None:
            self.trainer._note(name, value)
            if known(on_step) and known(on_epoch):
                self.trainer._note(name + "_step", value)
                self.trainer._note(name + "_epoch", value)

    def log_dict(self, dictionary, *args, **kwargs):
        if self.trainer is not None:
            for name, value in dictionary.items():
                self.trainer._note(name, value)

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
        made = cls(**kwargs)
        made.load_state_dict(torch.load(checkpoint_path))
        return made

    @property
    def logger(self):
        return Logger()


class LightningDataModule(_Kept):
    trainer = None

    @classmethod
    def from_datasets(
        cls, train_dataset=None, val_dataset=None, test_dataset=None, predict_dataset=None, batch_size=1, num_workers=0
    ):
        made = cls()
        made.train_dataloader = lambda: _loaders(train_dataset, batch_size, True)
        made.val_dataloader = lambda: _loaders(val_dataset, batch_size, False)
        made.test_dataloader = lambda: _loaders(test_dataset, batch_size, False)
        made.predict_dataloader = lambda: _loaders(predict_dataset, batch_size, False)
        return made


def _loaders(given, batch_size, shuffle):
    if given is None:
        return None
    if known(isinstance(given, (list, tuple))):
        return [torch.utils.data.DataLoader(each, batch_size=batch_size, shuffle=shuffle) for each in given]
    return torch.utils.data.DataLoader(given, batch_size=batch_size, shuffle=shuffle)


class CombinedLoader:
    """Several loaders at a time: a batch has the structure of what they stand in."""

    def __init__(self, iterables, mode="min_size"):
        self.iterables = iterables
        self.mode = mode

    def __iter__(self):
        yield _batch(self.iterables)


def _batch(loaders):
    if known(isinstance(loaders, dict)):
        return {name: _batch(loader) for name, loader in loaders.items()}
    if known(isinstance(loaders, (list, tuple))):
        return [_batch(loader) for loader in loaders]
    return next(iter(loaders))


def _listed(given):
    if given is None:
        return []
    if known(isinstance(given, dict)):
        return list(given.values())
    return given if known(isinstance(given, (list, tuple))) else [given]


class Trainer:
    def __init__(
        self, *, accelerator="auto", strategy="auto", devices="auto", num_nodes=1, precision=None, logger=None, callbacks=None,
        fast_dev_run=False, max_epochs=None, min_epochs=None, max_steps=-1, min_steps=None, max_time=None, limit_train_batches=None,
        limit_val_batches=None, limit_test_batches=None, limit_predict_batches=None, overfit_batches=0.0, val_check_interval=None,
        check_val_every_n_epoch=1, num_sanity_val_steps=None, log_every_n_steps=None, enable_checkpointing=None,
        enable_progress_bar=None, enable_model_summary=None, accumulate_grad_batches=1, gradient_clip_val=None,
        gradient_clip_algorithm=None, deterministic=None, benchmark=None, inference_mode=True, use_distributed_sampler=True,
        profiler=None, detect_anomaly=False, barebones=False, plugins=None, sync_batchnorm=False,
        reload_dataloaders_every_n_epochs=0, default_root_dir=None, enable_autolog_hparams=True, model_registry=None,
        checkpoint_callback=None, early_stop_callback=None, **others,
    ):  # fmt: skip
        does(
            "Lightning Trainer",
            "zero_grad, backward and step (unless automatic_optimization is False); train() and eval(); no gradients in "
            "validation; no clipping unless gradient_clip_val; no schedule but that of configure_optimizers",
        )
        self.given = callbacks
        self.old = [checkpoint_callback, early_stop_callback]
        self.max_epochs = 1 if known(fast_dev_run) else max_epochs
        self.max_steps = max_steps
        self.fast_dev_run = fast_dev_run
        self.limit_val_batches = limit_val_batches
        self.accumulate_grad_batches = accumulate_grad_batches
        self.gradient_clip_val = gradient_clip_val
        self.gradient_clip_algorithm = gradient_clip_algorithm
        self.callbacks = []
        self.callback_metrics = {}
        self.optimizers = []
        self.schedules = []
        self.should_stop = False
        self.training = self.validating = self.testing = self.predicting = self.sanity_checking = False
        self.suffix = ""
        self.model = None
        self.datamodule = None
        self.train_dataloader = None
        self.current_epoch = unknown()
        self.global_step = unknown()
        self.is_global_zero = unknown()
        self.world_size = unknown()
        self.logger = Logger()
        for callback in _listed(callbacks):
            if known(isinstance(callback, Checkpoint)):
                self.checkpoint_callback = callback

    @classmethod
    def add_argparse_args(cls, parent_parser, **others):
        parent_parser.set_defaults(**{**defaults(cls), "max_epochs": unknown()})  # whoever runs it says how many
        return parent_parser

    @classmethod
    def from_argparse_args(cls, args, **kwargs):
        return cls(**{**vars(args), **kwargs})

    @property
    def lightning_module(self):
        return self.model

    @property
    def logged_metrics(self):
        return self.callback_metrics

    @property
    def progress_bar_metrics(self):
        return self.callback_metrics

    @property
    def num_training_batches(self):
        return len(self.train_dataloader)

    @property
    def estimated_stepping_batches(self):
        return len(self.train_dataloader) * self.max_epochs

    @property
    def checkpoint_callback(self):
        return ModelCheckpoint()

    @property
    def tuner(self):
        return Tuner(self)

    def tune(self, model, *args, **kwargs):
        return Tuner(self).lr_find(model)

    def save_checkpoint(self, filepath, *args, **kwargs):
        torch.save(self.model.state_dict(), filepath)

    def print(self, *args, **kwargs):
        pass

    def fit(
        self, model, train_dataloaders=None, val_dataloaders=None, datamodule=None, ckpt_path=None, weights_only=None,
        train_dataloader=None,
    ):  # fmt: skip
        if known(isinstance(train_dataloaders, LightningDataModule)):
            datamodule = train_dataloaders
            train_dataloaders = None
        if train_dataloaders is None:
            train_dataloaders = train_dataloader
        if not self._attached(model, datamodule, "fit"):
            return
        source = model if datamodule is None else datamodule
        loader = source.train_dataloader() if train_dataloaders is None else train_dataloaders
        if known(loader is None):
            return
        self.train_dataloader = loader
        validation = source.val_dataloader() if val_dataloaders is None else val_dataloaders
        if self.limit_val_batches == 0 or model.validation_step is None:
            validation = None
        if model.configure_optimizers is not None:
            self.optimizers, self.schedules = _configured(model.configure_optimizers())
        self._call("on_fit_start")
        self._train(model, loader, _listed(validation))
        self._call("on_fit_end")

    def validate(
        self, model=None, dataloaders=None, ckpt_path=None, verbose=True, datamodule=None, weights_only=None,
        val_dataloaders=None,
    ):  # fmt: skip
        if known(isinstance(dataloaders, LightningDataModule)):
            datamodule = dataloaders
            dataloaders = None
        if self._attached(model, datamodule, "validate"):
            source = self.model if datamodule is None else datamodule
            given = val_dataloaders if dataloaders is None else dataloaders
            loaders = source.val_dataloader() if given is None else given
            self.validating = True
            self._evaluate("validation", self.model.validation_step, loaders)
            self.validating = False
        return [self.callback_metrics]

    def test(
        self, model=None, dataloaders=None, ckpt_path=None, verbose=True, datamodule=None, weights_only=None,
        test_dataloaders=None,
    ):  # fmt: skip
        if known(isinstance(dataloaders, LightningDataModule)):
            datamodule = dataloaders
            dataloaders = None
        if self._attached(model, datamodule, "test"):
            source = self.model if datamodule is None else datamodule
            given = test_dataloaders if dataloaders is None else dataloaders
            loaders = source.test_dataloader() if given is None else given
            self.testing = True
            self._evaluate("test", self.model.test_step, loaders)
            self.testing = False
        return [self.callback_metrics]

    def predict(
        self, model=None, dataloaders=None, datamodule=None, return_predictions=None, ckpt_path=None, weights_only=None
    ):
        if known(isinstance(dataloaders, LightningDataModule)):
            datamodule = dataloaders
            dataloaders = None
        if not self._attached(model, datamodule, "predict"):
            return unknown()
        source = self.model if datamodule is None else datamodule
        loaders = source.predict_dataloader() if dataloaders is None else dataloaders
        step = self.model.predict_step
        self.predicting = True
        found = self._evaluate("predict", self._forward if step is None else step, loaders)
        self.predicting = False
        return found

    def _forward(self, batch, *index):
        return self.model(batch)

    def _attached(self, model, datamodule, stage):
        """Whether the module is one that can be followed; what it and the data module do before anything runs."""
        model = self.model if model is None else model
        if not known(isinstance(model, LightningModule)):
            unknown()(model, datamodule)
            return False
        self.model = model
        model.trainer = self
        self.datamodule = datamodule
        if datamodule is not None:
            datamodule.trainer = self
            datamodule.prepare_data()
        model.prepare_data()
        self.callbacks = []
        own = [] if model.configure_callbacks is None else _listed(model.configure_callbacks())
        for callback in [*_listed(self.given), *self.old, *own]:
            if known(isinstance(callback, Callback)):
                self.callbacks.append(callback)
            elif not known(callback is None) and not known(isinstance(callback, bool)):
                callback(self, model)  # whatever it is, it gets both
        if datamodule is not None:
            datamodule.setup(stage)
        for callback in self.callbacks:
            callback.setup(self, model, stage)
        model.setup(stage)
        model.configure_sharded_model()
        model.configure_model()
        return True

    def _call(self, hook, *args):
        for callback in self.callbacks:
            getattr(callback, hook)(self, self.model, *args)
        getattr(self.model, hook)(*args)

    def _note(self, name, value):
        if known(isinstance(value, torchmetrics.Metric)):
            value = value.compute()
        self.callback_metrics[name + self.suffix] = float(value)

    def _moved(self, batch, number):
        """What the hooks of the data module or the module make of a batch."""
        if known(isinstance(self.datamodule, LightningDataModule)):
            batch = self.datamodule.on_before_batch_transfer(batch, number)
            batch = self.datamodule.on_after_batch_transfer(batch, number)
        batch = self.model.on_before_batch_transfer(batch, number)
        return self.model.on_after_batch_transfer(batch, number)

    def _epochs(self):
        if self.max_epochs is None:
            return range(1000) if self.max_steps == -1 else unknown()
        return unknown() if self.max_epochs == -1 else range(self.max_epochs)

    def _train(self, model, loader, validation):
        if known(isinstance(loader, (list, tuple, dict))):
            loader = CombinedLoader(loader)
        self._call("on_train_start")
        for epoch in self._epochs():
            self.training = True
            self._call("on_train_epoch_start")
            self._call("on_epoch_start")
            outputs = []
            for batch_idx, batch in enumerate(loader):
                output = self._train_batch(model, epoch, self._moved(batch, 0), batch_idx)
                if model.training_epoch_end is not None:
                    outputs.append(output)
            self._step_schedules(model, "epoch", False)
            self.training = False
            self.validating = True
            self._evaluate("validation", model.validation_step, validation)
            self.validating = False
            if model.training_epoch_end is not None:
                model.training_epoch_end(outputs)
            self._call("on_train_epoch_end")
            self._call("on_epoch_end")
            for callback in self.callbacks:
                callback._decide(self, model)
            self._step_schedules(model, "epoch", True)
            if self.should_stop:
                break
        self._call("on_train_end")

    def _train_batch(self, model, epoch, batch, batch_idx):
        self._call("on_train_batch_start", batch, batch_idx)
        if not model.automatic_optimization:
            output = model.training_step(batch, batch_idx)
        elif known(len(self.optimizers) > 1):
            for number, optimizer in enumerate(self.optimizers):  # as long as that was allowed
                output = self._optimize(model, epoch, batch_idx, optimizer, (batch, batch_idx, number))
        elif known(len(self.optimizers) == 0):
            output = self._optimize(model, epoch, batch_idx, None, (batch, batch_idx))
        else:
            output = self._optimize(model, epoch, batch_idx, self.optimizers[0], (batch, batch_idx))
        if model.automatic_optimization:
            self._step_schedules(model, "step", False)
        self._call("on_train_batch_end", output, batch, batch_idx)
        return output

    def _optimize(self, model, epoch, batch_idx, optimizer, args):
        self.ran = False

        def closure():
            self.ran = True
            output = model.training_step_end(model.training_step(*args))
            self.output = output
            loss = output["loss"] if known(isinstance(output, dict)) else output
            if optimizer is not None:
                self._call("on_before_zero_grad", optimizer)
                model.optimizer_zero_grad(epoch, batch_idx, optimizer)
            self._call("on_before_backward", loss)
            model.backward(loss)
            self._call("on_after_backward")
            if optimizer is not None:
                self._call("on_before_optimizer_step", optimizer)
                model.configure_gradient_clipping(
                    optimizer,
                    gradient_clip_val=self.gradient_clip_val,
                    gradient_clip_algorithm=self.gradient_clip_algorithm,
                )
            return loss

        if optimizer is not None:
            model.optimizer_step(epoch, batch_idx, optimizer, optimizer_closure=closure)
        if not known(self.ran):
            closure()
        return self.output

    def _step_schedules(self, model, interval, plateaus):
        if not model.automatic_optimization:
            return
        for scheduler, own, monitor in self.schedules:
            if own == interval and isinstance(scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau) == plateaus:
                at(scheduler)
                if plateaus:
                    model.lr_scheduler_step(scheduler, metric=self.callback_metrics[monitor])
                else:
                    model.lr_scheduler_step(scheduler, metric=None)

    def _evaluate(self, stage, step, loaders):
        """Without gradients; each part of the network is afterwards in the mode in which it was."""
        model = self.model
        found = []
        loaders = _listed(loaders)
        if known(len(loaders) == 0) or known(step is None):
            return found
        several = known(len(loaders) > 1)
        before = modes(model)
        with torch.no_grad():
            getattr(model, f"on_{stage}_model_eval")()
            self._call(f"on_{stage}_start")
            self._call(f"on_{stage}_epoch_start")
            for number, loader in enumerate(loaders):
                self.suffix = f"/dataloader_idx_{number}" if several else ""
                for batch_idx, batch in enumerate(loader):
                    batch = self._moved(batch, number)
                    args = (batch, batch_idx, number) if several else (batch, batch_idx)
                    self._call(f"on_{stage}_batch_start", *args)
                    output = step(*args)
                    if stage == "validation":
                        output = model.validation_step_end(output)
                    elif stage == "test":
                        output = model.test_step_end(output)
                    found.append(output)
                    self._call(f"on_{stage}_batch_end", output, *args)
            self.suffix = ""
            if stage == "validation" and model.validation_epoch_end is not None:
                model.validation_epoch_end([found] if several else found)
            elif stage == "test" and model.test_epoch_end is not None:
                model.test_epoch_end([found] if several else found)
            self._call(f"on_{stage}_epoch_end")
            self._call(f"on_{stage}_end")
        restore(before)
        return found


def _configured(made):
    """The optimizers, and with each scheduler its interval and what it watches, from all that may be returned."""
    if isinstance(made, dict):
        return [made["optimizer"]], _schedules([made])
    if isinstance(made, (list, tuple)):
        if len(made) == 2 and known(isinstance(made[0], (list, tuple))):
            return made[0], [_schedule(each, None) for each in _listed(made[1])]
        if known(all(isinstance(each, dict) for each in made)):
            return [each["optimizer"] for each in made], _schedules(made)
        return made, []
    return [made], []


def _schedules(made):
    return [_schedule(each["lr_scheduler"], each.get("monitor")) for each in made if "lr_scheduler" in each]


def _schedule(given, monitor):
    if isinstance(given, dict):
        return given["scheduler"], given.get("interval", "epoch"), given.get("monitor", monitor)
    return given, "epoch", monitor


class Tuner:
    def __init__(self, trainer):
        self.trainer = trainer

    def lr_find(self, model, *args, attr_name="", **kwargs):
        """The rate that it suggests is written into the module."""
        searches_rate()
        if known(hasattr(model, "learning_rate")):
            model.learning_rate = unknown()
        if known(hasattr(model, "lr")):
            model.lr = unknown()
        if known("lr" in model.hparams):
            model.hparams.lr = unknown()
        if known("learning_rate" in model.hparams):
            model.hparams.learning_rate = unknown()
        return unknown()

    def scale_batch_size(self, model, *args, **kwargs):
        return unknown()


class Logger:
    """It writes down, and changes nothing."""

    def __init__(self, *args, **kwargs):
        pass

    @property
    def experiment(self):
        return torch.utils.tensorboard.SummaryWriter()

    log_metrics = log_hyperparams = log_graph = log_image = log_table = watch = save = finalize = _nothing
    after_save_checkpoint = _nothing
    name = unknown()
    version = unknown()
    save_dir = unknown()
    log_dir = unknown()


TensorBoardLogger = Logger
WandbLogger = Logger
CSVLogger = Logger
CometLogger = Logger
MLFlowLogger = Logger
NeptuneLogger = Logger
LitLogger = Logger
LoggerCollection = Logger


def seed_everything(seed=None, workers=False, verbose=True):
    return seed


def rank_zero_only(function):
    return function


rank_zero_info = print
rank_zero_warn = print
