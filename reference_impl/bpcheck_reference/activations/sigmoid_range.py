"""A regression output that stays within a known range.

y = low + (high - low) * sigmoid(x). The slope at the middle is (high - low) / 4 and falls to zero at the ends, which
are never reached: for ratings from 1 to 5 give a range a little wider, (0.8, 5.2).

Source: fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 5 (collaborative filtering: ``F.sigmoid(x)
* (max - min) + min``).

Common mistakes: a linear output for a target with known bounds (BP409), exactly the bounds as range.

Practice: A3. Rules: BP409.
"""

from __future__ import annotations

from torch import Tensor, nn


def sigmoid_range(x: Tensor, low: float, high: float) -> Tensor:
    """``x`` of any shape, squeezed into ``low`` to ``high``. At 0 it gives the middle.

    Raises:
        ValueError: ``high`` is not above ``low``.
    """
    if not high > low:
        raise ValueError(f"high must be above low ({low}), not {high}")
    return x.sigmoid() * (high - low) + low


class SigmoidRange(nn.Module):
    """:func:`sigmoid_range` as a last layer.

    Args:
        low: lower end.
        high: upper end, above ``low``.
    """

    def __init__(self, low: float, high: float) -> None:
        super().__init__()
        if not high > low:
            raise ValueError(f"high must be above low ({low}), not {high}")
        self.low, self.high = float(low), float(high)

    def forward(self, x: Tensor) -> Tensor:
        """See :func:`sigmoid_range`."""
        return sigmoid_range(x, self.low, self.high)

    def extra_repr(self) -> str:
        return f"low={self.low}, high={self.high}"


def widened(targets: Tensor, share: float = 0.1) -> tuple[float, float]:
    """The range of the training targets, widened by ``share`` of its width, half at each end.

    Raises:
        ValueError: the targets are all equal or none, or ``share`` is negative.
    """
    if share < 0:
        raise ValueError(f"share must not be negative, but is {share}")
    if not targets.numel() or not targets.max() > targets.min():
        raise ValueError("targets must hold at least two different values")
    low, high = float(targets.min()), float(targets.max())
    return low - share * (high - low) / 2, high + share * (high - low) / 2
