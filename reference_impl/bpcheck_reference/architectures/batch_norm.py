"""Batch normalisation written out, and a convolution's bias folded into it.

In training y = w (x - mean) / sqrt(var + eps) + b with mean and variance of the batch over all but the channel axis,
and the running statistics move by ``momentum`` towards them (variance with n / (n - 1)). In evaluation the running
ones are used: a network left in train mode gives another answer for each batch. The mean takes away any constant, so
a bias before it does nothing.

Source: S. Ioffe and C. Szegedy, Batch Normalization, 2015, arXiv 1502.03167; fast.ai, Practical Deep Learning for
Coders (2018), part 1, lesson 7 (``BnLayer``).

Common mistakes: train mode at test time (BP307), a bias before it (BP514), ``BatchNorm2d(n, 0.8)``, whose second
argument is eps (BP516).

Practice: R8. Rules: BP307, BP509, BP514, BP516.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn


class BatchNorm(nn.Module):
    """Normalise each channel of inputs ``(batch, channels, ...)``, the same function as ``nn.BatchNorm2d``.

    Args:
        channels: how many.
        eps: added to the variance, positive.
        momentum: share of the batch's statistics in the running ones, above 0 and at most 1.
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int, *, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__()
        if channels < 1:
            raise ValueError(f"channels must be at least 1, not {channels}")
        if not eps > 0:
            raise ValueError(f"eps must be positive, not {eps}")
        if not 0 < momentum <= 1:
            raise ValueError(f"momentum must lie above 0 and at most at 1, not {momentum}")
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.eps, self.momentum = eps, momentum

    def forward(self, x: Tensor) -> Tensor:
        """The same shape as ``x``.

        Raises:
            ValueError: in training, there is one value for each channel: it has no variance.
        """
        shape = (1, -1, *[1] * (x.dim() - 2))
        mean, var = self.running_mean, self.running_var
        if self.training:
            n = x.numel() // x.shape[1]
            if n < 2:
                raise ValueError(
                    f"x must hold 2 or more values for each channel in training, not {n}: {tuple(x.shape)}"
                )
            axes = [0, *range(2, x.dim())]
            var, mean = torch.var_mean(x, dim=axes, correction=0)
            with torch.no_grad():
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(var * n / (n - 1), self.momentum)
        scale = self.weight * torch.rsqrt(var + self.eps)
        return (x - mean.view(shape)) * scale.view(shape) + self.bias.view(shape)


@torch.no_grad()
def without_bias(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[nn.Conv2d, nn.BatchNorm2d]:
    """Copies of both in which the convolution has no bias and the pair computes the same, in training and in evaluation.

    Raises:
        ValueError: their channels differ, or the norm keeps no running statistics.
    """
    if conv.out_channels != norm.num_features:
        raise ValueError(f"conv gives {conv.out_channels} channels, but norm takes {norm.num_features}")
    if norm.running_mean is None:
        raise ValueError("norm must track running statistics")
    conv, norm = copy.deepcopy(conv), copy.deepcopy(norm)
    if conv.bias is not None:
        assert norm.running_mean is not None
        norm.running_mean -= conv.bias
        conv.bias = None
    return conv, norm
