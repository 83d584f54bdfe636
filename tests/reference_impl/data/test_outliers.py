"""Limits by median and MAD, by hand and against the normal distribution."""

from __future__ import annotations

import pytest
import torch
from bpcheck_reference.data.outliers import find_outliers


def test_one_absurd_value() -> None:
    """Median of 0..9 and 1000 is 5, the MAD 3: 5 +- 4 * 1.4826 * 3."""
    targets = torch.cat([torch.arange(10.0), torch.tensor([1000.0])])
    report = find_outliers(targets)
    assert (report.low, report.high) == pytest.approx((5 - 12 * 1.4826, 5 + 12 * 1.4826))
    assert report.indices.tolist() == [10]
    assert report.keep(targets).tolist() == [True] * 10 + [False]
    assert str(report) == "1 of 11 targets (9.1%) lie outside -12.79 to 22.79"


def test_constant_targets_have_no_outliers() -> None:
    assert len(find_outliers(torch.tensor([3.0] * 9 + [4.0])).indices) == 0


def test_missing_targets_are_none() -> None:
    report = find_outliers(torch.tensor([1.0, 2.0, 3.0, float("nan"), 500.0]))
    assert report.indices.tolist() == [4]


def test_the_scale_of_a_normal_distribution() -> None:
    targets = torch.randn(100_000, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    report = find_outliers(targets, k=1.0)
    assert report.high == pytest.approx(1, abs=0.02)


def test_a_report_is_about_its_own_targets() -> None:
    report = find_outliers(torch.arange(10.0))
    with pytest.raises(ValueError, match="the 10 training targets of this report, not 4 others"):
        report.keep(torch.arange(4.0))


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="k must be positive, not 0"):
        find_outliers(torch.arange(3.0), k=0)
    with pytest.raises(ValueError, match="shape"):
        find_outliers(torch.zeros(2, 2))
    with pytest.raises(ValueError, match="at least one value"):
        find_outliers(torch.tensor([float("nan")]))
