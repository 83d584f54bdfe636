"""The evaluation loop: eval mode, no graph, a mean over samples.

Source: PyTorch documentation, torch.no_grad and Module.eval,
https://docs.pytorch.org/docs/stable/notes/autograd.html.

Common mistakes: train mode (BP307), a graph that nobody uses (BP308), train mode lost afterwards (BP306), a mean of
batch means that weighs the last, smaller batch too much.

Practice: R8. Rules: BP306, BP307, BP308.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn

Metric = Callable[[Tensor, Tensor], Tensor]
"""From outputs and targets of a batch, one number for each sample, shape ``(batch,)``."""


@contextmanager
def evaluating(*models: nn.Module) -> Iterator[None]:
    """Eval mode without gradients; afterwards each submodule is in the mode that it had, frozen ones stay frozen."""
    modes = [(module, module.training) for model in models for module in model.modules()]
    for model in models:
        model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, training in modes:
            module.training = training


def evaluate(
    model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]], metrics: Mapping[str, Metric]
) -> dict[str, float]:
    """The mean of each metric over all samples. The model is left in the modes that it came with.

    Args:
        model: gives outputs for the inputs of a batch; they are moved to its device.
        batches: pairs of inputs and targets.
        metrics: by name; each gives one number for each sample.

    Raises:
        ValueError: there are no samples, or a metric gives another shape than ``(batch,)``.
    """
    device = next((weight.device for weight in model.parameters()), torch.device("cpu"))
    sums = dict.fromkeys(metrics, 0.0)
    samples = 0
    with evaluating(model):
        for inputs, targets in batches:
            outputs, targets = model(inputs.to(device)), targets.to(device)
            for name, metric in metrics.items():
                values = metric(outputs, targets)
                if values.shape != (len(targets),):
                    raise ValueError(f"metric {name!r} must give shape ({len(targets)},), not {tuple(values.shape)}")
                sums[name] += float(values.double().sum())
            samples += len(targets)
    if not samples:
        raise ValueError("batches must hold at least one sample")
    return {name: total / samples for name, total in sums.items()}


def accuracy(outputs: Tensor, targets: Tensor) -> Tensor:
    """1 where the largest of the logits ``(batch, classes)`` is that of the class ``(batch,)``, else 0."""
    return (outputs.argmax(dim=1) == targets).float()
