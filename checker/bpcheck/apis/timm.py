"""``timm``: losses, data sets and optimizers of its own; what does more is in ``frameworks/timm.py``."""

from __future__ import annotations

from bpcheck.apis.spec import Api

TABLE: dict[str, Api] = {}


def _add(api: Api, module: str, *names: str) -> None:
    """Each name as the package exports it, and where older versions had it."""
    for name in names:
        TABLE[f"timm.{module}.{name}"] = api


_add(
    Api("loss", "smoothing=0.1", loss="cross_entropy"),
    "loss",
    "LabelSmoothingCrossEntropy",
    "cross_entropy.LabelSmoothingCrossEntropy",
)
_add(Api("loss", "", loss="cross_entropy"), "loss", "SoftTargetCrossEntropy", "cross_entropy.SoftTargetCrossEntropy", "JsdCrossEntropy",
     "AsymmetricLossSingleLabel", "PolyCrossEntropy")  # fmt: skip
_add(Api("loss", "smoothing=0.1", loss="bce_logits"), "loss", "BinaryCrossEntropy", "binary_cross_entropy.BinaryCrossEntropy",
     "AsymmetricLossMultiLabel", "PolyBinaryCrossEntropy", "TwoWayLoss", "ZlprLoss")  # fmt: skip
_add(
    Api("dataset", "name root=None split='validation'", split="split"),
    "data",
    "create_dataset",
    "dataset_factory.create_dataset",
)
_add(Api("dataset", "root reader=None"), "data", "ImageDataset", "dataset.ImageDataset")
_add(Api("dataset", "root reader=None", iterable=True), "data", "IterableImageDataset", "dataset.IterableImageDataset")
_add(Api("pure", "output target topk"), "utils", "accuracy", "metrics.accuracy")
_add(
    Api("wrapper", "model"), "utils", "unwrap_model", "model.unwrap_model", "reduce_tensor", "distributed.reduce_tensor"
)
for _name in ("random_seed", "setup_default_logging", "update_summary", "get_outdir", "init_distributed_device", "is_primary", "distribute_bn",
              "set_jit_fuser", "set_jit_legacy", "natural_key"):  # fmt: skip
    _add(Api("pure", ""), "utils", _name)
for _module in (
    "layers",
    "models.layers",
    "layers.weight_init",
    "models.layers.weight_init",
    "layers.helpers",
    "models.layers.helpers",
):
    _add(
        Api("pure", ""),
        _module,
        "trunc_normal_",
        "lecun_normal_",
        "variance_scaling_",
        "to_2tuple",
        "to_ntuple",
        "make_divisible",
    )
_add(Api("pure", "name"), "models", "safe_model_name", "list_models", "is_model")
_add(Api("pure", ""), "data", "resolve_data_config", "resolve_model_data_config", "config.resolve_data_config")

_PARAMS = "params lr=1e-3 betas=None eps=1e-8 weight_decay=0.0"
for _name, _file, _facts in (
    ("AdamWLegacy", "adamw", {"weight_decay": "decoupled", "adam": True}), ("NAdamW", "nadamw", {"weight_decay": "decoupled"}),
    ("NAdamLegacy", "nadam", {"weight_decay": "l2", "adam": True}), ("RAdamLegacy", "radam", {"weight_decay": "decoupled"}),
    ("AdamP", "adamp", {"weight_decay": "decoupled"}), ("AdaBelief", "adabelief", {"weight_decay": "decoupled"}),
    ("Lars", "lars", {}), ("Lion", "lion", {"weight_decay": "decoupled"}), ("MADGRAD", "madgrad", {}),
    ("RMSpropTF", "rmsprop_tf", {"weight_decay": "l2"}), ("SGDP", "sgdp", {}), ("SGDW", "sgdw", {"weight_decay": "decoupled"}),
    ("Adan", "adan", {}), ("Adopt", "adopt", {}), ("Adahessian", "adahessian", {}), ("NvNovoGrad", "nvnovograd", {}),
    ("Adafactor", "adafactor", {"adaptive": True}), ("AdafactorBigVision", "adafactor_bv", {"adaptive": True}),
):  # fmt: skip
    _add(Api("optimizer", _PARAMS, **_facts), "optim", _name, f"{_file}.{_name}")
_LAMB = (
    "params lr=1e-3 bias_correction=True betas=None eps=1e-6 weight_decay=0.01 grad_averaging=True max_grad_norm=1.0"
)
_add(Api("optimizer", _LAMB, clips="max_grad_norm"), "optim", "Lamb", "lamb.Lamb")
