"""LLaMA-Factory and axolotl: a flat configuration of the transformers Trainer, with the data and the adapter named in it.

Read off LLaMA-Factory 0.9 (``hparams/``, ``data/loader.py``, ``train/sft/workflow.py``) and axolotl 0.12
(``utils/schemas/config.py``, ``core/builders/``).
"""

import datasets
import peft
import transformers

from bpcheck.frameworks import at, does, unknown


def _network(cfg, name, tuned):
    at(cfg, "model_name_or_path", "base_model")
    model = transformers.AutoModelForCausalLM.from_pretrained(name)
    if tuned != "full":
        at(cfg, "finetuning_type", "adapter")
        return peft.get_peft_model(model, peft.LoraConfig())
    return model


def _data(cfg, *keys):
    at(cfg, *keys)
    return datasets.load_dataset(unknown())


def _held_out(cfg, named, size):
    """A set of its own, or a part that is split off; nothing where neither is asked for."""
    if cfg.get(named):
        return _data(cfg, named)
    if cfg.get(size, 0.0):
        return _data(cfg, size)
    return None


def _arguments(cfg, held_out, **options):
    at(cfg, "learning_rate")
    return transformers.TrainingArguments(
        learning_rate=cfg.get("learning_rate", 5e-5),
        max_grad_norm=cfg.get("max_grad_norm", 1.0),
        weight_decay=cfg.get("weight_decay", 0.0),
        eval_strategy="no" if held_out is None else "steps",
        **options,
    )


def _train(cfg, model, arguments, train_set, held_out, *keys):
    at(cfg, *keys)
    trainer = transformers.Trainer(model, arguments, train_dataset=train_set, eval_dataset=held_out)
    trainer.train()


def llamafactory(cfg):
    does(
        "LLaMA-Factory",
        "the transformers Trainer: clips at 1.0, decays linearly; no evaluation without val_size or eval_dataset",
    )
    if not cfg.get("do_train", False) or cfg.get("stage", "sft") != "sft":
        return
    held_out = _held_out(cfg, "eval_dataset", "val_size")
    arguments = _arguments(
        cfg,
        held_out,
        num_train_epochs=cfg.get("num_train_epochs", 3.0),
        lr_scheduler_type=cfg.get("lr_scheduler_type", "linear"),
    )
    model = _network(cfg, cfg.model_name_or_path, cfg.get("finetuning_type", "lora"))
    _train(cfg, model, arguments, _data(cfg, "dataset"), held_out, "dataset")


def axolotl(cfg):
    does(
        "axolotl",
        "the transformers Trainer: clips at 1.0, decays by a cosine; no evaluation without val_set_size or test_datasets",
    )
    if cfg.get("rl") or cfg.get("pretraining_dataset"):
        return
    held_out = _held_out(cfg, "test_datasets", "val_set_size")
    arguments = _arguments(
        cfg, held_out, num_train_epochs=cfg.get("num_epochs", 1.0), lr_scheduler_type=cfg.get("lr_scheduler", "cosine")
    )
    tuned = "full" if cfg.get("adapter") is None else "lora"
    model = _network(cfg, cfg.base_model, tuned)
    _train(cfg, model, arguments, _data(cfg, "datasets"), held_out, "datasets")
