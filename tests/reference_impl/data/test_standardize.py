"""The statistics are those of the training rows, computed by hand."""

from __future__ import annotations

import pytest
import torch
from bpcheck_reference.data.standardize import Standardize


def test_statistics_of_the_training_rows(device: torch.device) -> None:
    rows = torch.randn(100, 3, dtype=torch.float64) * torch.tensor([1.0, 5.0, 0.1]) + torch.tensor([0.0, 10.0, -2.0])
    block = Standardize(3).double().fit(rows[:80]).to(device)
    mean = rows[:80].sum(0) / 80
    std = ((rows[:80] - mean) ** 2).sum(0).div(80).sqrt()
    torch.testing.assert_close(block.mean.cpu(), mean, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(block(rows.to(device)).cpu(), (rows - mean) / std, rtol=1e-10, atol=1e-10)
    assert not torch.allclose(block.mean.cpu(), rows.mean(0), rtol=1e-6)
    torch.testing.assert_close(block.undo(block(rows.to(device))).cpu(), rows)


def test_a_constant_column() -> None:
    rows = torch.tensor([[1.0, 7.0], [2.0, 7.0]])
    assert Standardize(2).fit(rows)(rows)[:, 1].tolist() == [0.0, 0.0]


def test_far_from_zero_in_float32() -> None:
    """In float32, the variance of values near 10 000 would lose half its digits."""
    rows = 10_000 + torch.arange(8.0)[:, None] / 8
    assert Standardize(1).fit(rows).std.item() == pytest.approx(float(rows.double().std(correction=0)), rel=1e-6)


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="features must be at least 1, not 0"):
        Standardize(0)
    with pytest.raises(ValueError, match=r"rows must have shape \(n, 2\), not \(3, 4\)"):
        Standardize(2).fit(torch.zeros(3, 4))
    with pytest.raises(ValueError, match="rows must be at least 2"):
        Standardize(2).fit(torch.zeros(1, 2))
    with pytest.raises(ValueError, match="finite"):
        Standardize(1).fit(torch.tensor([[1.0], [float("nan")]]))
