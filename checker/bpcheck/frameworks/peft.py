"""PEFT: the network is frozen, and only the adapters that are put into it train.

Read off peft 0.18: ``mapping_func.py``, ``peft_model.py``, ``tuners/tuners_utils.py`` (``_mark_only_adapters_as_trainable``),
``utils/other.py`` (``prepare_model_for_kbit_training``), ``config.py``.
"""

import torch
import transformers

from bpcheck.frameworks import does, unknown


class TaskType:
    SEQ_CLS = "SEQ_CLS"
    SEQ_2_SEQ_LM = "SEQ_2_SEQ_LM"
    CAUSAL_LM = "CAUSAL_LM"
    TOKEN_CLS = "TOKEN_CLS"
    QUESTION_ANS = "QUESTION_ANS"
    FEATURE_EXTRACTION = "FEATURE_EXTRACTION"


class PeftConfig:
    def __init__(self, *args, **options):
        self.inference_mode = options.get("inference_mode", False)
        self.base_model_name_or_path = unknown()

    @classmethod
    def from_pretrained(cls, name, **options):
        return cls()


class LoraConfig(PeftConfig):
    pass


class AdaLoraConfig(PeftConfig):
    pass


class LoHaConfig(PeftConfig):
    pass


class LoKrConfig(PeftConfig):
    pass


class OFTConfig(PeftConfig):
    pass


class BOFTConfig(PeftConfig):
    pass


class VeraConfig(PeftConfig):
    pass


class IA3Config(PeftConfig):
    pass


class PrefixTuningConfig(PeftConfig):
    pass


class PromptTuningConfig(PeftConfig):
    pass


class PromptEncoderConfig(PeftConfig):
    pass


def _freeze(model):
    for parameter in model.parameters():
        parameter.requires_grad = False


def inject_adapter_in_model(peft_config, model, adapter_name="default", **options):
    _freeze(model)
    model.adapter = torch.nn.Linear(1, 1, bias=False)
    return model


def get_peft_model(model, peft_config, adapter_name="default", mixed=False, **options):
    """The network itself: what it is asked for, it passes on."""
    does("PEFT", "the network is frozen; only adapters train")
    _freeze(model)
    if not peft_config.inference_mode:
        model.adapter = torch.nn.Linear(1, 1, bias=False)
    model.base_model = model.model = model
    return model


def prepare_model_for_kbit_training(model, use_gradient_checkpointing=True, gradient_checkpointing_kwargs=None):
    _freeze(model)
    return model


def prepare_model_for_int8_training(model, **options):
    _freeze(model)
    return model


def get_peft_model_state_dict(model, **options):
    return model.state_dict()


def set_peft_model_state_dict(model, peft_model_state_dict, **options):
    model.load_state_dict(peft_model_state_dict)


class PeftModel:
    @classmethod
    def from_pretrained(cls, model, model_id, adapter_name="default", is_trainable=False, config=None, **options):
        _freeze(model)
        if is_trainable:
            model.adapter = torch.nn.Linear(1, 1, bias=False)
        else:
            model.eval()
        return model


class PeftModelForCausalLM(PeftModel):
    pass


class PeftModelForSequenceClassification(PeftModel):
    pass


class PeftModelForSeq2SeqLM(PeftModel):
    pass


class AutoPeftModelForCausalLM:
    @classmethod
    def from_pretrained(cls, name, adapter_name="default", is_trainable=False, config=None, **options):
        return PeftModel.from_pretrained(
            transformers.AutoModelForCausalLM.from_pretrained(name), name, is_trainable=is_trainable
        )


class AutoPeftModelForSequenceClassification:
    @classmethod
    def from_pretrained(cls, name, adapter_name="default", is_trainable=False, config=None, **options):
        return PeftModel.from_pretrained(
            transformers.AutoModelForSequenceClassification.from_pretrained(name), name, is_trainable=is_trainable
        )
