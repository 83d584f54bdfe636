"""Average and maximum pooling side by side, and a head for them.

The average says how much of a feature there is, the maximum whether it is there at all. A head that gets both can use
either.

Source: fast.ai, Practical Deep Learning for Coders (2018), part 1, lessons 2 and 7 (``AdaptiveConcatPool2d``,
``ConvnetBuilder``).

Common mistakes: half as many inputs in the next layer as come out here.

Practice: R12. Rules: BP513.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class AdaptiveConcatPool2d(nn.Module):
    """Maximum and average over a grid of cells, from ``(batch, c, h, w)`` to ``(batch, 2 c, size, size)``, maxima first.

    Args:
        size: cells along each side.
    """

    def __init__(self, size: int = 1) -> None:
        super().__init__()
        if size < 1:
            raise ValueError(f"size must be at least 1, not {size}")
        self.max, self.average = nn.AdaptiveMaxPool2d(size), nn.AdaptiveAvgPool2d(size)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        return torch.cat([self.max(x), self.average(x)], dim=1)


def concat_head(
    features: int, classes: int, *, middle: int = 512, dropout: tuple[float, float] = (0.25, 0.5)
) -> nn.Sequential:
    """The course's head: concat pooling, then two blocks of BatchNorm, Dropout and Linear.

    Args:
        features: channels of the body's last map.
        classes: how many logits.
        middle: width between the two linear layers.
        dropout: before the first and before the second linear layer.

    Raises:
        ValueError: a width is below 1.
    """
    for name, value in (("features", features), ("classes", classes), ("middle", middle)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, not {value}")
    return nn.Sequential(
        AdaptiveConcatPool2d(), nn.Flatten(),
        nn.BatchNorm1d(2 * features), nn.Dropout(dropout[0]), nn.Linear(2 * features, middle, bias=False), nn.ReLU(),
        nn.BatchNorm1d(middle), nn.Dropout(dropout[1]), nn.Linear(middle, classes),
    )  # fmt: skip
