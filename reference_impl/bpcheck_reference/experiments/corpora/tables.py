"""Real tables that scikit-learn bundles, as tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor


@dataclass(frozen=True)
class Table:
    """Features (rows, columns) as they are in the source, and targets (rows,): float, or int64 for classes."""

    features: Tensor
    targets: Tensor

    def __len__(self) -> int:
        return len(self.targets)

    def to(self, device: str) -> Table:
        """The same on a device."""
        return Table(self.features.to(device), self.targets.to(device))


def table(name: Literal["diabetes", "breast_cancer", "wine"], seed: int, *, training: int) -> tuple[Table, Table]:
    """``training`` rows to train on and all others to test on, drawn by ``seed``. Nothing is scaled."""
    from sklearn import datasets

    features, targets = getattr(datasets, f"load_{name}")(return_X_y=True)
    kind = torch.float32 if name == "diabetes" else torch.int64
    x, y = torch.tensor(features, dtype=torch.float32), torch.tensor(targets, dtype=kind)
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(seed))
    first, second = order[:training], order[training:]
    return Table(x[first], y[first]), Table(x[second], y[second])
