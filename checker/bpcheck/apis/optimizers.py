"""Optimizers of other packages.

Read off schedulefree 1.4, bitsandbytes 0.50 (whose Adam decouples its decay as its AdamW does, see
``backends/default/ops.py``), lion-pytorch 0.2, deepspeed 0.19 and apex 0.1.
"""

from __future__ import annotations

from bpcheck.apis.spec import Api

_ADAM = "params lr=1e-3 betas=None eps=1e-8 weight_decay=0"
_ADAMW = "params lr=1e-3 betas=None eps=1e-8 weight_decay=1e-2"
_FUSED = "params lr=1e-3 bias_correction=True betas=None eps=1e-8 adam_w_mode=True weight_decay=0.0"
TABLE: dict[str, Api] = {}


def _add(package: str, params: str, *names: str, **facts: object) -> None:
    for name in names:
        TABLE[f"{package}.{name}"] = Api("optimizer", params, **facts)


_FREE = "params lr=2.5e-3 betas=None eps=1e-8 weight_decay=0"
_add("schedulefree", _FREE, "AdamWScheduleFree", "AdamWScheduleFreeClosure", "AdamWScheduleFreeReference", "RAdamScheduleFree",
     "RAdamScheduleFreeClosure", weight_decay="decoupled", adaptive=True)  # fmt: skip
_add("schedulefree", "params lr=1.0 momentum=0.9 weight_decay=0", "SGDScheduleFree", "SGDScheduleFreeClosure",
     "SGDScheduleFreeReference", weight_decay="l2", adaptive=True)  # fmt: skip
_add(
    "schedulefree",
    "base weight_decay_at_y=0.0 momentum=0.9",
    "ScheduleFreeWrapper",
    "ScheduleFreeWrapperReference",
    adaptive=True,
)

_BITS = ("", "8bit", "32bit")
for _prefix in ("", "Paged"):
    for _name, _params in (("Adam", _ADAM), ("AdamW", _ADAMW)):
        _add("bitsandbytes.optim", _params, *(f"{_prefix}{_name}{bits}" for bits in _BITS), weight_decay="decoupled")
    _add(
        "bitsandbytes.optim",
        "params lr=1e-4 betas=None weight_decay=0",
        *(f"{_prefix}Lion{bits}" for bits in _BITS),
        weight_decay="decoupled",
    )
_add(
    "bitsandbytes.optim",
    "params lr momentum=0 dampening=0 weight_decay=0",
    *(f"SGD{bits}" for bits in _BITS),
    weight_decay="l2",
)
_add("bitsandbytes.optim", _ADAM, *(f"{name}{bits}" for name in ("LAMB", "LARS", "AdEMAMix") for bits in _BITS))

#: Whether their decay is decoupled is up to an argument (``adam_w_mode``), on by default.
_add("apex.optimizers", _FUSED, "FusedAdam", weight_decay="decoupled")
_add("apex.optimizers", "params lr momentum=0.0 dampening=0.0 weight_decay=0.0", "FusedSGD", weight_decay="l2")
_add(
    "apex.optimizers",
    "params lr=1e-3 bias_correction=True betas=None eps=1e-6 weight_decay=0.01",
    "FusedLAMB",
    "FusedMixedPrecisionLamb",
)
_add("apex.optimizers", "params lr=1e-3 bias_correction=True betas=None eps=1e-8 weight_decay=0.0", "FusedNovoGrad")
_add("deepspeed.ops.adam", _FUSED, "FusedAdam", weight_decay="decoupled")
_add(
    "deepspeed.ops.adam",
    "params lr=1e-3 bias_correction=True betas=None eps=1e-8 weight_decay=0",
    "DeepSpeedCPUAdam",
    weight_decay="decoupled",
)
_add(
    "deepspeed.ops.lamb",
    "params lr=1e-3 bias_correction=True betas=None eps=1e-8 eps_inside_sqrt=False weight_decay=0.0",
    "FusedLamb",
)
_add(
    "deepspeed.ops.lion",
    "params lr=1e-3 betas=None weight_decay=0.0",
    "FusedLion",
    "DeepSpeedCPULion",
    weight_decay="decoupled",
)

_add("lion_pytorch", "params lr=1e-4 betas=None weight_decay=0.0", "Lion", weight_decay="decoupled")
_add(
    "torch_optimizer",
    _ADAM,
    "Lamb",
    "RAdam",
    "Yogi",
    "AdaBelief",
    "DiffGrad",
    "Ranger",
    "LARS",
    "AdamP",
    "SGDW",
    "NovoGrad",
    "Adahessian",
)
#: They choose their own rate.
_add(
    "prodigyopt",
    "params lr=1.0 betas=None beta3=None eps=1e-8 weight_decay=0",
    "Prodigy",
    weight_decay="decoupled",
    adaptive=True,
)
_add(
    "dadaptation",
    "params lr=1.0",
    "DAdaptAdam",
    "DAdaptSGD",
    "DAdaptAdaGrad",
    "DAdaptLion",
    "DAdaptAdan",
    adaptive=True,
)
