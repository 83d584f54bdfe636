"""Sizes behind both stems."""

from __future__ import annotations

import pytest
import torch
from bpcheck_reference.architectures.small_image_stem import adapt_resnet_stem, small_image_stem
from torch import nn


class ResNet(nn.Module):
    """The first layers of torchvision's, and three halvings behind them."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.maxpool = nn.Conv2d(3, 8, 7, 2, 3, bias=False), nn.MaxPool2d(3, 2, 1)
        self.rest = nn.Sequential(*[nn.Conv2d(8, 8, 3, 2, 1) for _ in range(3)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.rest(self.maxpool(self.conv1(x)))


@pytest.mark.parametrize(("size", "before", "after"), [(28, 1, 4), (32, 1, 4), (64, 2, 8)])
def test_the_last_map(size: int, before: int, after: int, device: torch.device) -> None:
    model, x = ResNet(), torch.zeros(2, 3, size, size)
    assert model(x).shape[-1] == before
    model = adapt_resnet_stem(model, channels=1).to(device)
    assert model(torch.zeros(2, 1, size, size, device=device)).shape == (2, 8, after, after)


@pytest.mark.parametrize("kernel", [3, 5, 7])
@pytest.mark.parametrize("size", [4, 7, 32])
def test_the_stem_keeps_the_size(kernel: int, size: int) -> None:
    assert small_image_stem(3, 10, kernel=kernel)(torch.zeros(2, 3, size, size)).shape == (2, 10, size, size)


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="kernel must be odd and at least 3, not 4"):
        small_image_stem(3, 8, kernel=4)
    with pytest.raises(ValueError, match="but is Linear"):
        adapt_resnet_stem(nn.Linear(2, 2))
