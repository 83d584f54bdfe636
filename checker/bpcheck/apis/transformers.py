"""``transformers``: pretrained networks, tokenizers, schedules for hand-written loops."""

from __future__ import annotations

import re

from bpcheck.apis.spec import Api

_SCHEDULE = "optimizer num_warmup_steps num_training_steps num_cycles=0.5"
TABLE: dict[str, Api] = {}
for _name in ("get_linear_schedule_with_warmup", "get_cosine_schedule_with_warmup", "get_polynomial_decay_schedule_with_warmup",
              "get_cosine_with_hard_restarts_schedule_with_warmup"):  # fmt: skip
    TABLE[f"transformers.{_name}"] = Api("scheduler", _SCHEDULE, unit="step")
    TABLE[f"transformers.optimization.{_name}"] = TABLE[f"transformers.{_name}"]
TABLE["transformers.get_constant_schedule_with_warmup"] = Api("scheduler", "optimizer num_warmup_steps", unit="step")
TABLE["transformers.get_inverse_sqrt_schedule"] = Api("scheduler", "optimizer num_warmup_steps", unit="step")
TABLE["transformers.get_constant_schedule"] = Api("scheduler", "optimizer last_epoch=-1", unit="step", constant=True)
TABLE["transformers.optimization.get_constant_schedule"] = TABLE["transformers.get_constant_schedule"]
TABLE["transformers.get_scheduler"] = Api(
    "scheduler", "name optimizer num_warmup_steps=None num_training_steps=None", unit="step", named="name"
)
TABLE["transformers.AdamW"] = Api(
    "optimizer", "params lr=1e-3 betas=None eps=1e-6 weight_decay=0.0", weight_decay="decoupled", adam=True
)
TABLE["transformers.optimization.AdamW"] = TABLE["transformers.AdamW"]
TABLE["transformers.Adafactor"] = Api("optimizer", "params lr=None", adaptive=True)
TABLE["transformers.optimization.Adafactor"] = TABLE["transformers.Adafactor"]
TABLE["transformers.set_seed"] = Api("pure", "")

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
