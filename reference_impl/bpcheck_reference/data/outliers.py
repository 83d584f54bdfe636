"""Which training targets are outliers, by the training targets alone, and how many.

Limits are median +- k * 1.4826 * MAD, where MAD is the median of |y - median| and 1.4826 makes it the standard
deviation for normal data. Median and MAD barely move when a few values are absurd; mean and standard deviation do.
Whether to drop, clip or keep is a decision about the data: an outlier that will occur in use again is no error. So
this block reports and never drops by itself, and evaluation data are never filtered: their score would be that of
easy cases.

Source: fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 3 (Rossmann: closed days); P. Rousseeuw and
C. Croux, Alternatives to the Median Absolute Deviation, 1993, https://doi.org/10.1080/01621459.1993.10476408.

Common mistakes: filtering validation data, limits from all rows.

Practice: D3. Rules: BP111.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

NORMAL = 1.4826
"""The standard deviation of a normal distribution over its MAD: 1 / (the 0.75 quantile of N(0, 1))."""


@dataclass(frozen=True)
class Outliers:
    """A report on training targets: the limits, and which of ``n`` targets lie outside them."""

    low: float
    high: float
    n: int
    indices: Tensor

    def keep(self, targets: Tensor) -> Tensor:
        """The training rows within the limits, as a boolean mask.

        Raises:
            ValueError: these are not as many targets as the report is about. Other data are not filtered.
        """
        if len(targets) != self.n:
            raise ValueError(f"targets must be the {self.n} training targets of this report, not {len(targets)} others")
        return (targets >= self.low) & (targets <= self.high)

    def __str__(self) -> str:
        share = len(self.indices) / self.n
        return f"{len(self.indices)} of {self.n} targets ({share:.1%}) lie outside {self.low:.4g} to {self.high:.4g}"


def find_outliers(targets: Tensor, k: float = 4.0) -> Outliers:
    """Report on the training targets, shape ``(n,)``. Missing ones (NaN) are no outliers.

    Targets of which more than half are equal have a MAD of 0 and no outliers: the rule says nothing about them.

    Args:
        targets: the training targets.
        k: how many standard deviations lie within the limits; positive.

    Raises:
        ValueError: ``targets`` is not one-dimensional or has no value, or ``k`` is not positive.
    """
    if targets.dim() != 1:
        raise ValueError(f"targets must have shape (n,), not {tuple(targets.shape)}")
    if not k > 0:
        raise ValueError(f"k must be positive, not {k}")
    known = targets[~targets.isnan()].double()
    if not len(known):
        raise ValueError("targets must hold at least one value that is not NaN")
    middle = known.quantile(0.5)
    spread = NORMAL * (known - middle).abs().quantile(0.5)
    reach = k * spread if spread > 0 else torch.tensor(float("inf"))
    low, high = float(middle - reach), float(middle + reach)
    outside = ((targets < low) | (targets > high)).nonzero().flatten()
    return Outliers(low, high, len(targets), outside)
