"""LightningCLI's configuration: the model, the data, the optimizer and the options of the Trainer, each as its class.

Read off lightning 2.6: ``pytorch/cli.py`` (``instantiate_classes``, ``_add_configure_optimizers_method_to_model``).
"""

from lightning.pytorch import Trainer
from torchtune.config import instantiate

from bpcheck.frameworks import at


def _optimizers(cfg, model):
    """An optimizer of its own in the configuration takes the place of what the model configures."""
    at(cfg, "optimizer")
    optimizer = instantiate(cfg.optimizer, model.parameters())
    if cfg.get("lr_scheduler") is None:
        return optimizer
    return [optimizer], [instantiate(cfg.lr_scheduler, optimizer)]


def cli(cfg):
    cfg = cfg.get("fit", cfg)
    model = instantiate(cfg.model)
    if cfg.get("optimizer") is not None:
        model.configure_optimizers = lambda: _optimizers(cfg, model)
    data = None if cfg.get("data") is None else instantiate(cfg.data)
    at(cfg, "trainer")
    trainer = Trainer(**instantiate(cfg.trainer))
    trainer.fit(model, datamodule=data)
