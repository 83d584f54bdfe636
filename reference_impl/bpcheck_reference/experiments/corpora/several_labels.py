"""Generated rows of several labels: scikit-learn's ``make_multilabel_classification``."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

LABELS, COLUMNS = 8, 40


@cache
def several_labels(seed: int, *, training: int, test: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Features and labels to train on, then those to test on; 3 of the labels are true on average.

    The features are standardised by the training rows. All are float32.
    """
    from sklearn.datasets import make_multilabel_classification

    features, labels = make_multilabel_classification(
        training + test, COLUMNS, n_classes=LABELS, n_labels=3, random_state=seed
    )
    x, y = (torch.tensor(array, dtype=torch.float32) for array in (features, labels))
    x = (x - x[test:].mean(0)) / x[test:].std(0)
    return x[test:], y[test:], x[:test], y[:test]
