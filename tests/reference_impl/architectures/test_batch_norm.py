"""Normalisation against PyTorch's layer; a folded bias changes nothing."""

from __future__ import annotations

import pytest
import torch
from bpcheck_reference.architectures.batch_norm import BatchNorm, without_bias
from torch import nn


@pytest.mark.parametrize(
    ("shape", "theirs"), [((16, 5), nn.BatchNorm1d), ((16, 5, 7), nn.BatchNorm1d), ((8, 5, 4, 4), nn.BatchNorm2d)]
)
def test_as_pytorchs_layer(shape: tuple[int, ...], theirs: type[nn.Module], device: torch.device) -> None:
    ours, layer = BatchNorm(5).double().to(device), theirs(5).double().to(device)
    for _ in range(3):
        x = torch.randn(shape, dtype=torch.float64, device=device) * 3 + 2
        torch.testing.assert_close(ours(x), layer(x), rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(ours.running_mean, layer.running_mean, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(ours.running_var, layer.running_var, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(ours.eval()(x), layer.eval()(x), rtol=1e-10, atol=1e-10)


def test_gradients() -> None:
    norm = BatchNorm(3).double()
    x = torch.randn(6, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(norm, x)


def test_a_folded_bias_changes_nothing(device: torch.device) -> None:
    conv, norm = nn.Conv2d(3, 4, 3, stride=2).double(), nn.BatchNorm2d(4).double()
    nn.init.normal_(norm.weight)
    norm.running_mean.normal_()
    norm.running_var.uniform_(0.5, 2)
    conv, norm = conv.to(device), norm.to(device)
    bare, folded = without_bias(conv, norm)
    x = torch.randn(8, 3, 6, 6, dtype=torch.float64, device=device)
    torch.testing.assert_close(folded.eval()(bare(x)), norm.eval()(conv(x)), rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(folded.train()(bare(x)), norm.train()(conv(x)), rtol=1e-10, atol=1e-10)
    assert bare.bias is None
    assert conv.bias is not None


def test_the_bias_that_is_folded_had_no_gradient() -> None:
    conv, norm = nn.Conv2d(3, 8, 3).double(), nn.BatchNorm2d(8).double()
    out = norm(conv(torch.randn(32, 3, 8, 8, dtype=torch.float64)))
    (out * torch.randn_like(out)).sum().backward()
    assert conv.bias is not None
    assert conv.bias.grad is not None
    assert conv.weight.grad is not None
    assert conv.bias.grad.abs().max() < 1e-10 * conv.weight.grad.abs().max()


def test_the_second_argument_of_pytorchs_layer_is_eps() -> None:
    layer = nn.BatchNorm2d(8, 0.8)
    assert (layer.eps, layer.momentum) == (0.8, 0.1)


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="eps must be positive, not 0"):
        BatchNorm(3, eps=0)
    with pytest.raises(ValueError, match="momentum"):
        BatchNorm(3, momentum=0)
    with pytest.raises(ValueError, match="channels must be at least 1"):
        BatchNorm(0)
    with pytest.raises(ValueError, match="2 or more values for each channel in training, not 1"):
        BatchNorm(3)(torch.zeros(1, 3))
    with pytest.raises(ValueError, match="conv gives 4 channels, but norm takes 5"):
        without_bias(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(5))
    with pytest.raises(ValueError, match="running statistics"):
        without_bias(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4, track_running_stats=False))
