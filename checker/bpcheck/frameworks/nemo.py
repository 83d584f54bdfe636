"""NeMo: a model section with its data and optimizer, and a Lightning trainer section round it.

Read off NeMo 2.4: ``core/classes/modelPT.py`` (``setup_optimization``: no scheduler without ``sched``), ``core/optim/optimizers.py``
(``adam`` is torch's, ``adamw`` torch's AdamW, ``novograd`` its own), ``core/config/pytorch_lightning.py``.
"""

import torch

from bpcheck.frameworks import at, does, unknown


def _optimizer(cfg, network):
    optim = cfg.model.optim
    at(optim, "name", "lr")
    decay = optim.get("weight_decay", 0.0)
    if optim.name == "adam":
        return torch.optim.Adam(network.parameters(), lr=optim.lr, weight_decay=decay)
    if optim.name == "sgd":
        return torch.optim.SGD(network.parameters(), lr=optim.lr, weight_decay=decay)
    return torch.optim.AdamW(network.parameters(), lr=optim.lr, weight_decay=decay)


def _schedule(cfg, optimizer):
    if cfg.model.optim.get("sched") is None:
        return None
    at(cfg.model.optim, "sched")
    return torch.optim.lr_scheduler.LambdaLR(optimizer, unknown())


def train(cfg):
    does("NeMo", "the Lightning Trainer's loop; no schedule without optim.sched, no clipping without gradient_clip_val")
    network = torch.nn.Linear(1, 1)
    optimizer = _optimizer(cfg, network)
    schedule = _schedule(cfg, optimizer)
    epochs = cfg.trainer.get("max_epochs")
    at(cfg.trainer, "max_epochs", "max_steps")
    for _ in range(1000 if epochs is None else epochs):
        for batch in unknown():
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(network(batch), unknown()).backward()
            if cfg.trainer.get("gradient_clip_val"):
                torch.nn.utils.clip_grad_norm_(network.parameters(), cfg.trainer.gradient_clip_val)
            optimizer.step()
            if schedule is not None:
                schedule.step()
