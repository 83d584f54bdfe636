"""TRL: trainers of transformers for language models. Supervised fine-tuning is one; preferences and rewards have losses of their own.

Read off trl 1.16: ``trainer/sft_trainer.py``, ``trainer/sft_config.py``, ``trainer/base_config.py``, ``trainer/dpo_trainer.py``,
``trainer/reward_trainer.py``, ``trainer/kto_trainer.py``, ``trainer/model_config.py``, ``trainer/utils.py``, ``scripts/utils.py``.
"""

from dataclasses import dataclass

import datasets
import peft
import torch
import transformers
import yaml

from bpcheck.frameworks import unknown


@dataclass
class SFTConfig(transformers.TrainingArguments):
    learning_rate: float = 2e-5
    max_length: int = 1024
    dataset_text_field: str = "text"
    packing: bool = False
    model_init_kwargs: dict = None


@dataclass
class DPOConfig(transformers.TrainingArguments):
    learning_rate: float = 1e-6
    model_init_kwargs: dict = None


@dataclass
class KTOConfig(transformers.TrainingArguments):
    learning_rate: float = 1e-6
    train_sampling_strategy: str = "sequential"
    model_init_kwargs: dict = None


@dataclass
class RewardConfig(transformers.TrainingArguments):
    learning_rate: float = 1e-4
    model_init_kwargs: dict = None


@dataclass
class ScriptArguments:
    dataset_name: str = None
    dataset_config: str = None
    dataset_train_split: str = "train"
    dataset_test_split: str = "test"
    dataset_streaming: bool = False


@dataclass
class ModelConfig:
    model_name_or_path: str = None
    model_revision: str = "main"
    dtype: str = "float32"
    attn_implementation: str = None
    use_peft: bool = False
    load_in_8bit: bool = False
    load_in_4bit: bool = False


class TrlParser(transformers.HfArgumentParser):
    def parse_args_and_config(
        self, args=None, return_remaining_strings=False, fail_with_unknown_args=True, separate_remaining_strings=False
    ):
        with open(unknown("--config")) as file:
            made = self._made(yaml.safe_load(file))
        return (*made, []) if return_remaining_strings else made


def get_peft_config(model_args):
    return peft.LoraConfig() if model_args.use_peft else None


def get_quantization_config(model_args):
    return None


def get_kbit_device_map():
    return None


def get_dataset(mixture_config):
    return datasets.load_dataset(unknown())


def setup_chat_format(model, tokenizer, **options):
    return model, tokenizer


class SFTTrainer(transformers.Trainer):
    def __init__(
        self, model=None, args=None, data_collator=None, train_dataset=None, eval_dataset=None, processing_class=None,
        compute_loss_func=None, compute_metrics=None, callbacks=None, optimizers=(None, None), optimizer_cls_and_kwargs=None,
        preprocess_logits_for_metrics=None, quantization_config=None, peft_config=None, formatting_func=None, tokenizer=None,
        model_init=None, **earlier,
    ):  # fmt: skip
        super().__init__(
            _network(transformers.AutoModelForCausalLM, model, peft_config), SFTConfig() if args is None else args,
            data_collator, train_dataset, eval_dataset, tokenizer if processing_class is None else processing_class,
            model_init, compute_loss_func, compute_metrics, callbacks, optimizers, optimizer_cls_and_kwargs,
            preprocess_logits_for_metrics,
        )  # fmt: skip


def _network(auto, model, peft_config):
    if model is None or isinstance(model, str):  # None is an option that was not given
        model = auto.from_pretrained(model)
    if peft_config is not None:
        model = peft.get_peft_model(model, peft_config)
    return model


class DPOTrainer(transformers.Trainer):
    """Of two answers one is preferred; there is no target that an output is compared with."""

    def __init__(
        self, model=None, ref_model=None, args=None, data_collator=None, train_dataset=None, eval_dataset=None,
        processing_class=None, compute_metrics=None, callbacks=None, optimizers=(None, None), peft_config=None, tokenizer=None,
        **other,
    ):  # fmt: skip
        super().__init__(
            _network(transformers.AutoModelForCausalLM, model, peft_config), DPOConfig() if args is None else args,
            data_collator, train_dataset, eval_dataset, tokenizer if processing_class is None else processing_class,
            compute_metrics=compute_metrics, callbacks=callbacks, optimizers=optimizers,
        )  # fmt: skip

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        outputs = model(inputs)
        loss = -torch.nn.functional.logsigmoid(outputs.logits).mean()
        return (loss, outputs) if return_outputs else loss


class KTOTrainer(DPOTrainer):
    pass


class RewardTrainer(DPOTrainer):
    def __init__(
        self, model=None, args=None, data_collator=None, train_dataset=None, eval_dataset=None, processing_class=None,
        compute_metrics=None, callbacks=None, optimizers=(None, None), peft_config=None, tokenizer=None, **other,
    ):  # fmt: skip
        super().__init__(
            _network(transformers.AutoModelForSequenceClassification, model, None), None,
            RewardConfig() if args is None else args, data_collator, train_dataset, eval_dataset, processing_class,
            compute_metrics, callbacks, optimizers, peft_config, tokenizer,
        )  # fmt: skip
