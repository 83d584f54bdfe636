"""``transformers``: pretrained networks, tokenizers, schedules for hand-written loops."""

from __future__ import annotations

import re

from bpcheck.apis.spec import Api

_WARM = "optimizer num_warmup_steps"
_SCHEDULE = "optimizer num_warmup_steps num_training_steps"
_OPTIMIZATION: dict[str, Api] = {
    "get_constant_schedule": Api("scheduler", "optimizer last_epoch=-1", unit="step", constant=True),
    "get_constant_schedule_with_warmup": Api("scheduler", _WARM, unit="step"),
    "get_inverse_sqrt_schedule": Api("scheduler", _WARM, unit="step"),
    "get_wsd_schedule": Api("scheduler", f"{_WARM} num_decay_steps num_training_steps=None", unit="step"),
    **{
        f"get_{shape}_schedule_with_warmup{more}": Api("scheduler", _SCHEDULE, unit="step")
        for shape in ("linear", "cosine", "cosine_with_hard_restarts", "cosine_with_min_lr", "polynomial_decay")
        for more in ("", "_lr_rate")
    },
    "get_reduce_on_plateau_schedule": Api("scheduler", "optimizer", shape="plateau"),
    "get_greedy_schedule": Api("scheduler", "optimizer", shape="plateau"),
    "AdafactorSchedule": Api("scheduler", "optimizer initial_lr=0.0", unit="step"),
    "get_scheduler": Api(
        "scheduler", "name optimizer num_warmup_steps=None num_training_steps=None", unit="step", named="name"
    ),
    "AdamW": Api(
        "optimizer", "params lr=1e-3 betas=None eps=1e-6 weight_decay=0.0", weight_decay="decoupled", adam=True
    ),
    "Adafactor": Api("optimizer", "params lr=None", adaptive=True),
}
TABLE: dict[str, Api] = {
    "transformers.set_seed": Api("pure", ""),
    **{f"transformers.{name}": api for name, api in _OPTIMIZATION.items()},
    **{f"transformers.optimization.{name}": api for name, api in _OPTIMIZATION.items()},
}

#: Every class of the package with such a name is a network.
_NETWORK = re.compile(r"^(?!DataCollator|TF[A-Z]|Flax).*(?:Model|LMHead\w*|For[A-Z]\w+|Backbone)$")
#: ... and looks at images, not at words.
_VISION = re.compile(
    r"For(?:Image(?!Text)|Video|Object|Semantic|Instance|Universal|Depth|ZeroShot|Mask(?:Generation|edImage)|[Kk]ey[Pp]oint)|"
    r"V[iI][tT]|Swin|ResNet|Conv[Nn]e[xX]t|Beit|D[eE]i[tT]|Dino|Backbone|Timm"
)
#: What the head of a network is for -> its loss. Where the targets are part of the input (masked words), nothing supervises.
_LOSSES = (
    (re.compile(r"For(?:MaskedLM|PreTraining|MaskedImage\w*|NextSentence\w*)$"), "self-supervised"),
    (re.compile(r"ForCTC$"), "ctc"),
    (re.compile(r"For[A-Z]\w+$|LMHead\w*$|EncoderDecoderModel$|DoubleHeadsModel$"), "cross_entropy"),
)
#: ... unless the configuration says what sort of problem it is.
PROBLEMS = {
    "multi_label_classification": "bce_logits",
    "regression": "regression",
    "single_label_classification": "cross_entropy",
}


def is_network(name: str) -> bool:
    """Whether the fully qualified name is that of a network (or of what networks extend)."""
    return name.startswith("transformers.") and _NETWORK.match(name.rpartition(".")[2]) is not None


def sees(name: str) -> bool:
    """Whether the network of this name looks at images."""
    return _VISION.search(name) is not None


def built_in_loss(name: str) -> str:
    """The loss of the network of this name; empty where it has none."""
    return next((kind for word, kind in _LOSSES if word.search(name)), "")
