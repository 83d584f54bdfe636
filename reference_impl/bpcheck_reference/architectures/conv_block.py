"""Convolution, normalisation and ReLU, in the order that is wanted.

``norm-act`` is the order of the batch normalisation paper and of ResNet; ``act-norm`` is the course's, in which the
next convolution gets inputs of mean 0 and variance 1; ``pre`` is that of pre-activation ResNets. Which is better is
contested, and the differences are small.

Source: D. Mishkin and J. Matas, All you need is a good init, 2015, arXiv 1511.06422 (table of orders); fast.ai,
Practical Deep Learning for Coders (2018), part 1, lesson 7 (``BnLayer``: ReLU, then normalisation).

Practice: R9. Rules: BP510.
"""

from __future__ import annotations

from typing import Literal

from torch import nn

Order = Literal["norm-act", "act-norm", "pre"]


def conv_block(
    inputs: int, outputs: int, *, kernel: int = 3, stride: int = 1, order: Order = "norm-act"
) -> nn.Sequential:
    """A convolution that keeps the size (with stride 1), BatchNorm and ReLU.

    The convolution has a bias only where no normalisation follows it directly.

    Args:
        inputs: channels that come in.
        outputs: channels that go out.
        kernel: odd, so that padding can be symmetric.
        stride: of the convolution.
        order: see the module.

    Raises:
        ValueError: the kernel is even, or the order unknown.
    """
    if kernel < 1 or kernel % 2 == 0:
        raise ValueError(f"kernel must be odd and positive, not {kernel}")
    conv = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=order != "norm-act")
    if order == "norm-act":
        return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU())
    if order == "act-norm":
        return nn.Sequential(conv, nn.ReLU(), nn.BatchNorm2d(outputs))
    if order == "pre":
        return nn.Sequential(nn.BatchNorm2d(inputs), nn.ReLU(), conv)
    raise ValueError(f"order must be 'norm-act', 'act-norm' or 'pre', not {order!r}")
