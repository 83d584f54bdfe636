"""Standard deviations against sqrt(2 / fan_in), and the signal through fifty layers."""

from __future__ import annotations

import math

import pytest
import torch
from bpcheck_reference.training.kaiming import fan_in, kaiming_, signal_profile
from torch import nn


@pytest.mark.parametrize(
    ("layer", "fan"),
    [
        (nn.Linear(1024, 1024), 1024),
        (nn.Conv2d(128, 256, 3), 128 * 9),
        (nn.Conv2d(128, 256, 3, groups=4), 32 * 9),
        (nn.Conv1d(64, 512, 5, stride=2), 64 * 5),
        (nn.ConvTranspose2d(128, 64, 4, stride=2, padding=1), 128 * 4),
    ],
    ids=["linear", "conv", "groups", "conv1d", "transposed"],
)
def test_weights(layer: nn.Module, fan: int) -> None:
    assert fan_in(layer) == fan
    kaiming_(nn.Sequential(layer))
    assert layer.weight.std().item() == pytest.approx(math.sqrt(2 / fan), rel=0.03)
    assert not layer.bias.any()


def test_the_fan_of_a_transposed_convolution_by_its_output() -> None:
    """With unit inputs and weights, an inner output is the number of inputs that it sums."""
    layer = nn.ConvTranspose2d(3, 2, 4, stride=2, padding=1, bias=False)
    with torch.no_grad():
        layer.weight.fill_(1.0)
        middle = layer(torch.ones(1, 3, 8, 8))[0, 0, 8, 8].item()
    assert middle == fan_in(layer)


def deep(depth: int = 50) -> nn.Sequential:
    return nn.Sequential(*[part for _ in range(depth) for part in (nn.Linear(512, 512), nn.ReLU())])


def test_the_signal_through_fifty_layers(device: torch.device) -> None:
    x = torch.randn(64, 512, device=device)
    default = signal_profile(deep().to(device), x)
    kaiming = signal_profile(kaiming_(deep()).to(device), x)
    assert len(default) == 50
    # default: each layer keeps about sqrt(1/6) of the scale, down to what the biases add
    assert default[-1][1] < 0.1
    assert 0.05 < kaiming[-1][1] < 20
    assert kaiming[0][0] == "0"


def test_the_head_feeds_no_relu() -> None:
    model = nn.Sequential(nn.Linear(800, 800), nn.ReLU(), nn.Linear(800, 800))
    kaiming_(model, head=model[2])
    assert model[2].weight.std().item() == pytest.approx(math.sqrt(1 / 800), rel=0.02)
    assert model[0].weight.std().item() == pytest.approx(math.sqrt(2 / 800), rel=0.02)


def test_other_layers_are_left_alone() -> None:
    model = nn.Sequential(nn.Embedding(5, 4), nn.BatchNorm1d(4))
    before = [weight.clone() for weight in model.parameters()]
    kaiming_(model)
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))


def test_pytorchs_default_has_a_sixth_of_that_variance() -> None:
    assert nn.Linear(1024, 1024).weight.var().item() * 1024 == pytest.approx(1 / 3, rel=0.02)


def test_hooks_are_removed_when_the_network_fails() -> None:
    model = nn.Sequential(nn.Linear(2, 2))
    with pytest.raises(RuntimeError):
        signal_profile(model, torch.zeros(1, 3))
    assert not model[0]._forward_hooks


def test_bad_arguments() -> None:
    with pytest.raises(TypeError, match="Linear or a convolution, not ReLU"):
        fan_in(nn.ReLU())
