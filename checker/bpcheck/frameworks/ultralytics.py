"""Ultralytics: a training is a YAML of hyperparameters and one of data; modes, gradients, clipping and validation are its own.

Read off ultralytics 8.4: ``cfg/default.yaml``, ``engine/trainer.py`` (``_setup_scheduler``, ``build_optimizer``, ``optimizer_step``).
"""

import torch

from bpcheck.frameworks import at, does, network, unknown


class YOLO:
    def __init__(self, model="yolo26n.pt", task=None, verbose=False):
        self.model = network("YOLO", pretrained=unknown())

    def train(self, trainer=None, **settings):
        hyperparameters(settings)
        return unknown()

    def val(self, **settings):
        return unknown()

    def predict(self, source=None, **settings):
        return unknown()

    def export(self, **settings):
        return unknown()


def hyperparameters(cfg):
    """The rate falls from ``lr0`` to ``lr0 * lrf``, linearly or by a cosine; gradients are clipped at norm 10."""
    does(
        "Ultralytics",
        "train() and eval(), no gradients in validation, zero_grad, backward and step, clipping at 10; the rate falls to lr0 * lrf",
    )
    trained = network("YOLO")
    at(cfg, "optimizer", "lr0")
    if cfg.get("optimizer", "auto") == "Adam":
        optimizer = torch.optim.Adam(
            trained.parameters(), lr=cfg.get("lr0", 0.01), weight_decay=cfg.get("weight_decay", 0.0005)
        )
    else:
        optimizer = torch.optim.SGD(
            trained.parameters(), lr=cfg.get("lr0", 0.01), weight_decay=cfg.get("weight_decay", 0.0005)
        )
    at(cfg, "lrf", "lr0")
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, cfg.get("lrf", 0.01), cfg.get("epochs", 100))
    at(cfg, "epochs", "lr0")
    for _ in range(cfg.get("epochs", 100)):
        trained.train()
        for batch in unknown():
            optimizer.zero_grad()
            trained(batch).mean().backward()
            torch.nn.utils.clip_grad_norm_(trained.parameters(), 10.0)
            optimizer.step()
        schedule.step()
        trained.eval()
