"""torchtune: a recipe is a fixed program that a configuration fills in; keys that are absent switch parts of it off.

Read off torchtune 0.6.1: ``recipes/full_finetune_single_device.py``, ``full_finetune_distributed.py``,
``lora_finetune_single_device.py``, ``lora_dpo_single_device.py``.
"""

import datasets
import torch
import transformers
from torchtune.config import instantiate

from bpcheck.frameworks import at, does, network, unknown


class LoRA(torch.nn.Module):
    """Adapters over a network that stays as it is."""

    def __init__(self, frozen):
        super().__init__()
        self.frozen = frozen
        self.adapter = torch.nn.Linear(1, 1, bias=False)

    def forward(self, tokens):
        return self.adapter(self.frozen(tokens))


def _network(cfg):
    """Pretrained weights come from the checkpointer; a LoRA builder freezes them and adds adapters of its own."""
    at(cfg.model)
    model = network(cfg.model._component_, pretrained=True, text=True)
    if "lora_" in cfg.model._component_ or "dora_" in cfg.model._component_:
        for parameter in model.parameters():
            parameter.requires_grad = False
        return LoRA(model)
    return model


def _loader(described, shuffle):
    at(described)
    return torch.utils.data.DataLoader(datasets.load_dataset(described), shuffle=shuffle)


def _loss(cfg, logits, labels):
    at(cfg.loss)
    if "rlhf" in cfg.loss._component_ or "DPO" in cfg.loss._component_:
        return -torch.nn.functional.logsigmoid(logits).mean()
    return torch.nn.functional.cross_entropy(logits, labels)


def _optimizer(cfg, model):
    at(cfg.optimizer)
    return instantiate(cfg.optimizer, model.parameters())


def _schedule(cfg, optimizer):
    if cfg.get("lr_scheduler") is None:
        return None
    at(cfg.lr_scheduler)
    return transformers.get_cosine_schedule_with_warmup(optimizer, unknown(), unknown())


def _step(cfg, model, optimizer, schedule):
    at(cfg.optimizer)
    if cfg.get("clip_grad_norm"):
        torch.nn.utils.clip_grad_norm_(model.parameters(), cfg.clip_grad_norm)
    optimizer.step()
    optimizer.zero_grad()
    if schedule is not None:
        schedule.step()


def _validate(cfg, model):
    if cfg.get("dataset_val") is None:
        return
    at(cfg.dataset_val)
    model.eval()
    with torch.no_grad():
        for tokens, labels in _loader(cfg.dataset_val, False):
            _loss(cfg, model(tokens), labels)
    model.train()


def recipe(cfg):
    does(
        "torchtune recipe",
        "zero_grad, backward and step; clipping only with clip_grad_norm; no schedule without lr_scheduler; no "
        "validation without dataset_val",
    )
    model = _network(cfg)
    optimizer = _optimizer(cfg, model)
    schedule = _schedule(cfg, optimizer)
    loader = _loader(cfg.dataset, cfg.get("shuffle", True))
    at(cfg.dataset)
    model.train()
    optimizer.zero_grad()
    for _ in range(cfg.epochs):
        for tokens, labels in loader:
            loss = _loss(cfg, model(tokens), labels)
            loss.backward()
            _step(cfg, model, optimizer, schedule)
        _validate(cfg, model)
