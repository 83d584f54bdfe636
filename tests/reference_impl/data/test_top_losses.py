"""Losses against ``cross_entropy``, the matrix against scikit-learn."""

from __future__ import annotations

import pytest
import torch
from bpcheck_reference.data.top_losses import confusion_matrix, most_uncertain, top_losses
from sklearn.metrics import confusion_matrix as theirs
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset


@pytest.mark.parametrize("batch", [1, 7, 256])
def test_order_and_values(batch: int, device: torch.device) -> None:
    inputs, targets = torch.randn(60, 5), torch.randint(0, 3, (60,))
    model = nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 3)).to(device)
    model[2].eval()
    found = top_losses(model, DataLoader(TensorDataset(inputs, targets), batch_size=batch), k=9)
    assert model.training
    assert not model[2].training, "each layer keeps its own mode"
    model.eval()
    losses = F.cross_entropy(model(inputs.to(device)), targets.to(device), reduction="none").cpu()
    torch.testing.assert_close(found.loss, losses[found.index], rtol=1e-5, atol=1e-6)
    assert found.index.tolist() == losses.argsort(descending=True)[:9].tolist()
    assert torch.equal(found.target, targets[found.index])
    torch.testing.assert_close(found.probability, model(inputs.to(device)).softmax(1).amax(1).cpu()[found.index])


def test_confusion_matrix() -> None:
    targets, predictions = torch.randint(0, 4, (200,)), torch.randint(0, 4, (200,))
    assert confusion_matrix(predictions, targets, 4).tolist() == theirs(targets, predictions).tolist()


def test_the_most_uncertain_of_two_classes_are_nearest_to_a_half() -> None:
    p = torch.rand(50, dtype=torch.float64)
    found = most_uncertain(torch.stack([p, 1 - p], 1), k=50)
    assert torch.equal(found, (p - 0.5).abs().argsort(stable=True))


def test_a_shuffled_loader_is_refused() -> None:
    data = TensorDataset(torch.randn(4, 2), torch.zeros(4, dtype=torch.long))
    with pytest.raises(ValueError, match="loader must not shuffle"):
        top_losses(nn.Linear(2, 2), DataLoader(data, shuffle=True))


def test_modes_come_back_when_the_loader_fails() -> None:
    def broken():
        raise RuntimeError("disk")
        yield

    model = nn.Linear(2, 2)
    with pytest.raises(RuntimeError, match="disk"):
        top_losses(model, broken())
    assert model.training


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="k must be at least 1, not 0"):
        top_losses(nn.Linear(2, 2), [], k=0)
    with pytest.raises(ValueError, match="at least one batch"):
        top_losses(nn.Linear(2, 2), [])
    with pytest.raises(ValueError, match="targets must lie between 0 and 1, but hold 0 to 5"):
        confusion_matrix(torch.tensor([0, 1]), torch.tensor([0, 5]), 2)
    with pytest.raises(ValueError, match=r"must both be \(n,\)"):
        confusion_matrix(torch.tensor([0, 1]), torch.tensor([0]), 2)
    with pytest.raises(ValueError, match="2 or more classes"):
        most_uncertain(torch.rand(3, 1))
