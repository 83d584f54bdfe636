"""Which packages have their classes written down in ``bpcheck/frameworks``, and the words that only those files use."""

from __future__ import annotations

from bpcheck.apis.spec import Api

#: Root package -> the files of ``bpcheck/frameworks`` that describe it, in order of precedence.
FRAMEWORKS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("lightning", "pytorch_lightning", "lightning_fabric"), ("lightning", "lightning_cli")),
    "torchtune": ("torchtune",),
    **dict.fromkeys(("llamafactory", "axolotl"), ("llamafactory",)),
    "nemo": ("nemo",),
    **dict.fromkeys(("mmengine", "mmcv", "mmpretrain"), ("mmengine",)),
    "ultralytics": ("ultralytics",),
    "timm": ("timm", "timm_script"),
    "transformers": ("transformers",),
    "fastai": ("fastai_0_7",),
}

TABLE: dict[str, Api] = {
    "bpcheck.frameworks.at": Api("at", "value *keys"),
    "bpcheck.frameworks.does": Api("does", "framework what"),
    "bpcheck.frameworks.network": Api("network-called", "name pretrained=False text=False"),
    "bpcheck.frameworks.options": Api("options", "cls given=None"),
    "bpcheck.frameworks.unknown": Api("unknown", "why=None"),
}
