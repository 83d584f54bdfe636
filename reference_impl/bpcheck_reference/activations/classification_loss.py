"""Cross-entropy on logits: log-softmax once, inside the loss.

log softmax(x)_c = x_c - max(x) - log sum exp(x - max(x)). Written as ``log(softmax(x))`` it is -inf as soon as one
logit lies about 104 above another (float32), and its gradient NaN. Applied twice, the loss cannot fall below log(1 +
(C - 1) / e), 1.461 for ten classes.

Source: fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 6 (``log_softmax`` with ``nll_loss``);
PyTorch documentation, CrossEntropyLoss,
https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html.

Common mistakes: softmax before ``cross_entropy`` (BP403), ``log(softmax(x))`` (BP401), ``nll_loss`` of logits
(BP405).

Practice: A1. Rules: BP401, BP403, BP404, BP405, BP410, BP412.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def cross_entropy(logits: Tensor, targets: Tensor, *, smoothing: float = 0.0) -> Tensor:
    """The mean cross-entropy, computed in float32 at least.

    Args:
        logits: shape ``(batch, classes)``, of any size: nothing overflows.
        targets: int64 classes, shape ``(batch,)``.
        smoothing: label smoothing: the share of each target spread over all classes, from 0 to below 1.

    Returns:
        A scalar.

    Raises:
        ValueError: the shapes do not fit, or ``smoothing`` is out of range.
    """
    if logits.dim() != 2 or targets.shape != logits.shape[:1]:
        raise ValueError(
            f"logits must be (batch, classes) and targets (batch,), not {tuple(logits.shape)} and {tuple(targets.shape)}"
        )
    if not 0 <= smoothing < 1:
        raise ValueError(f"smoothing must lie between 0 and below 1, not {smoothing}")
    logits = logits.float() if logits.dtype in (torch.float16, torch.bfloat16) else logits
    log_probabilities = F.log_softmax(logits, dim=1)
    picked = -log_probabilities.gather(1, targets[:, None]).mean()
    return (1 - smoothing) * picked - smoothing * log_probabilities.mean()


def double_softmax_floor(classes: int) -> float:
    """The smallest loss that cross-entropy can reach when it is given probabilities: log(1 + (classes - 1) / e)."""
    if classes < 1:
        raise ValueError(f"classes must be at least 1, not {classes}")
    return math.log(1 + (classes - 1) / math.e)


class LogitClassifier(nn.Module):
    """A classifier whose ``forward`` gives logits, in training and in evaluation; probabilities only on request.

    Args:
        network: from inputs to logits, shape ``(batch, classes)``.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits, shape ``(batch, classes)``."""
        logits: Tensor = self.network(inputs)
        return logits

    @torch.no_grad()
    def probabilities(self, inputs: Tensor) -> Tensor:
        """Probabilities of shape ``(batch, classes)``, in eval mode; the modes are put back."""
        modes = [(module, module.training) for module in self.modules()]
        self.eval()
        try:
            return self(inputs).softmax(dim=1)
        finally:
            for module, training in modes:
                module.training = training
