"""Sizes against PyTorch's layers."""

from __future__ import annotations

import pytest
import torch
from bpcheck_reference.architectures.downsample import downsample, output_size
from torch import nn


@pytest.mark.parametrize("size", [4, 7, 28, 32, 224])
@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "dilation"), [(3, 2, 1, 1), (3, 2, 0, 1), (1, 1, 0, 1), (7, 2, 3, 1), (3, 1, 2, 2)]
)
def test_sizes(size: int, kernel: int, stride: int, padding: int, dilation: int) -> None:
    layer = nn.Conv2d(1, 1, kernel, stride, padding, dilation)
    expected = layer(torch.zeros(1, 1, size, size)).shape[-1]
    assert output_size(size, kernel, stride=stride, padding=padding, dilation=dilation) == expected


@pytest.mark.parametrize("size", [8, 16, 32])
def test_all_three_halve_even_sizes(size: int, device: torch.device) -> None:
    for by in ("stride", "max", "average"):
        block = downsample(3, 5, by=by).to(device)
        assert block(torch.zeros(2, 3, size, size, device=device)).shape == (2, 5, size // 2, size // 2)


def test_they_have_the_same_parameters_and_differ_on_odd_sizes() -> None:
    counts = {sum(w.numel() for w in downsample(3, 5, by=by).parameters()) for by in ("stride", "max", "average")}
    assert len(counts) == 1
    x = torch.zeros(2, 3, 7, 7)
    assert (downsample(3, 5)(x).shape[-1], downsample(3, 5, by="max")(x).shape[-1]) == (4, 3)


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="by must be 'stride', 'max' or 'average', not 'none'"):
        downsample(1, 1, by="none")
    with pytest.raises(ValueError, match="kernel 7 with dilation 1 does not fit into size 4 with padding 0"):
        output_size(4, 7)
    with pytest.raises(ValueError, match="stride must be at least 1, not 0"):
        output_size(4, 3, stride=0)
