"""The schedule against the paper's formula at every step, and against PyTorch's."""

from __future__ import annotations

import math

import pytest
import torch
from bpcheck_reference.learning_rate.cosine import cosine_factor, cosine_with_warmup
from torch import nn


@pytest.mark.parametrize(("total", "warmup", "floor"), [(10, 0, 0.0), (100, 10, 0.1), (7, 6, 0.0), (1, 0, 0.5)])
def test_every_step(total: int, warmup: int, floor: float) -> None:
    for t in range(total + 5):
        if t < warmup:
            expected = (t + 1) / (warmup + 1)
        else:
            expected = floor + (1 - floor) * 0.5 * (
                1 + math.cos(math.pi * min(t - warmup, total - warmup) / (total - warmup))
            )
        assert cosine_factor(t, total, warmup=warmup, floor=floor) == pytest.approx(expected, rel=1e-14)


def test_beginning_middle_and_end() -> None:
    assert cosine_factor(0, 10) == 1
    assert cosine_factor(5, 10, floor=0.2) == pytest.approx(0.6)
    assert cosine_factor(10, 10, floor=0.2) == pytest.approx(0.2)
    assert cosine_factor(1000, 10) == 0
    assert cosine_factor(4, 20, warmup=4) == 1
    factors = [cosine_factor(t, 50, warmup=5) for t in range(5, 60)]
    assert factors == sorted(factors, reverse=True)


def test_as_pytorch_up_to_the_end_and_flat_behind_it() -> None:
    """PyTorch's own climbs again behind T_max: half the peak at 1.5 T_max."""
    one, other = (torch.optim.SGD([nn.Parameter(torch.zeros(1, dtype=torch.float64))], lr=0.3) for _ in range(2))
    ours, theirs = cosine_with_warmup(one, 20), torch.optim.lr_scheduler.CosineAnnealingLR(other, T_max=20)
    for step in range(30):
        if step <= 20:
            assert one.param_groups[0]["lr"] == pytest.approx(other.param_groups[0]["lr"], abs=1e-12)
        for optimizer, scheduler in ((one, ours), (other, theirs)):
            optimizer.step()
            scheduler.step()
    assert one.param_groups[0]["lr"] == 0
    assert other.param_groups[0]["lr"] == pytest.approx(0.15)


def test_groups_keep_their_ratio() -> None:
    groups = [{"params": [nn.Parameter(torch.zeros(1))], "lr": lr} for lr in (1e-3, 1e-2)]
    optimizer = torch.optim.SGD(groups)
    scheduler = cosine_with_warmup(optimizer, 10, warmup=3, floor=0.1)
    for _ in range(12):
        low, high = (group["lr"] for group in optimizer.param_groups)
        assert high / low == pytest.approx(10, rel=1e-12)
        optimizer.step()
        scheduler.step()


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="total must be at least 1, not 0"):
        cosine_factor(0, 0)
    with pytest.raises(ValueError, match=r"warmup must lie between 0 and below total \(5\), not 5"):
        cosine_with_warmup(torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1), 5, warmup=5)
    with pytest.raises(ValueError, match="floor must lie between 0 and 1, not 2"):
        cosine_factor(0, 5, floor=2)
