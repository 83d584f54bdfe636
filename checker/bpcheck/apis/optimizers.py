"""Optimizers of other packages.

Read off schedulefree 1.4, bitsandbytes 0.50 (whose Adam decouples its decay as its AdamW does, see
``backends/default/ops.py``), lion-pytorch 0.2, deepspeed 0.19 and apex 0.1. Beyond the facts of ``torch_training``, ``clips``
names the argument by which an optimizer limits the norm of the gradients itself.
"""

from __future__ import annotations

from bpcheck.apis.spec import Api

_ADAM = "params lr=1e-3 betas=None eps=1e-8 weight_decay=0"
_CORRECTED = "params lr=1e-3 bias_correction=True betas=None eps=1e-8 "
_DECOUPLED: dict[str, object] = {"weight_decay": "decoupled"}
_FREE: dict[str, object] = {"weight_decay": "decoupled", "adaptive": True}
#: What bitsandbytes has in three precisions each.
_BITS = ("{0}", "{0}8bit", "{0}32bit")

#: Package, classes, parameters, facts. Whether a fused Adam decouples its decay is up to an argument, and on by default.
_ROWS: tuple[tuple[str, str, str, dict[str, object]], ...] = (
    ("schedulefree", "AdamWScheduleFree AdamWScheduleFreeClosure AdamWScheduleFreeReference AdamWScheduleFreePaper RAdamScheduleFree "
     "RAdamScheduleFreeClosure", "params lr=2.5e-3 betas=None eps=1e-8 weight_decay=0", _FREE),
    ("schedulefree", "SGDScheduleFree SGDScheduleFreeClosure SGDScheduleFreeReference", "params lr=1.0 momentum=0.9 weight_decay=0",
     {"weight_decay": "l2", "adaptive": True}),
    ("schedulefree", "ScheduleFreeWrapper ScheduleFreeWrapperReference", "base weight_decay_at_y=0.0 momentum=0.9", {"adaptive": True}),
    ("bitsandbytes.optim", "Adam PagedAdam", _ADAM, _DECOUPLED),
    ("bitsandbytes.optim", "AdamW PagedAdamW", "params lr=1e-3 betas=None eps=1e-8 weight_decay=1e-2", _DECOUPLED),
    ("bitsandbytes.optim", "Lion PagedLion", "params lr=1e-4 betas=None weight_decay=0", _DECOUPLED),
    ("bitsandbytes.optim", "SGD", "params lr momentum=0 dampening=0 weight_decay=0", {"weight_decay": "l2"}),
    ("bitsandbytes.optim", "LAMB LARS AdEMAMix PagedAdEMAMix", _ADAM, {}),
    ("apex.optimizers", "FusedAdam", _CORRECTED + "adam_w_mode=True weight_decay=0.0", _DECOUPLED),
    ("apex.optimizers", "FusedSGD", "params lr momentum=0.0 dampening=0.0 weight_decay=0.0", {"weight_decay": "l2"}),
    ("apex.optimizers", "FusedLAMB", _CORRECTED + "weight_decay=0.01 amsgrad=False adam_w_mode=True grad_averaging=True "
     "set_grad_none=True max_grad_norm=1.0", {"clips": "max_grad_norm"}),
    ("apex.optimizers", "FusedNovoGrad", _CORRECTED + "weight_decay=0.0", {}),
    ("deepspeed.ops.adam", "FusedAdam", _CORRECTED + "adam_w_mode=True weight_decay=0.0", _DECOUPLED),
    ("deepspeed.ops.adam", "DeepSpeedCPUAdam", _CORRECTED + "weight_decay=0", _DECOUPLED),
    ("deepspeed.ops.lamb", "FusedLamb", _CORRECTED + "eps_inside_sqrt=False weight_decay=0.0 max_grad_norm=0.0", {"clips": "max_grad_norm"}),
    ("deepspeed.ops.lion", "FusedLion DeepSpeedCPULion", "params lr=1e-3 betas=None weight_decay=0.0", _DECOUPLED),
    ("lion_pytorch", "Lion", "params lr=1e-4 betas=None weight_decay=0.0", _DECOUPLED),
    ("torch_optimizer", "Lamb RAdam Yogi AdaBelief DiffGrad Ranger LARS AdamP SGDW NovoGrad Adahessian", _ADAM, {}),
    ("prodigyopt", "Prodigy", "params lr=1.0 betas=None beta3=None eps=1e-8 weight_decay=0", _FREE),
    ("dadaptation", "DAdaptAdam DAdaptSGD DAdaptAdaGrad DAdaptLion DAdaptAdan", "params lr=1.0", {"adaptive": True}),
)  # fmt: skip
TABLE: dict[str, Api] = {
    f"{package}.{form.format(name)}": Api("optimizer", parameters, **facts)
    for package, names, parameters, facts in _ROWS
    for name in names.split()
    for form in (_BITS if package == "bitsandbytes.optim" else ("{0}",))
}
