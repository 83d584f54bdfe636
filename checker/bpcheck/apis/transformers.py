"""``transformers``: pretrained networks, tokenizers, schedules for hand-written loops."""

from __future__ import annotations

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

#: Every class of the package whose name starts or ends like these holds a pretrained network or a tokenizer.
NETWORK_WORDS = ("Model", "ForSequenceClassification", "ForCausalLM", "ForMaskedLM", "ForTokenClassification", "ForQuestionAnswering",
                 "ForConditionalGeneration", "LMHeadModel", "ForSeq2SeqLM", "ForImageClassification", "ForPreTraining", "ForMultipleChoice")  # fmt: skip
