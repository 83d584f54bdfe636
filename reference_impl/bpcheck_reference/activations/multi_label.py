"""Several labels at once: a sigmoid for each, binary cross-entropy on logits, a threshold for each.

Softmax makes the labels compete: with three true ones none can be sure. A sigmoid answers each label's question by
itself. On logits, BCE(x, y) = max(x, 0) - x y + log(1 + exp(-|x|)) is finite and has a gradient everywhere; after a
rounded sigmoid it has none where the network is wrong and sure.

Source: fast.ai, Practical Deep Learning for Coders (2018), part 1, lessons 2 and 3 (planet: sigmoid, F2 threshold
search).

Common mistakes: softmax (BP402), ``BCELoss`` of logits (BP406), a sigmoid too many (BP407).

Practice: A2. Rules: BP402, BP406, BP407, BP408.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class MultiLabelHead(nn.Module):
    """A linear layer to one logit for each label, with a threshold for each.

    The thresholds are a buffer: ``state_dict`` carries them to where the model is used.

    Args:
        features: width of the input.
        labels: how many labels.
    """

    thresholds: Tensor

    def __init__(self, features: int, labels: int) -> None:
        super().__init__()
        for name, value in (("features", features), ("labels", labels)):
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        self.linear = nn.Linear(features, labels)
        self.register_buffer("thresholds", torch.full((labels,), 0.5))

    def forward(self, features: Tensor) -> Tensor:
        """Logits of shape ``(batch, labels)`` from features of shape ``(batch, features)``."""
        logits: Tensor = self.linear(features)
        return logits

    @torch.no_grad()
    def predict(self, features: Tensor) -> Tensor:
        """Which labels hold, as booleans of shape ``(batch, labels)``."""
        return self(features).sigmoid() > self.thresholds

    def set_thresholds(self, probabilities: Tensor, targets: Tensor, *, beta: float = 1.0) -> None:
        """Choose for each label the threshold with the best F-beta on *validation* data.

        Args:
            probabilities: shape ``(n, labels)``.
            targets: 0 or 1, shape ``(n, labels)``.
            beta: weight of recall; the course used 2. Positive.
        """
        self.thresholds.copy_(best_thresholds(probabilities, targets, beta=beta))


def multi_label_loss(logits: Tensor, targets: Tensor, *, positive_weight: Tensor | None = None) -> Tensor:
    """The mean binary cross-entropy over batch and labels.

    Args:
        logits: shape ``(batch, labels)``.
        targets: 0 or 1 (or in between) of the same shape, of any dtype.
        positive_weight: for each label, how much more a true one counts, shape ``(labels,)``.

    Raises:
        ValueError: the shapes differ.
    """
    if logits.shape != targets.shape:
        raise ValueError(f"logits {tuple(logits.shape)} and targets {tuple(targets.shape)} must have one shape")
    return F.binary_cross_entropy_with_logits(logits, targets.to(logits.dtype), pos_weight=positive_weight)


def f_beta(predicted: Tensor, targets: Tensor, *, beta: float = 1.0) -> Tensor:
    """(1 + b^2) TP / ((1 + b^2) TP + b^2 FN + FP) for each label, shape ``(labels,)``; 0 where nothing is true or predicted."""
    if not beta > 0:
        raise ValueError(f"beta must be positive, not {beta}")
    predicted, targets = predicted.double(), targets.double()
    hits = (predicted * targets).sum(dim=0) * (1 + beta**2)
    errors = beta**2 * ((1 - predicted) * targets).sum(dim=0) + (predicted * (1 - targets)).sum(dim=0)
    return hits / (hits + errors).clamp(min=1e-12)


def best_thresholds(probabilities: Tensor, targets: Tensor, *, beta: float = 1.0) -> Tensor:
    """For each label, the threshold among 0.05, 0.10 ... 0.95 with the best F-beta; the lowest one of several.

    Raises:
        ValueError: the shapes differ, or ``beta`` is not positive.
    """
    if probabilities.shape != targets.shape or probabilities.dim() != 2:
        raise ValueError(
            f"probabilities {tuple(probabilities.shape)} and targets {tuple(targets.shape)} must both be (n, labels)"
        )
    candidates = torch.arange(1, 20, device=probabilities.device) / 20
    scores = torch.stack([f_beta(probabilities > candidate, targets, beta=beta) for candidate in candidates])
    return candidates[scores.argmax(dim=0)]
