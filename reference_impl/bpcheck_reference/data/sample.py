"""A small sample of the data, on which a program is brought to run before all of them are used.

The first rows of a file are no sample: files are often sorted by class or by date. A stratified one keeps the class
shares: class c with share p_c gets n * p_c samples, rounded by largest remainder, so that no class is off by one or
more. Rates tuned on a sample suit runs with as many optimizer steps, not as many epochs;
:func:`epochs_for_same_steps` says how many that are.

Source: fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 2 (``get_cv_idxs``, ``get_sample``).

Common mistakes: `dataset[:1000]` of sorted data, a sample without a seed (two experiments see two samples).

Practice: D1. Rules: BP113.
"""

from __future__ import annotations

import torch
from torch import Tensor


def stratified_sample(labels: Tensor, size: int, *, seed: int = 0) -> Tensor:
    """Indices of ``size`` samples whose classes have the shares that they have in ``labels``.

    Args:
        labels: integer classes, shape ``(n,)``.
        size: how many, at least 1 and at most ``n``.
        seed: the same seed gives the same sample.

    Returns:
        int64 indices in ascending order, shape ``(size,)``, each at most once.

    Raises:
        ValueError: ``labels`` is not one-dimensional, or ``size`` lies outside 1 to ``n``.
    """
    if labels.dim() != 1:
        raise ValueError(f"labels must have shape (n,), not {tuple(labels.shape)}")
    if not 1 <= size <= len(labels):
        raise ValueError(f"size must lie between 1 and the {len(labels)} labels, not {size}")
    generator = torch.Generator().manual_seed(seed)
    classes, counts = labels.cpu().unique(return_counts=True)
    exact = counts.double() * size / len(labels)
    wanted = exact.floor().long()
    missing = size - int(wanted.sum())
    wanted[(exact - wanted).argsort(descending=True, stable=True)[:missing]] += 1
    chosen = []
    for label, count in zip(classes, wanted.tolist(), strict=True):
        members = (labels.cpu() == label).nonzero().flatten()
        chosen.append(members[torch.randperm(len(members), generator=generator)[:count]])
    return torch.cat(chosen).sort().values


def head_bias(labels: Tensor, size: int) -> float:
    """How unlike the whole the first ``size`` samples are: the total-variation distance of their class shares.

    0 means the same shares; 1 - 1/C is reached where the first samples are all of one of C equally frequent classes.

    Raises:
        ValueError: ``size`` lies outside 1 to ``len(labels)``.
    """
    if not 1 <= size <= len(labels):
        raise ValueError(f"size must lie between 1 and the {len(labels)} labels, not {size}")
    classes = labels.unique()
    of_all = torch.stack([(labels == label).double().mean() for label in classes])
    of_head = torch.stack([(labels[:size] == label).double().mean() for label in classes])
    return float((of_all - of_head).abs().sum() / 2)


def epochs_for_same_steps(samples: int, sample_size: int, epochs: int) -> int:
    """Epochs over a sample in which the optimizer takes as many steps as in ``epochs`` over all ``samples``.

    Raises:
        ValueError: one of the arguments is below 1, or ``sample_size`` above ``samples``.
    """
    for name, value in (("samples", samples), ("sample_size", sample_size), ("epochs", epochs)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, not {value}")
    if sample_size > samples:
        raise ValueError(f"sample_size must be at most samples ({samples}), not {sample_size}")
    return max(round(epochs * samples / sample_size), 1)
