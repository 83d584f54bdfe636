"""Which packages have their classes written down in ``bpcheck/frameworks``, and the words that only those files use."""

from __future__ import annotations

from bpcheck.apis.spec import Api

_KERAS = ("keras", "keras_layers", "keras_training", "keras_data")
_FASTAI = ("fastai", "fastai_data", "fastai_learners")
_FASTAI_0_7 = ("fastai_0_7", "fastai_0_7_data", "fastai_0_7_tables", "fastai_0_7_text")
#: Modules that only one generation of fastai has.
_FASTAI_MODULES = (
    "basic_data basic_train basics callback callbacks collab data data_block datasets distributed general_optimizer "
    "interpret launch losses medical optimizer script tabular torch_basics torch_core train utils vision widgets"
)
_FASTAI_0_7_MODULES = (
    "adaptive_softmax column_data conv_learner dataloader dataset fp16 initializers io layer_optimizer lm_rnn "
    "lsuv_initializer model models nlp plots rnn_reg rnn_train sgdr structured swa transforms transforms_pil"
)

#: Root package, or one module of it -> the files of ``bpcheck/frameworks`` that describe it, in order of precedence.
FRAMEWORKS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("lightning", "pytorch_lightning", "lightning_fabric"),
        ("lightning", "lightning_callbacks", "lightning_fabric", "lightning_cli"),
    ),
    "torchmetrics": ("torchmetrics",),
    "torch_lr_finder": ("torch_lr_finder",),
    "ignite": ("ignite",),
    "keras": _KERAS,
    "tensorflow": (),
    "tensorflow.keras": _KERAS,
    "torchtune": ("torchtune",),
    **dict.fromkeys(("llamafactory", "axolotl"), ("llamafactory",)),
    "nemo": ("nemo",),
    **dict.fromkeys(("mmengine", "mmcv", "mmpretrain"), ("mmengine",)),
    "ultralytics": ("ultralytics",),
    "deepspeed": ("deepspeed",),
    "apex": ("apex",),
    "timm": ("timm", "timm_script"),
    "transformers": ("transformers",),
    "trl": ("trl",),
    "peft": ("peft",),
    "evaluate": ("evaluate",),
    "accelerate": ("accelerate",),
    **dict.fromkeys(("fastai", "fastai2", "fastbook", "fastcore"), _FASTAI),
    **dict.fromkeys((f"fastai.{module}" for module in _FASTAI_MODULES.split()), _FASTAI),
    **dict.fromkeys((f"fastai.{module}" for module in _FASTAI_0_7_MODULES.split()), _FASTAI_0_7),
}
#: Packages of which there are two that differ in all but the name -> the files of each, the one that is common today first.
#: Which of them a program means, its imports of the modules above say, or else the names that it uses.
GENERATIONS: dict[str, tuple[tuple[str, ...], ...]] = {"fastai": (_FASTAI, _FASTAI_0_7)}

TABLE: dict[str, Api] = {
    "bpcheck.frameworks.arguments": Api("arguments", "value"),
    "bpcheck.frameworks.array": Api("array-of", "name split=None"),
    "bpcheck.frameworks.at": Api("at", "value *keys"),
    "bpcheck.frameworks.defaults": Api("defaults", "cls"),
    "bpcheck.frameworks.does": Api("does", "framework what"),
    "bpcheck.frameworks.keeps_statistics": Api("keeps-statistics", "model"),
    "bpcheck.frameworks.known": Api("known", "test"),
    "bpcheck.frameworks.modes": Api("modes", "model"),
    "bpcheck.frameworks.network": Api("network-called", "name pretrained=False text=False"),
    "bpcheck.frameworks.options": Api("options", "cls given=None"),
    "bpcheck.frameworks.restore": Api("restore-modes", "modes"),
    "bpcheck.frameworks.searches_rate": Api("searches-rate", ""),
    "bpcheck.frameworks.stop": Api("stop", ""),
    "bpcheck.frameworks.unknown": Api("unknown", "why=None"),
}
