"""Cross-entropy against PyTorch's and a formula by hand, at sizes where the naive form breaks."""

from __future__ import annotations

import math

import pytest
import torch
from bpcheck_reference.activations.classification_loss import LogitClassifier, cross_entropy, double_softmax_floor
from torch import nn
from torch.nn import functional as F


def test_the_formula_in_float64(device: torch.device) -> None:
    """-(x_y - log sum exp x), averaged."""
    x = torch.randn(20, 5, dtype=torch.float64, device=device) * 10
    y = torch.randint(0, 5, (20,), device=device)
    by_hand = (x.exp().sum(1).log() - x[torch.arange(20), y]).mean()
    torch.testing.assert_close(cross_entropy(x, y), by_hand, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(cross_entropy(x, y, smoothing=0.1), F.cross_entropy(x, y, label_smoothing=0.1))


def test_the_gradient() -> None:
    x = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    y = torch.tensor([0, 2, 1, 1])
    assert torch.autograd.gradcheck(lambda logits: cross_entropy(logits, y, smoothing=0.2), x)


@pytest.mark.parametrize("scale", [10.0, 1e2, 1e3, 1e4])
def test_large_logits_keep_their_gradient(scale: float) -> None:
    """The gradient is softmax - one-hot: -1 and 1; the logarithm of a softmax is -inf from about 104 on."""
    x = torch.tensor([[0.0, scale]], requires_grad=True)
    cross_entropy(x, torch.tensor([0])).backward()
    assert x.grad is not None
    torch.testing.assert_close(x.grad, torch.tensor([[-1.0, 1.0]]), atol=1e-4, rtol=0)
    assert bool(torch.softmax(x, 1).log().isinf().any()) is (scale > 104)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_single(dtype: torch.dtype, device: torch.device) -> None:
    x = torch.randn(64, 10, device=device).to(dtype)
    y = torch.randint(0, 10, (64,), device=device)
    found = cross_entropy(x, y)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, F.cross_entropy(x.float(), y))


@pytest.mark.parametrize("classes", [2, 4, 10, 1000])
def test_the_floor_of_a_second_softmax(classes: int) -> None:
    """The best that probabilities can say is a one-hot row."""
    best = F.cross_entropy(torch.eye(classes, dtype=torch.float64)[:1], torch.tensor([0])).item()
    assert double_softmax_floor(classes) == pytest.approx(best, rel=1e-12)
    assert double_softmax_floor(10) == pytest.approx(1.461, abs=1e-3)
    assert double_softmax_floor(1) == math.log(1)


def test_probabilities_on_request() -> None:
    model = LogitClassifier(nn.Sequential(nn.Linear(8, 3), nn.Dropout(0.5)))
    model.network[1].eval()
    x = torch.randn(5, 8)
    p = model.probabilities(x)
    torch.testing.assert_close(p, model.network[0](x).softmax(1))
    assert not p.requires_grad
    assert (model.training, model.network[1].training) == (True, False)


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match=r"not \(2, 3\) and \(3,\)"):
        cross_entropy(torch.zeros(2, 3), torch.zeros(3, dtype=torch.long))
    with pytest.raises(ValueError, match="smoothing must lie between 0 and below 1, not 1"):
        cross_entropy(torch.zeros(2, 3), torch.zeros(2, dtype=torch.long), smoothing=1)
    with pytest.raises(ValueError, match="classes must be at least 1"):
        double_softmax_floor(0)
