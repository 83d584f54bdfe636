"""Both terms by hand."""

from __future__ import annotations

import pytest
import torch
from bpcheck_reference.architectures.activation_regularization import activation_regularization

H = torch.arange(12.0, dtype=torch.float64).view(2, 3, 2)


def test_by_hand(device: torch.device) -> None:
    """The mean of the squares of 0..11 is 506/12; neighbours in time differ by 2, so their mean square is 4."""
    h = H.to(device)
    assert activation_regularization(h, h, alpha=1, beta=0).item() == pytest.approx(506 / 12)
    assert activation_regularization(h, h, alpha=0, beta=1).item() == pytest.approx(4)
    assert activation_regularization(h, 2 * h).item() == pytest.approx(2 * 4 * 506 / 12 + 4)


def test_the_time_axis() -> None:
    turned = H.transpose(0, 1)
    assert activation_regularization(turned, turned, alpha=0, time=0).item() == pytest.approx(4)
    assert activation_regularization(H[:, :1], H[:, :1], alpha=0).item() == 0


def test_the_gradient() -> None:
    raw, dropped = (torch.randn(2, 4, 3, dtype=torch.float64, requires_grad=True) for _ in range(2))
    assert torch.autograd.gradcheck(activation_regularization, (raw, dropped))
    activation_regularization(raw, dropped, beta=0).backward()
    assert dropped.grad is not None
    torch.testing.assert_close(dropped.grad, 2 * 2 * dropped.detach() / dropped.numel())


def test_half_precision_is_summed_in_single() -> None:
    h = torch.full((8, 64, 64), 300.0, dtype=torch.float16)  # its square overflows
    assert activation_regularization(h, h).item() == pytest.approx(2 * 300**2)


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="must have one shape"):
        activation_regularization(H, H[:1])
    with pytest.raises(ValueError, match="alpha must not be negative, but is -1"):
        activation_regularization(H, H, alpha=-1)
