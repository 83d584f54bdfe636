"""Optimizers of other packages: ``schedulefree``, ``bitsandbytes``, ``apex``, ``lion_pytorch``, ``torch_optimizer``."""

from __future__ import annotations

from bpcheck.apis.spec import Api

_ADAM = "params lr=1e-3 betas=None eps=1e-8 weight_decay=0"
TABLE: dict[str, Api] = {}
for _name, _decay in (
    ("AdamWScheduleFree", "decoupled"),
    ("RAdamScheduleFree", "decoupled"),
    ("SGDScheduleFree", "l2"),
):
    TABLE[f"schedulefree.{_name}"] = Api(
        "optimizer", "params lr=2.5e-3 weight_decay=0", weight_decay=_decay, adaptive=True
    )
for _name in ("AdamW", "AdamW8bit", "PagedAdamW", "PagedAdamW8bit", "PagedAdamW32bit", "Lion", "Lion8bit"):
    TABLE[f"bitsandbytes.optim.{_name}"] = Api("optimizer", _ADAM, weight_decay="decoupled")
for _name in ("Adam", "Adam8bit"):
    TABLE[f"bitsandbytes.optim.{_name}"] = Api("optimizer", _ADAM, weight_decay="l2", adam=True)
#: Whether its decay is decoupled is up to an argument (``adam_w_mode``), on by default.
TABLE["apex.optimizers.FusedAdam"] = Api("optimizer", _ADAM, weight_decay="decoupled")
TABLE["apex.optimizers.FusedSGD"] = Api(
    "optimizer", "params lr momentum=0.0 dampening=0.0 weight_decay=0.0", weight_decay="l2"
)
TABLE["lion_pytorch.Lion"] = Api("optimizer", "params lr=1e-4 betas=None weight_decay=0.0", weight_decay="decoupled")
for _name in ("Lamb", "RAdam", "Yogi", "AdaBelief", "DiffGrad", "Ranger", "LARS"):
    TABLE[f"torch_optimizer.{_name}"] = Api("optimizer", _ADAM)
