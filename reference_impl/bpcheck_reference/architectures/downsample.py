"""Three ways to halve an image inside a network: a stride of two, max-pooling, average pooling.

A convolution with stride 2 has the parameters of one with stride 1 and pooling, gives maps of the same size, and
computes a quarter of the outputs. On odd sizes they differ: see :func:`output_size`.

Source: J. Springenberg et al., Striving for Simplicity, 2014, arXiv 1412.6806; fast.ai, Practical Deep Learning for
Coders (2018), part 1, lesson 7 ("stride 2 convolution has the same effect as max-pooling").

Practice: R7. Rules: BP508.
"""

from __future__ import annotations

from typing import Literal

from torch import nn


def output_size(size: int, kernel: int, *, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Side length behind a convolution or pooling: floor((n + 2p - d(k - 1) - 1) / s) + 1.

    Raises:
        ValueError: the kernel does not fit into the padded input, or an argument is below its least value.
    """
    for name, value in (("size", size), ("kernel", kernel), ("stride", stride), ("dilation", dilation)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, not {value}")
    if padding < 0:
        raise ValueError(f"padding must not be negative, but is {padding}")
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    if room < 0:
        raise ValueError(
            f"kernel {kernel} with dilation {dilation} does not fit into size {size} with padding {padding}"
        )
    return room // stride + 1


def downsample(inputs: int, outputs: int, *, by: Literal["stride", "max", "average"] = "stride") -> nn.Sequential:
    """Convolution of 3 by 3, normalisation, ReLU, at half the size.

    Args:
        inputs: channels that come in.
        outputs: channels that go out.
        by: a stride of 2, or max-pooling or average pooling of 2 by 2 behind a stride of 1.

    Raises:
        ValueError: ``by`` is none of the three.
    """
    if by not in ("stride", "max", "average"):
        raise ValueError(f"by must be 'stride', 'max' or 'average', not {by!r}")
    conv = nn.Conv2d(inputs, outputs, 3, stride=2 if by == "stride" else 1, padding=1, bias=False)
    layers: list[nn.Module] = [conv, nn.BatchNorm2d(outputs), nn.ReLU()]
    if by != "stride":
        layers.append(nn.MaxPool2d(2) if by == "max" else nn.AvgPool2d(2))
    return nn.Sequential(*layers)
