"""Splits are disjoint, keep what belongs together, and hold what was asked for."""

from __future__ import annotations

import pytest
import torch
from bpcheck_reference.data.splits import check_disjoint, group_split, stratified_split, time_split


def test_stratified() -> None:
    labels = torch.tensor([0] * 50 + [1] * 30 + [2])
    train, valid = stratified_split(labels, 0.2)
    assert torch.bincount(labels[valid], minlength=3).tolist() == [10, 6, 0]
    assert torch.cat([train, valid]).sort().values.tolist() == list(range(81))
    check_disjoint(train, valid)
    assert torch.equal(valid, stratified_split(labels, 0.2)[1])
    assert not torch.equal(valid, stratified_split(labels, 0.2, seed=1)[1])


@pytest.mark.parametrize("seed", range(5))
def test_groups_stay_together(seed: int) -> None:
    groups = torch.randint(0, 12, (300,), generator=torch.Generator().manual_seed(seed))
    train, valid = group_split(groups, 0.25, seed=seed)
    assert not set(groups[train].tolist()) & set(groups[valid].tolist())
    assert len(train) + len(valid) == 300
    largest = int(torch.bincount(groups).max())
    assert 0 < len(valid) <= max(75, largest)
    assert len(valid) >= 75 - largest


@pytest.mark.parametrize("seed", range(5))
def test_training_lies_before_validation_in_any_order(seed: int) -> None:
    times = torch.arange(100.0)[torch.randperm(100, generator=torch.Generator().manual_seed(seed))]
    train, valid = time_split(times, 0.2, gap=5.0)
    assert times[train].max() + 5 <= times[valid].min()
    assert sorted(times[valid].tolist()) == list(range(80, 100))
    assert sorted(times[train].tolist()) == list(range(76))


def test_samples_of_one_time_stay_together() -> None:
    train, valid = time_split(torch.tensor([1.0, 2.0, 2.0, 2.0, 2.0]), 0.4)
    assert (train.tolist(), sorted(valid.tolist())) == ([0], [1, 2, 3, 4])


def test_what_is_shared_is_named() -> None:
    with pytest.raises(ValueError, match=r"2 samples are in training and in validation, among them \[2, 3\]"):
        check_disjoint(torch.tensor([1, 2, 3]), torch.tensor([3, 2, 9]))


@pytest.mark.parametrize("valid", [0.0, 1.0, -0.1])
def test_shares_out_of_range(valid: float) -> None:
    for split in (stratified_split, group_split, time_split):
        with pytest.raises(ValueError, match="valid must lie between 0 and 1"):
            split(torch.arange(10), valid)


def test_what_cannot_be_split() -> None:
    with pytest.raises(ValueError, match="too few to split"):
        stratified_split(torch.tensor([0, 1]), 0.2)
    with pytest.raises(ValueError, match="at least 2 groups, not 1"):
        group_split(torch.zeros(5), 0.2)
    with pytest.raises(ValueError, match="leave 0 samples for training"):
        time_split(torch.arange(10.0), 0.2, gap=100)
    with pytest.raises(ValueError, match="gap must not be negative"):
        time_split(torch.arange(10.0), 0.2, gap=-1)
