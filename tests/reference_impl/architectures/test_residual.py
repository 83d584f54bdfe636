"""A block starts as the identity; gradients reach the first of many."""

from __future__ import annotations

import pytest
import torch
from bpcheck_reference.architectures.residual import ResidualBlock, SmallResNet, layer_group
from torch import nn


def test_a_block_starts_as_the_identity(device: torch.device) -> None:
    block, x = ResidualBlock(8, 8).to(device), torch.rand(4, 8, 6, 6, device=device)
    assert torch.equal(block(x), x)
    kept = x.clone()
    block(-x)
    assert torch.equal(x, kept), "the input is left alone"


@pytest.mark.parametrize("size", [6, 7])
def test_a_group_halves_the_size(size: int) -> None:
    y = layer_group(8, 16, 3)(torch.rand(2, 8, size, size))
    assert y.shape == (2, 16, -(-size // 2), -(-size // 2))
    assert len(layer_group(8, 16, 3)) == 3


def test_the_network(device: torch.device) -> None:
    model = SmallResNet(3, 10, widths=(8, 16, 32), blocks=2).to(device)
    assert model(torch.rand(2, 3, 32, 32, device=device)).shape == (2, 10)
    assert model.groups(model.stem(torch.rand(2, 3, 32, 32, device=device))).shape == (2, 32, 8, 8)
    convs = [layer for layer in model.modules() if isinstance(layer, nn.Conv2d)]
    assert all(conv.bias is None for conv in convs)


def first_gradient(blocks: list[nn.Module], residual: bool) -> float:
    torch.manual_seed(0)
    first = nn.Conv2d(1, 8, 3, padding=1)
    h = first(torch.randn(8, 1, 8, 8))
    for block in blocks:
        assert isinstance(block, ResidualBlock)
        h = block(h) if residual else torch.relu(block.branch(h))
    h.square().mean().backward()
    assert first.weight.grad is not None
    return float(first.weight.grad.norm())


def test_gradients_reach_the_first_of_forty_blocks() -> None:
    torch.manual_seed(0)
    blocks: list[nn.Module] = [ResidualBlock(8, 8) for _ in range(40)]
    for block in blocks:
        nn.init.constant_(block.branch[-1].weight, 0.2)
    residual, plain = first_gradient(blocks, True), first_gradient(blocks, False)
    assert 1e-3 < residual < 1e3
    assert plain < residual / 50 or plain > residual * 50


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="blocks must be at least 1, not 0"):
        layer_group(1, 1, 0)
    with pytest.raises(ValueError, match="stride must be at least 1, not 0"):
        ResidualBlock(1, 1, stride=0)
    with pytest.raises(ValueError, match="at least one width"):
        SmallResNet(1, 2, widths=())
