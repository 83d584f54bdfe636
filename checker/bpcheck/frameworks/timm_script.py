"""timm's training script: ``args.yaml`` says all of it, and is written beside every run.

Read off timm 1.0: ``train.py``, ``optim/_optim_factory.py``, ``scheduler/scheduler_factory.py``.
"""

import torch
import torchvision

from bpcheck.frameworks import at, does, network, unknown


def _optimizer(cfg, trained):
    at(cfg, "opt", "lr")
    rate = cfg.get("lr", unknown())
    parameters = trained.parameters()
    if cfg.get("layer_decay"):
        parameters = [{"params": trained.parameters(), "lr": rate}, {"params": trained.parameters(), "lr": unknown()}]
    name = cfg.get("opt", "sgd")
    decay = cfg.get("weight_decay", 2e-5)
    if name == "adam":
        return torch.optim.Adam(parameters, lr=rate, weight_decay=decay)
    if name == "adamw":
        return torch.optim.AdamW(parameters, lr=rate, weight_decay=decay)
    if name in ("sgd", "momentum", "nesterov"):
        return torch.optim.SGD(parameters, lr=rate, weight_decay=decay)
    return torch.optim.Optimizer(parameters, {})


def train_script(cfg):
    does(
        "timm's train.py",
        "train() and eval(), no gradients in evaluation, zero_grad, backward and step; a validation set and the best "
        "checkpoint on it; a cosine unless sched says otherwise; no clipping without clip_grad",
    )
    at(cfg, "model")
    trained = network(cfg.model, pretrained=cfg.get("pretrained", False))
    optimizer = _optimizer(cfg, trained)
    at(cfg, "sched", "epochs")
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, unknown()) if cfg.get("sched", "cosine") != "none" else None
    at(cfg, "epochs")
    augmented = None if cfg.get("no_aug") else torchvision.transforms.RandomResizedCrop(unknown())
    train_set = torchvision.datasets.ImageFolder("train", augmented)
    valid_set = torchvision.datasets.ImageFolder("val")
    for _ in range(cfg.get("epochs", 300)):
        trained.train()
        for images, labels in torch.utils.data.DataLoader(train_set, shuffle=True):
            torch.nn.functional.cross_entropy(trained(images), labels).backward()
            if cfg.get("clip_grad"):
                torch.nn.utils.clip_grad_norm_(trained.parameters(), cfg.clip_grad)
            optimizer.step()
            optimizer.zero_grad()
        trained.eval()
        with torch.inference_mode():
            for images, labels in torch.utils.data.DataLoader(valid_set):
                score = torch.nn.functional.cross_entropy(trained(images), labels)
        if score < unknown():
            torch.save(trained.state_dict(), "best.pth.tar")
        if schedule is not None:
            schedule.step()
