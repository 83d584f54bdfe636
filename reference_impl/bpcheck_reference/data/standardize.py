"""Mean and standard deviation of the training rows, applied to all rows.

x' = (x - mean) / std, with both taken from the training rows alone. Statistics of all rows carry what validation
looks like into training, so that the validation score is too good.

Source: scikit-learn documentation, Common pitfalls, data leakage,
https://scikit-learn.org/stable/common_pitfalls.html.

Common mistakes: `(x - x.mean(0)) / x.std(0)` before the split (BP103).

Practice: D2. Rules: BP103.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Standardize(nn.Module):
    """Standardise features with the statistics of the rows that :meth:`fit` has seen.

    They are buffers: ``state_dict`` carries them to where the model is used.

    Args:
        features: the number of columns.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, features: int) -> None:
        super().__init__()
        if features < 1:
            raise ValueError(f"features must be at least 1, not {features}")
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("std", torch.ones(features))

    def fit(self, rows: Tensor) -> Standardize:
        """Take the statistics of ``rows``, shape ``(n, features)``: the training rows, and only these.

        A constant column keeps a standard deviation of 1. The statistics are computed in float64.

        Raises:
            ValueError: the shape is another, there are fewer than two rows, or a value is not finite.
        """
        if rows.dim() != 2 or rows.shape[1] != len(self.mean):
            raise ValueError(f"rows must have shape (n, {len(self.mean)}), not {tuple(rows.shape)}")
        if len(rows) < 2:
            raise ValueError(f"rows must be at least 2, not {len(rows)}")
        if not rows.isfinite().all():
            raise ValueError("rows must be finite: fill missing values first")
        std, mean = torch.std_mean(rows.double(), dim=0, correction=0)
        self.mean.copy_(mean)
        self.std.copy_(torch.where(std > 0, std, torch.ones_like(std)))
        return self

    def forward(self, rows: Tensor) -> Tensor:
        """Rows of any kind, shape ``(..., features)``, in units of the training rows."""
        return (rows - self.mean) / self.std

    def undo(self, rows: Tensor) -> Tensor:
        """The inverse: back to the units of the data."""
        return rows * self.std + self.mean
