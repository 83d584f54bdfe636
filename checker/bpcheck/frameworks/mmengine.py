"""OpenMMLab: a configuration is the program. The Runner owns modes, gradients, steps and validation.

Read off mmengine 0.10 (``runner/runner.py``, ``runner/loops.py``, ``optim/optimizer/optimizer_wrapper.py``,
``hooks/checkpoint_hook.py``), mmpretrain 1.2 configs, and mmcv 1 (``runner/epoch_based_runner.py``) for the older keys.
"""

import datasets
import torch

from bpcheck.frameworks import at, does, network, unknown


def _part(described):
    """A backbone, with pretrained weights where it says so; ``frozen_stages`` keeps a part of it as it is."""
    init = described.get("init_cfg")
    at(described)
    pretrained = isinstance(init, dict) and init.get("type") == "Pretrained"
    body = network(described.get("type"), pretrained=pretrained)
    if described.get("frozen_stages", -1) >= 0:
        for parameter in body.parameters():
            if unknown():
                parameter.requires_grad = False
    return body


def _network(cfg):
    model = cfg["model"]
    at(model)
    if cfg.get("load_from"):
        return network(model.get("type"), pretrained=True)
    backbone = model.get("backbone")
    if not isinstance(backbone, dict):
        return network(model.get("type"))
    if isinstance(model.get("pretrained"), str):
        return network(backbone.get("type"), pretrained=True)
    return _part(backbone)


def _supervised(model):
    """Classifiers, segmenters and detectors, told by their heads: what else there is may need no labels."""
    if "decode_head" in model or "bbox_head" in model or "roi_head" in model or "mask_head" in model:
        return True
    return model.get("type") == "ImageClassifier"


def _layer_wise(wrapper):
    """Whether some parameters get another rate than the rest."""
    if wrapper.get("constructor") is not None:
        return True
    paramwise = wrapper.get("paramwise_cfg")
    if not isinstance(paramwise, dict):
        return False
    if "layer_decay_rate" in paramwise or "decay_rate" in paramwise:
        return True
    for each in paramwise.get("custom_keys", {}).values():
        if "lr_mult" in each:
            return True
    return False


def _optimizer(cfg, trained):
    wrapper = cfg.get("optim_wrapper", {})
    described = wrapper.get("optimizer", cfg.get("optimizer"))
    at(cfg, "optim_wrapper", "optimizer")
    at(described)
    parameters = trained.parameters()
    rate = described.get("lr", unknown())
    if _layer_wise(wrapper) or _layer_wise(described):
        parameters = [{"params": trained.parameters(), "lr": rate}, {"params": trained.parameters(), "lr": unknown()}]
    name = described.get("type")
    if name == "Adam":
        return torch.optim.Adam(parameters, lr=rate, weight_decay=described.get("weight_decay", 0.0))
    if name == "SGD":
        return torch.optim.SGD(parameters, lr=rate, weight_decay=described.get("weight_decay", 0.0))
    if name == "AdamW":
        return torch.optim.AdamW(parameters, lr=rate, weight_decay=described.get("weight_decay", 0.01))
    return torch.optim.Optimizer(parameters, {})


def _schedule(cfg, optimizer):
    at(cfg, "param_scheduler", "lr_config")
    if cfg.get("param_scheduler"):
        return torch.optim.lr_scheduler.LambdaLR(optimizer, unknown())
    old = cfg.get("lr_config")
    if old and old.get("policy") != "fixed":
        return torch.optim.lr_scheduler.LambdaLR(optimizer, unknown())
    return None


def _clips(cfg):
    old = cfg.get("optimizer_config")
    return cfg.get("optim_wrapper", {}).get("clip_grad") or (old and old.get("grad_clip"))


def _data(loader):
    dataset = loader.get("dataset", loader)
    at(dataset)
    return datasets.load_dataset(unknown(), split=dataset.get("split", dataset.get("ann_file")))


def _held_out(cfg):
    if "train_dataloader" not in cfg:
        return cfg["data"].get("val")
    return None if cfg.get("val_cfg", {}) is None else cfg.get("val_dataloader")


def _selects(cfg):
    hook = cfg.get("default_hooks", {}).get("checkpoint", {})
    old = cfg.get("evaluation", {})
    return hook.get("save_best") or old.get("save_best")


def _epochs(cfg):
    epochs = cfg.get("train_cfg", {}).get("max_epochs", cfg.get("total_epochs"))
    if epochs is None and isinstance(cfg.get("runner"), dict):
        epochs = cfg["runner"].get("max_epochs")
    return unknown() if epochs is None else range(epochs)


def _validate(cfg, trained, held_out):
    at(cfg, "val_dataloader", "data")
    trained.eval()
    with torch.no_grad():
        for images, labels in torch.utils.data.DataLoader(held_out):
            score = torch.nn.functional.cross_entropy(trained(images), labels)
            if _selects(cfg):
                at(cfg, "default_hooks", "evaluation")
                if score < unknown():
                    torch.save(trained.state_dict(), unknown())
    trained.train()


def run(cfg):
    does(
        "mmengine Runner",
        "train() and eval(), no gradients in validation, zero_grad, backward and step; clipping only with clip_grad, a "
        "schedule only with param_scheduler, a best checkpoint only with save_best",
    )
    model = cfg["model"]
    if "discriminator" in model or "generator" in model:
        return
    trained = _network(cfg)
    optimizer = _optimizer(cfg, trained)
    schedule = _schedule(cfg, optimizer)
    train_set = _data(cfg["train_dataloader"] if "train_dataloader" in cfg else cfg["data"]["train"])
    described = _held_out(cfg)
    held_out = None if described is None else _data(described)
    supervised = _supervised(model)
    at(cfg, "train_dataloader", "data")
    trained.train()
    for _ in _epochs(cfg):
        for images, labels in torch.utils.data.DataLoader(train_set):
            optimizer.zero_grad()
            output = trained(images)
            loss = torch.nn.functional.cross_entropy(output, labels) if supervised else output.mean()
            loss.backward()
            if _clips(cfg):
                torch.nn.utils.clip_grad_norm_(trained.parameters(), 1.0)
            optimizer.step()
        if schedule is not None:
            schedule.step()
        if held_out is not None:
            _validate(cfg, trained, held_out)
