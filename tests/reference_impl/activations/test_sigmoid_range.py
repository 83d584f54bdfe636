"""Ends, middle and slope of the range."""

from __future__ import annotations

import pytest
import torch
from bpcheck_reference.activations.sigmoid_range import SigmoidRange, sigmoid_range, widened


def test_ends_and_middle(device: torch.device) -> None:
    block = SigmoidRange(0.5, 5.0).to(device)
    found = block(torch.tensor([-50.0, 0.0, 50.0], device=device))
    torch.testing.assert_close(found.cpu(), torch.tensor([0.5, 2.75, 5.0]))
    spread = block(torch.randn(1000, device=device) * 3)
    assert spread.min() >= 0.5
    assert spread.max() <= 5.0


def test_the_slope_in_the_middle_is_a_quarter_of_the_range() -> None:
    x = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    sigmoid_range(x, 0.5, 5.0).sum().backward()
    assert x.grad is not None
    assert x.grad.item() == pytest.approx(4.5 / 4, rel=1e-14)
    assert torch.autograd.gradcheck(
        lambda v: sigmoid_range(v, -1, 2), torch.randn(5, dtype=torch.float64, requires_grad=True)
    )


def test_it_shows_its_range() -> None:
    assert repr(SigmoidRange(0, 5)) == "SigmoidRange(low=0.0, high=5.0)"


def test_widened() -> None:
    assert widened(torch.tensor([1.0, 5.0, 3.0])) == pytest.approx((0.8, 5.2))
    assert widened(torch.tensor([1.0, 5.0]), 0) == (1.0, 5.0)


def test_bad_arguments() -> None:
    for make in (lambda: SigmoidRange(5, 5), lambda: sigmoid_range(torch.zeros(1), 5, 5)):
        with pytest.raises(ValueError, match=r"high must be above low \(5\), not 5"):
            make()
    with pytest.raises(ValueError, match="two different values"):
        widened(torch.tensor([2.0, 2.0]))
    with pytest.raises(ValueError, match="share must not be negative"):
        widened(torch.tensor([1.0, 2.0]), -1)
