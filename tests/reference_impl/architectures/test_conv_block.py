"""What the next layer sees in each order."""

from __future__ import annotations

import pytest
import torch
from bpcheck_reference.architectures.conv_block import conv_block

X = torch.randn(64, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def test_behind_act_norm_mean_is_0_and_variance_1(device: torch.device) -> None:
    y = conv_block(3, 6, order="act-norm").to(device)(X.to(device))
    assert y.mean((0, 2, 3)).abs().max() < 1e-4
    assert (y.var((0, 2, 3), correction=0) - 1).abs().max() < 1e-2


def test_behind_norm_act_the_mean_is_that_of_a_rectified_normal() -> None:
    """E max(z, 0) = 1 / sqrt(2 pi) = 0.399."""
    y = conv_block(3, 6)(X)
    assert (y >= 0).all()
    assert y.mean().item() == pytest.approx(0.399, abs=0.02)


@pytest.mark.parametrize(("order", "bias"), [("norm-act", False), ("act-norm", True), ("pre", True)])
def test_a_bias_only_where_it_does_something(order: str, bias: bool) -> None:
    block = conv_block(3, 6, order=order)
    conv = block[2] if order == "pre" else block[0]
    assert (conv.bias is not None) is bias


@pytest.mark.parametrize(("kernel", "stride", "size"), [(1, 1, 8), (3, 1, 8), (7, 1, 8), (3, 2, 4)])
def test_sizes(kernel: int, stride: int, size: int) -> None:
    assert conv_block(3, 4, kernel=kernel, stride=stride)(X).shape == (64, 4, size, size)


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="kernel must be odd and positive, not 4"):
        conv_block(1, 1, kernel=4)
    with pytest.raises(ValueError, match="order must be"):
        conv_block(1, 1, order="none")
