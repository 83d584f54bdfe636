"""Training and validation indices: stratified, by group, or by time.

Validation data must be to training as the future use will be: unseen samples of the same classes (stratified), unseen
patients or speakers (groups), or later days (time). A random split of a time series or of several pictures of one
patient reports a score that the model will not reach in use.

Source: fast.ai, Practical Deep Learning for Coders (2018), part 1, lessons 2 and 3; R. Thomas, How (and why) to
create a good validation set, 2017, https://www.fast.ai/posts/2017-11-13-validation-sets.html.

Common mistakes: the leaderboard or the test set in the place of validation data (BP102), statistics fitted on all
rows before the split (BP103), no seed.

Practice: D2. Rules: BP101, BP102, BP103, BP115.
"""

from __future__ import annotations

import torch
from torch import Tensor


def stratified_split(labels: Tensor, valid: float = 0.2, *, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Training and validation indices; each class gives the share ``valid`` of its samples, rounded, to validation.

    Args:
        labels: integer classes, shape ``(n,)``. A class with one sample stays in training.
        valid: share of each class, between 0 and 1 exclusive.
        seed: the same seed gives the same split.

    Returns:
        Two int64 index tensors in ascending order. They are disjoint and together hold 0 to n - 1.

    Raises:
        ValueError: ``labels`` is not one-dimensional, ``valid`` is out of range, or one side would be empty.
    """
    _check_share(valid)
    if labels.dim() != 1:
        raise ValueError(f"labels must have shape (n,), not {tuple(labels.shape)}")
    generator = torch.Generator().manual_seed(seed)
    held_out = torch.zeros(len(labels), dtype=torch.bool)
    for label in labels.cpu().unique():
        members = (labels.cpu() == label).nonzero().flatten()
        count = min(round(len(members) * valid), len(members) - 1)
        held_out[members[torch.randperm(len(members), generator=generator)[:count]]] = True
    return _sides(held_out)


def group_split(groups: Tensor, valid: float = 0.2, *, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Training and validation indices that share no group.

    Groups are taken in random order until validation holds the share ``valid`` of the samples, at least one group.

    Args:
        groups: the group (patient, speaker, document) of each sample as an integer, shape ``(n,)``.
        valid: wanted share of the samples, between 0 and 1 exclusive.
        seed: the same seed gives the same split.

    Raises:
        ValueError: ``valid`` is out of range, or there are fewer than two groups.
    """
    _check_share(valid)
    names = groups.cpu().unique()
    if len(names) < 2:
        raise ValueError(f"groups must hold at least 2 groups, not {len(names)}")
    order = names[torch.randperm(len(names), generator=torch.Generator().manual_seed(seed))]
    held_out = torch.zeros(len(groups), dtype=torch.bool)
    for name in order[:-1]:  # the last one stays in training
        members = groups.cpu() == name
        after = int((held_out | members).sum())
        if held_out.any() and after > valid * len(groups):
            continue
        held_out |= members
    return _sides(held_out)


def time_split(times: Tensor, valid: float = 0.2, *, gap: float = 0.0) -> tuple[Tensor, Tensor]:
    """Training indices that all lie before the validation indices, with at least ``gap`` between them.

    Args:
        times: when each sample happened, in any order and any unit, shape ``(n,)``.
        valid: share of the samples, the latest ones; samples of one time stay together.
        gap: time in the unit of ``times`` that lies unused between both, for targets that look ahead.

    Returns:
        Two int64 index tensors in the order of time. With a gap, some samples are in neither.

    Raises:
        ValueError: ``valid`` is out of range, ``gap`` is negative, or one side would be empty.
    """
    _check_share(valid)
    if gap < 0:
        raise ValueError(f"gap must not be negative, but is {gap}")
    order = times.cpu().argsort(stable=True)
    start = times.cpu()[order[min(round(len(times) * (1 - valid)), len(times) - 1)]]
    ordered = times.cpu()[order]
    train, held_out = order[(ordered < start) & (ordered + gap <= start)], order[ordered >= start]
    if not len(train) or not len(held_out):
        raise ValueError(
            f"valid={valid} and gap={gap} leave {len(train)} samples for training, {len(held_out)} for validation"
        )
    return train, held_out


def check_disjoint(train: Tensor, valid: Tensor) -> None:
    """Raise ``ValueError`` with the first five indices that stand in both."""
    shared = train[torch.isin(train, valid)].unique()
    if len(shared):
        raise ValueError(f"{len(shared)} samples are in training and in validation, among them {shared[:5].tolist()}")


def _check_share(valid: float) -> None:
    if not 0 < valid < 1:
        raise ValueError(f"valid must lie between 0 and 1, not {valid}")


def _sides(held_out: Tensor) -> tuple[Tensor, Tensor]:
    train, valid = (~held_out).nonzero().flatten(), held_out.nonzero().flatten()
    if not len(train) or not len(valid):
        raise ValueError(
            f"{len(held_out)} samples are too few to split: {len(train)} for training, {len(valid)} for validation"
        )
    return train, valid
