"""The plain training loop that most experiments share, over tensors that fit into memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

Loss = Callable[[Tensor, Tensor], Tensor]


def minibatches(*tensors: Tensor, size: int, shuffle: bool = True) -> Iterator[tuple[Tensor, ...]]:
    """Slices of ``size`` samples, in a new order if ``shuffle``; the last one may be smaller."""
    samples = len(tensors[0])
    order = (
        torch.randperm(samples).to(tensors[0].device) if shuffle else torch.arange(samples, device=tensors[0].device)
    )
    for part in order.split(size):
        yield tuple(tensor[part] for tensor in tensors)


def fit(
    model: nn.Module,
    inputs: Tensor,
    targets: Tensor,
    *,
    loss: Loss,
    optimizer: Optimizer,
    epochs: int,
    batch: int = 64,
    schedule: LRScheduler | None = None,
    max_norm: float | None = None,
    augment: Callable[[Tensor], Tensor] | None = None,
    shuffle: bool = True,
) -> list[float]:
    """Train, and return the mean loss of each epoch. A loss that is not finite ends the training: it is the last entry.

    Args:
        schedule: stepped after each batch.
        max_norm: gradients are clipped to it, if given.
        augment: applied to the inputs of each batch.
        shuffle: whether each epoch has an order of its own.
    """
    model.train()
    losses = []
    for _ in range(epochs):
        total = 0.0
        for part, wanted in minibatches(inputs, targets, size=batch, shuffle=shuffle):
            optimizer.zero_grad()
            value = loss(model(augment(part) if augment else part), wanted)
            value.backward()
            if max_norm is not None:
                nn.utils.clip_grad_norm_(model.parameters(), max_norm)
            optimizer.step()
            if schedule is not None:
                schedule.step()
            total += value.item() * len(part)
        losses.append(total / len(inputs))
        if not math.isfinite(losses[-1]):
            break
    return losses


@torch.no_grad()
def predictions(model: nn.Module, inputs: Tensor, *, batch: int = 1024) -> Tensor:
    """What the model gives for all inputs in eval mode; its mode is put back."""
    was_training = model.training
    model.eval()
    outputs = torch.cat([model(part) for part in inputs.split(batch)])
    model.train(was_training)
    return outputs


def accuracy(model: nn.Module, inputs: Tensor, labels: Tensor) -> float:
    """The share of inputs whose largest output is that of their label."""
    return (predictions(model, inputs).argmax(1) == labels).float().mean().item()


def train_classifier(
    model: nn.Module,
    inputs: Tensor,
    labels: Tensor,
    *,
    lr: float,
    epochs: int,
    batch: int = 64,
    weight_decay: float = 0.0,
    adaptive: bool = False,
    loss: Loss = nn.functional.cross_entropy,
    augment: Callable[[Tensor], Tensor] | None = None,
) -> list[float]:
    """:func:`fit` with cross-entropy or another loss, by SGD with momentum or AdamW; the rate falls from ``lr`` to 0 as a cosine.

    At the end the rate is small whatever it was before, so that a high one is not marked down for its noise alone.
    """
    optimizer: Optimizer = (
        torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=weight_decay)
        if adaptive
        else torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9, weight_decay=weight_decay)
    )
    steps = epochs * math.ceil(len(inputs) / batch)
    return fit(
        model,
        inputs,
        labels,
        loss=loss,
        optimizer=optimizer,
        epochs=epochs,
        batch=batch,
        schedule=torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps),
        augment=augment,
    )


def mlp(*widths: int) -> nn.Sequential:
    """Linear layers of these widths with ReLU between them, initialised as PyTorch does."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def small_cnn(classes: int = 10) -> nn.Sequential:
    """Three convolutions with batch normalisation for grey images of 8 by 8 pixels."""
    layers: list[nn.Module] = []
    for inputs, outputs, stride in ((1, 16, 1), (16, 32, 2), (32, 32, 2)):
        layers += [nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(32 * 2 * 2, classes))
