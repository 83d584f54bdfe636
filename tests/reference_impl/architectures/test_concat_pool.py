"""Both halves by hand, and their gradients."""

from __future__ import annotations

import pytest
import torch
from bpcheck_reference.architectures.concat_pool import AdaptiveConcatPool2d, concat_head


def test_maxima_then_averages(device: torch.device) -> None:
    x = torch.randn(2, 3, 5, 7, dtype=torch.float64, device=device)
    y = AdaptiveConcatPool2d()(x)
    assert y.shape == (2, 6, 1, 1)
    assert torch.equal(y[:, :3, 0, 0], x.amax((2, 3)))
    torch.testing.assert_close(y[:, 3:, 0, 0], x.mean((2, 3)))


def test_the_gradient_of_both() -> None:
    """1/35 at each of 35 places, and 1 more at the maximum."""
    x = torch.randn(2, 3, 5, 7, dtype=torch.float64, requires_grad=True)
    AdaptiveConcatPool2d()(x).sum().backward()
    assert x.grad is not None
    assert x.grad.unique().tolist() == pytest.approx([1 / 35, 1 + 1 / 35])
    assert torch.autograd.gradcheck(
        AdaptiveConcatPool2d(2), torch.randn(1, 2, 4, 4, dtype=torch.float64, requires_grad=True)
    )


def test_cells() -> None:
    assert AdaptiveConcatPool2d(2)(torch.randn(1, 4, 8, 8)).shape == (1, 8, 2, 2)


def test_the_head() -> None:
    head = concat_head(8, 3, middle=16)
    assert head(torch.randn(4, 8, 6, 6)).shape == (4, 3)
    assert head[4].bias is None, "batch normalisation follows"


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="size must be at least 1, not 0"):
        AdaptiveConcatPool2d(0)
    with pytest.raises(ValueError, match="classes must be at least 1, not 0"):
        concat_head(3, 0)
