"""Means over samples, modes that come back, and no graph."""

from __future__ import annotations

import pytest
import torch
from bpcheck_reference.training.evaluate import accuracy, evaluate, evaluating
from torch import nn
from torch.nn import functional as F


def losses(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return F.cross_entropy(outputs, targets, reduction="none")


def test_the_mean_over_samples_whatever_the_batches(device: torch.device) -> None:
    model = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 4)).double().to(device)
    x, y = torch.randn(23, 3, dtype=torch.float64), torch.randint(0, 4, (23,))
    found = [
        evaluate(model, zip(x.split(size), y.split(size), strict=True), {"loss": losses, "accuracy": accuracy})
        for size in (1, 7, 23)
    ]
    model.eval()
    expected = F.cross_entropy(model(x.to(device)), y.to(device)).item()
    for row in found:
        assert row["loss"] == pytest.approx(expected, rel=1e-12)
        assert row["accuracy"] == pytest.approx((model(x.to(device)).argmax(1).cpu() == y).double().mean().item())


def test_modes_and_gradients_come_back() -> None:
    model = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
    model[1].eval()
    before = model[1].running_mean.clone()
    with evaluating(model):
        assert not model.training
        assert not torch.is_grad_enabled()
        assert not model(torch.randn(5, 2)).requires_grad
    assert torch.is_grad_enabled()
    assert (model.training, model[1].training, model[2].training) == (True, False, True)
    assert torch.equal(model[1].running_mean, before)


def test_modes_come_back_after_an_error() -> None:
    model = nn.Linear(2, 2)
    with pytest.raises(RuntimeError, match="x"), evaluating(model):
        raise RuntimeError("x")
    assert model.training


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="at least one sample"):
        evaluate(nn.Linear(2, 2), [], {"accuracy": accuracy})
    with pytest.raises(ValueError, match=r"metric 'mean' must give shape \(3,\), not \(\)"):
        evaluate(nn.Linear(2, 2), [(torch.zeros(3, 2), torch.zeros(3))], {"mean": lambda o, t: o.mean()})
