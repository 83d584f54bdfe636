"""Filled values and indicators against scikit-learn's imputer."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from bpcheck_reference.data.missing import FillMissing, sentinel
from sklearn.impute import SimpleImputer

NAN = float("nan")


def holes(rows: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    table = torch.randn(rows, 4, generator=generator, dtype=torch.float64)
    table[torch.rand(rows, 4, generator=generator) < torch.tensor([0.3, 0.0, 0.1, 0.0])] = NAN
    return table


def test_as_scikit_learn_does_it(device: torch.device) -> None:
    train, test = holes(101, 0), holes(40, 1)
    theirs = SimpleImputer(strategy="median", add_indicator=True).fit(train.numpy())
    block = FillMissing(4).double().fit(train).to(device)
    for rows in (train, test):
        found = block(rows.to(device)).cpu()
        assert found.shape == (len(rows), 6)
        np.testing.assert_allclose(found.numpy(), theirs.transform(rows.numpy()), rtol=1e-12)


def test_the_medians_are_those_of_training() -> None:
    block = FillMissing(1).fit(torch.tensor([[1.0], [2.0], [9.0], [NAN]]))
    assert block(torch.tensor([[NAN], [100.0]])).tolist() == [[2.0, 1.0], [100.0, 0.0]]


def test_the_mean_of_the_two_in_the_middle() -> None:
    assert FillMissing(1).fit(torch.tensor([[1.0], [2.0], [4.0], [9.0]])).median.item() == 3.0


def test_a_sentinel_lies_outside() -> None:
    assert sentinel(torch.tensor([1.0, 2.0, 3.0, NAN])) == pytest.approx(0.9)
    assert sentinel(torch.tensor([5.0, 5.0])) == 4.0


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match=r"columns \[1\] have none"):
        FillMissing(2).fit(torch.tensor([[1.0, NAN], [2.0, NAN]]))
    with pytest.raises(ValueError, match=r"columns \[0\], which were complete in training"):
        FillMissing(1).fit(torch.tensor([[1.0], [2.0]]))(torch.tensor([[NAN]]))
    with pytest.raises(ValueError, match="rows must have shape"):
        FillMissing(2).fit(torch.zeros(3, 1))
    with pytest.raises(ValueError, match="features must be at least 1"):
        FillMissing(0)
    with pytest.raises(ValueError, match="at least one value"):
        sentinel(torch.tensor([NAN]))
