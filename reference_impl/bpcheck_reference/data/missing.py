"""Missing values filled with statistics of the training rows, and marked.

That a value is missing is information: the indicator keeps it where the median would hide it. The fill values and the
columns that get an indicator are decided on the training rows, so that all tables have the same columns.

Source: fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 3 (``proc_df``: median and a ``_na``
column; an arbitrary signal value that does not otherwise appear).

Common mistakes: NaN that reaches a tensor (BP109), a median without indicator (BP110), medians of all rows (BP103).

Practice: D8. Rules: BP109, BP110.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class FillMissing(nn.Module):
    """Replace NaN by the training median, and append one column of 0 and 1 for each column that had any in training.

    Args:
        features: the number of columns.
    """

    median: Tensor
    had_missing: Tensor

    def __init__(self, features: int) -> None:
        super().__init__()
        if features < 1:
            raise ValueError(f"features must be at least 1, not {features}")
        self.register_buffer("median", torch.zeros(features))
        self.register_buffer("had_missing", torch.zeros(features, dtype=torch.bool))

    def fit(self, rows: Tensor) -> FillMissing:
        """Take medians and gaps of the training rows, shape ``(n, features)``.

        The median of an even number of values is the mean of the two in the middle, as in NumPy and pandas.

        Raises:
            ValueError: the shape is another, or a column has no value at all.
        """
        if rows.dim() != 2 or rows.shape[1] != len(self.median):
            raise ValueError(f"rows must have shape (n, {len(self.median)}), not {tuple(rows.shape)}")
        missing = rows.isnan()
        empty = missing.all(dim=0).nonzero().flatten().tolist()
        if empty:
            raise ValueError(f"rows must hold a value in each column, but columns {empty} have none")
        self.median.copy_(rows.double().nanquantile(0.5, dim=0))
        self.had_missing.copy_(missing.any(dim=0))
        return self

    def forward(self, rows: Tensor) -> Tensor:
        """Filled rows with the indicators behind them, shape ``(n, features + columns that had gaps in training)``.

        Raises:
            ValueError: a value is missing in a column that had none missing in training. The network has never
                seen that, and there is no indicator for it.
        """
        missing = rows.isnan()
        new = (missing.any(dim=0) & ~self.had_missing).nonzero().flatten().tolist()
        if new:
            raise ValueError(f"rows must not miss values in columns {new}, which were complete in training")
        filled = torch.where(missing, self.median.to(rows.dtype), rows)
        return torch.cat([filled, missing[:, self.had_missing].to(rows.dtype)], dim=1)


def sentinel(values: Tensor) -> float:
    """A number that marks "missing" and does not occur: below the smallest value, by a twentieth of the range.

    Close by on purpose: a far one (-999) stretches the scale of the column for everything else.

    Raises:
        ValueError: there is no value that is not NaN.
    """
    known = values[~values.isnan()]
    if not len(known):
        raise ValueError("values must hold at least one value that is not NaN")
    low, high = float(known.min()), float(known.max())
    return low - max((high - low) / 20, 1.0 if high == low else 0.0)
