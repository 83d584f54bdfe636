# mypy: ignore-errors
"""What is timed: a training script as people write them, of some 300 lines. It is read by bpcheck and never run."""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import random
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Subset
from torchvision import datasets, transforms

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
CLASSES = 10


def parse_args():
    parser = argparse.ArgumentParser(description="a residual network on CIFAR-10")
    parser.add_argument("--data", default="data", help="where the images are, or are downloaded to")
    parser.add_argument("--output", default="runs/latest")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--weight-decay", type=float, default=5e-2)
    parser.add_argument("--warmup", type=int, default=5, help="epochs")
    parser.add_argument("--smoothing", type=float, default=0.1)
    parser.add_argument("--clip", type=float, default=1.0)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--depth", type=int, default=3, help="blocks in each stage")
    parser.add_argument("--drop-path", type=float, default=0.1)
    parser.add_argument("--ema", type=float, default=0.999)
    parser.add_argument("--patience", type=int, default=15)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", default="")
    parser.add_argument("--amp", action="store_true")
    return parser.parse_args()


def seed_everything(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.cuda.manual_seed_all(seed)


class DropPath(nn.Module):
    """Leaves a residual branch out, for some of the images of a batch."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        if not self.training or self.rate == 0.0:
            return x
        keep = 1.0 - self.rate
        mask = torch.rand(x.size(0), 1, 1, 1, device=x.device) < keep
        return x * mask / keep


class SqueezeExcite(nn.Module):
    def __init__(self, channels, reduction=4):
        super().__init__()
        self.reduce = nn.Conv2d(channels, channels // reduction, 1)
        self.expand = nn.Conv2d(channels // reduction, channels, 1)

    def forward(self, x):
        weights = x.mean((2, 3), keepdim=True)
        weights = self.expand(F.relu(self.reduce(weights)))
        return x * weights.sigmoid()


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride=1, drop_path=0.0):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.excite = SqueezeExcite(outputs)
        self.drop_path = DropPath(drop_path)
        self.shortcut = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        out = F.relu(self.norm1(self.conv1(x)))
        out = self.excite(self.norm2(self.conv2(out)))
        return F.relu(self.shortcut(x) + self.drop_path(out))


class ResNet(nn.Module):
    def __init__(self, width=64, depth=3, classes=CLASSES, drop_path=0.0):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)
        )
        rates = [drop_path * i / (3 * depth - 1) for i in range(3 * depth)]
        stages, inputs = [], width
        for stage in range(3):
            outputs = width * 2**stage
            for i in range(depth):
                stride = 2 if stage > 0 and i == 0 else 1
                stages.append(Block(inputs, outputs, stride, rates[stage * depth + i]))
                inputs = outputs
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(inputs, classes)
        self.apply(self.init_weights)

    @staticmethod
    def init_weights(module):
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, nn.Linear):
            nn.init.zeros_(module.bias)

    def forward(self, x):
        x = self.stages(self.stem(x))
        return self.head(x.mean((2, 3)))


class Average:
    """A running mean that is kept on the device until somebody asks."""

    def __init__(self):
        self.total, self.count = 0.0, 0

    def update(self, value, count=1):
        self.total += value * count
        self.count += count

    @property
    def value(self):
        return self.total / max(self.count, 1)


class WeightAverage:
    """An exponential moving average of the weights of a network."""

    def __init__(self, model, decay):
        self.decay = decay
        self.weights = {name: value.detach().clone() for name, value in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model):
        for name, value in model.state_dict().items():
            if value.dtype.is_floating_point:
                self.weights[name].mul_(self.decay).add_(value, alpha=1 - self.decay)
            else:
                self.weights[name].copy_(value)


def make_loaders(args):
    normalize = transforms.Normalize(MEAN, STD)
    augment = transforms.Compose(
        [
            transforms.RandomCrop(32, padding=4),
            transforms.RandomHorizontalFlip(),
            transforms.ColorJitter(0.1, 0.1, 0.1),
            transforms.ToTensor(),
            normalize,
        ]
    )
    plain = transforms.Compose([transforms.ToTensor(), normalize])
    augmented = datasets.CIFAR10(args.data, train=True, download=True, transform=augment)
    unchanged = datasets.CIFAR10(args.data, train=True, download=True, transform=plain)
    order = torch.randperm(len(augmented), generator=torch.Generator().manual_seed(args.seed)).tolist()
    held_out = len(order) // 10
    train_set, val_set = Subset(augmented, order[held_out:]), Subset(unchanged, order[:held_out])
    test_set = datasets.CIFAR10(args.data, train=False, download=True, transform=plain)
    options = {"num_workers": args.workers, "pin_memory": True}
    train_loader = DataLoader(train_set, args.batch_size, shuffle=True, drop_last=True, **options)
    val_loader = DataLoader(val_set, args.batch_size * 2, shuffle=False, **options)
    test_loader = DataLoader(test_set, args.batch_size * 2, shuffle=False, **options)
    return train_loader, val_loader, test_loader


def make_optimizer(model, args):
    decayed, others = [], []
    for _, parameter in model.named_parameters():
        (decayed if parameter.ndim > 1 else others).append(parameter)
    groups = [{"params": decayed, "weight_decay": args.weight_decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=args.lr)


def make_scheduler(optimizer, steps_per_epoch, args):
    warmup, total = args.warmup * steps_per_epoch, args.epochs * steps_per_epoch

    def factor(step):
        if step < warmup:
            return (step + 1) / warmup
        progress = (step - warmup) / max(total - warmup, 1)
        return 0.5 * (1 + math.cos(math.pi * progress))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, factor)


def accuracy(logits, labels, topk=(1,)):
    """The share of images whose label is among the ``k`` likeliest, for each ``k``."""
    ranked = logits.topk(max(topk), dim=1).indices
    hits = ranked.eq(labels.view(-1, 1))
    return [hits[:, :k].any(dim=1).float().mean().item() for k in topk]


def train_one_epoch(model, loader, criterion, optimizer, scheduler, scaler, average, device, args):
    model.train()
    losses, top1 = Average(), Average()
    started = time.time()
    for step, (images, labels) in enumerate(loader):
        images, labels = images.to(device, non_blocking=True), labels.to(device, non_blocking=True)
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device.type, enabled=args.amp):
            logits = model(images)
            loss = criterion(logits, labels)
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(model.parameters(), args.clip)
        scaler.step(optimizer)
        scaler.update()
        scheduler.step()
        average.update(model)
        losses.update(loss.item(), len(images))
        top1.update(accuracy(logits.detach(), labels)[0], len(images))
        if step % 50 == 0:
            rate = losses.count / (time.time() - started)
            print(f"  step {step:4d}  loss {losses.value:.4f}  acc {top1.value:.3f}  {rate:.0f} images/s")
    return losses.value, top1.value


@torch.no_grad()
def evaluate(model, loader, criterion, device):
    model.eval()
    losses, top1, top5 = Average(), Average(), Average()
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        logits = model(images)
        first, fifth = accuracy(logits, labels, (1, 5))
        losses.update(criterion(logits, labels).item(), len(images))
        top1.update(first, len(images))
        top5.update(fifth, len(images))
    return losses.value, top1.value, top5.value


def save(path, model, average, optimizer, scheduler, epoch, best):
    state = {
        "model": model.state_dict(),
        "average": average.weights,
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "epoch": epoch,
        "best": best,
    }
    torch.save(state, path)


def resume(path, model, average, optimizer, scheduler):
    state = torch.load(path, map_location="cpu")
    model.load_state_dict(state["model"])
    average.weights = state["average"]
    optimizer.load_state_dict(state["optimizer"])
    scheduler.load_state_dict(state["scheduler"])
    return state["epoch"] + 1, state["best"]


def main():
    args = parse_args()
    seed_everything(args.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    output = Path(args.output)
    output.mkdir(parents=True, exist_ok=True)
    (output / "args.json").write_text(json.dumps(vars(args), indent=2))

    train_loader, val_loader, test_loader = make_loaders(args)
    model = ResNet(args.width, args.depth, drop_path=args.drop_path).to(device)
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.1f} million parameters on {device}")
    criterion = nn.CrossEntropyLoss(label_smoothing=args.smoothing)
    optimizer = make_optimizer(model, args)
    scheduler = make_scheduler(optimizer, len(train_loader), args)
    scaler = torch.cuda.amp.GradScaler(enabled=args.amp)
    average = WeightAverage(model, args.ema)

    first, best, since_best = 0, 0.0, 0
    if args.resume and os.path.exists(args.resume):
        first, best = resume(args.resume, model, average, optimizer, scheduler)

    with open(output / "log.csv", "a", newline="") as file:
        log = csv.writer(file)
        log.writerow(["epoch", "train_loss", "train_acc", "val_loss", "val_acc", "val_top5", "lr"])
        for epoch in range(first, args.epochs):
            print(f"epoch {epoch}")
            train_loss, train_acc = train_one_epoch(
                model, train_loader, criterion, optimizer, scheduler, scaler, average, device, args
            )
            val_loss, val_acc, val_top5 = evaluate(model, val_loader, criterion, device)
            log.writerow([epoch, train_loss, train_acc, val_loss, val_acc, val_top5, scheduler.get_last_lr()[0]])
            print(f"  validation: loss {val_loss:.4f}  top-1 {val_acc:.3f}  top-5 {val_top5:.3f}")
            if val_acc > best:
                best, since_best = val_acc, 0
                save(output / "best.pt", model, average, optimizer, scheduler, epoch, best)
            else:
                since_best += 1
                if since_best >= args.patience:
                    print(f"no better for {args.patience} epochs, which is enough")
                    break

    resume(output / "best.pt", model, average, optimizer, scheduler)
    model.load_state_dict(average.weights)
    test_loss, test_acc, test_top5 = evaluate(model, test_loader, criterion, device)
    print(f"test: loss {test_loss:.4f}  top-1 {test_acc:.3f}  top-5 {test_top5:.3f}")
    (output / "result.json").write_text(json.dumps({"best": best, "test": test_acc, "test_loss": test_loss}))


if __name__ == "__main__":
    main()
