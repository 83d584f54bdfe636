"""What a classifier gets wrong: its samples by loss, and a confusion matrix.

Loss and not accuracy ranks the samples: it is large where the network is sure and wrong, which is where mislabelled
data, duplicates and missing classes show up.

Source: fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 1 (most correct, most incorrect, most
uncertain), lesson 2 (``ClassificationInterpretation.top_losses``).

Common mistakes: a shuffled loader, whose positions are no indices; looking at accuracy only (BP112).

Practice: D4. Rules: BP112.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class TopLosses:
    """The samples with the largest losses, largest first; each field has shape ``(k,)``.

    ``index`` counts the samples in the order in which the loader gave them.
    """

    index: Tensor
    loss: Tensor
    prediction: Tensor
    target: Tensor
    probability: Tensor


@torch.no_grad()
def top_losses(model: nn.Module, loader: Iterable[tuple[Tensor, Tensor]], k: int = 9) -> TopLosses:
    """Run ``model`` over a loader and keep the ``k`` samples with the largest cross-entropy.

    The model is used in eval mode and left in the modes that it came with. Inputs are moved to its device.

    Args:
        model: gives logits of shape ``(batch, classes)``.
        loader: batches of inputs and int64 targets, not shuffled. A shuffling ``DataLoader`` is refused.
        k: how many; all, if there are fewer.

    Raises:
        ValueError: ``k`` is below 1, the loader shuffles, or it is empty.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
    if isinstance(getattr(loader, "sampler", None), torch.utils.data.RandomSampler):
        raise ValueError("loader must not shuffle: its positions would not be the indices of the samples")
    device = next(iter(model.parameters()), torch.empty(0)).device
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    rows = []
    try:
        for inputs, targets in loader:
            log_probabilities = F.log_softmax(model(inputs.to(device)).float(), dim=1).cpu()
            loss = F.nll_loss(log_probabilities, targets.cpu(), reduction="none")
            best = log_probabilities.max(dim=1)
            rows.append((loss, best.indices, targets.cpu(), best.values.exp()))
    finally:
        for module, training in modes:
            module.training = training
    if not rows:
        raise ValueError("loader must give at least one batch")
    losses, predictions, targets, probabilities = (torch.cat(parts) for parts in zip(*rows, strict=True))
    index = losses.argsort(descending=True, stable=True)[:k]
    return TopLosses(index, losses[index], predictions[index], targets[index], probabilities[index])


def confusion_matrix(predictions: Tensor, targets: Tensor, classes: int) -> Tensor:
    """Counts of shape ``(classes, classes)``: row = true class, column = predicted class.

    Args:
        predictions: int64 classes, shape ``(n,)``.
        targets: int64 classes, shape ``(n,)``.
        classes: the number of classes.

    Raises:
        ValueError: the shapes differ, or a class lies outside 0 to ``classes`` - 1.
    """
    if predictions.shape != targets.shape or predictions.dim() != 1:
        raise ValueError(f"predictions {tuple(predictions.shape)} and targets {tuple(targets.shape)} must both be (n,)")
    for name, values in (("predictions", predictions), ("targets", targets)):
        if len(values) and (int(values.min()) < 0 or int(values.max()) >= classes):
            raise ValueError(
                f"{name} must lie between 0 and {classes - 1}, but hold {int(values.min())} to {int(values.max())}"
            )
    return torch.bincount(targets * classes + predictions, minlength=classes * classes).view(classes, classes)


def most_uncertain(probabilities: Tensor, k: int = 9) -> Tensor:
    """Indices of the ``k`` samples whose two most likely classes are closest, closest first.

    Args:
        probabilities: shape ``(n, classes)``, at least two classes.
        k: how many; all, if there are fewer.
    """
    if probabilities.dim() != 2 or probabilities.shape[1] < 2:
        raise ValueError(
            f"probabilities must have shape (n, classes) with 2 or more classes, not {tuple(probabilities.shape)}"
        )
    best = probabilities.topk(2, dim=1).values
    return (best[:, 0] - best[:, 1]).argsort(stable=True)[:k]
