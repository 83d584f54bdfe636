"""LightningCLI: a command line (and configuration files) whose options are the arguments of the module, the data and the Trainer.

Read off lightning 2.6: ``pytorch/cli.py`` (``LightningCLI``, ``LightningArgumentParser``, ``instantiate_classes``,
``_add_configure_optimizers_method_to_model``).
"""

import torch
from lightning.pytorch import Trainer
from torchtune.config import instantiate

from bpcheck.frameworks import at, defaults, does, known, unknown


def cli_run(model, data, trainer, optimizer=None, scheduler=None):
    """Fit the module. An optimizer of the configuration's own takes the place of what the module configures."""
    if optimizer is not None:
        model.configure_optimizers = lambda: _configured(optimizer(model.parameters()), scheduler)
    elif known(model.configure_optimizers is None):  # only a command line or configuration can say what it is
        unknown()(model, data, trainer)
        return
    trainer.fit(model, datamodule=data)


def _configured(optimizer, scheduler):
    if scheduler is None:
        return optimizer
    made = scheduler(optimizer)
    if isinstance(made, torch.optim.lr_scheduler.ReduceLROnPlateau):
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": made, "monitor": unknown()}}
    return [optimizer], [made]


def cli(cfg):
    """The program that a configuration is by itself."""
    cfg = cfg.get("fit", cfg)
    model = instantiate(cfg.model)
    data = None if cfg.get("data") is None else instantiate(cfg.data)
    optimizer = scheduler = None
    if cfg.get("optimizer") is not None:
        optimizer = lambda parameters: _placed(cfg, "optimizer", parameters)  # noqa: E731
    if cfg.get("lr_scheduler") is not None:
        scheduler = lambda optimizer: _placed(cfg, "lr_scheduler", optimizer)  # noqa: E731
    at(cfg, "trainer")
    cli_run(model, data, Trainer(**instantiate(cfg.trainer)), optimizer, scheduler)


def _placed(cfg, key, argument):
    at(cfg, key)
    return instantiate(cfg[key], argument)


class ArgumentParser:
    """What may be set on the command line, and the defaults that the program gives it."""

    def __init__(self, *args, **kwargs):
        self.values = {}
        self.optimizer = None
        self.scheduler = None
        self.callbacks = []

    def set_defaults(self, *args, **kwargs):
        for given in args:
            self.values.update(given)
        self.values.update(kwargs)

    def link_arguments(self, source, target, compute_fn=None, apply_on="parse"):
        self.values[target] = unknown()

    def add_lightning_class_args(self, lightning_class, nested_key, subclass_mode=False, required=True):
        self.callbacks.append((lightning_class, nested_key))

    def add_optimizer_args(self, optimizer_class=None, nested_key="optimizer", link_to="AUTOMATIC"):
        if link_to == "AUTOMATIC":
            self.optimizer = _one(optimizer_class)
        else:
            self.values[link_to] = unknown()

    def add_lr_scheduler_args(self, lr_scheduler_class=None, nested_key="lr_scheduler", link_to="AUTOMATIC"):
        if link_to == "AUTOMATIC":
            self.scheduler = _one(lr_scheduler_class)
        else:
            self.values[link_to] = unknown()

    def add_argument(self, *args, **kwargs):
        pass

    def add_class_arguments(self, *args, **kwargs):
        pass

    def add_subclass_arguments(self, *args, **kwargs):
        pass

    def of(self, prefix):
        return {key[len(prefix) :]: value for key, value in self.values.items() if key.startswith(prefix)}


LightningArgumentParser = ArgumentParser


def _one(given):
    """The class, where there is no choice."""
    return given if given is not None and not known(isinstance(given, (list, tuple))) else unknown()


class SaveConfigCallback:
    pass


class LightningCLI:
    """Every default of a constructor is an option that whoever runs it may set."""

    def __init__(
        self, model_class=None, datamodule_class=None, save_config_callback=SaveConfigCallback, save_config_kwargs=None,
        trainer_class=Trainer, trainer_defaults=None, seed_everything_default=True, parser_kwargs=None, parser_class=None,
        subclass_mode_model=False, subclass_mode_data=False, args=None, run=True, auto_configure_optimizers=True, **others,
    ):  # fmt: skip
        does(
            "LightningCLI",
            "makes the module, the data and the Trainer from options and configuration files, and calls fit",
        )
        parser = ArgumentParser()
        self.parser = parser
        self.config = unknown()
        self.add_arguments_to_parser(parser)
        self.before_instantiate_classes()
        self.datamodule = (
            None if datamodule_class is None else _made(datamodule_class, parser.of("data."), subclass_mode_data)
        )
        self.model = unknown() if model_class is None else _made(model_class, parser.of("model."), subclass_mode_model)
        given = {} if trainer_defaults is None else trainer_defaults
        options = {**defaults(trainer_class), "max_epochs": unknown(), **given, **parser.of("trainer.")}
        trainer = trainer_class(**options)
        for callback, key in parser.callbacks:
            trainer.old.append(_made(callback, parser.of(key + "."), False))
        self.trainer = trainer
        self.after_instantiate_classes()
        if run:
            self.before_fit()
            self.fit()
            self.after_fit()

    def fit(self):
        optimizer, scheduler = self.parser.optimizer, self.parser.scheduler
        given, planned = self.parser.of("optimizer."), self.parser.of("lr_scheduler.")
        cli_run(
            self.model, self.datamodule, self.trainer,
            None if optimizer is None else lambda parameters: optimizer(parameters, **given),
            None if scheduler is None else lambda optimizer: scheduler(optimizer, **planned, **unknown()),
        )  # fmt: skip

    def add_arguments_to_parser(self, parser):
        pass

    def before_instantiate_classes(self):
        pass

    def after_instantiate_classes(self):
        pass

    def before_fit(self):
        pass

    def after_fit(self):
        pass


def _made(cls, given, chosen):
    """An instance with its defaults; of a class that is chosen on the command line, nothing is known."""
    return unknown() if known(chosen) else cls(**{**defaults(cls), **given})
