"""The loss by hand, scores against scikit-learn, thresholds against a search by hand."""

from __future__ import annotations

import math

import pytest
import torch
from bpcheck_reference.activations.multi_label import MultiLabelHead, best_thresholds, f_beta, multi_label_loss
from sklearn.metrics import fbeta_score


def test_the_loss_by_hand(device: torch.device) -> None:
    """max(x, 0) - x y + log(1 + exp(-|x|)), averaged."""
    x = torch.randn(12, 4, dtype=torch.float64, device=device) * 5
    y = torch.randint(0, 2, (12, 4), device=device)
    by_hand = (x.clamp(min=0) - x * y + torch.log1p(torch.exp(-x.abs()))).mean()
    torch.testing.assert_close(multi_label_loss(x, y), by_hand, rtol=1e-12, atol=1e-12)
    weight = torch.tensor([1.0, 2.0, 0.5, 3.0], dtype=torch.float64, device=device)
    weighted = -(weight * y * x.sigmoid().log() + (1 - y) * (1 - x.sigmoid()).log()).mean()
    torch.testing.assert_close(multi_label_loss(x, y, positive_weight=weight), weighted)


def test_the_gradient_where_a_rounded_sigmoid_has_none() -> None:
    x = torch.tensor([[20.0]], requires_grad=True)
    multi_label_loss(x, torch.zeros(1, 1)).backward()
    assert x.grad is not None
    assert x.grad.item() == pytest.approx(1, abs=1e-5)
    z = torch.tensor([[20.0]], requires_grad=True)
    torch.nn.functional.binary_cross_entropy(z.sigmoid(), torch.zeros(1, 1)).backward()
    assert z.grad is not None
    assert z.grad.item() == 0


def test_what_a_second_sigmoid_can_reach() -> None:
    """Of a true label no less than log(1 + 1/e), of a false one than log 2."""
    best = torch.tensor([[-1e4], [1e4]]).sigmoid()
    assert multi_label_loss(best[1:], torch.ones(1, 1)).item() == pytest.approx(math.log(1 + math.exp(-1)), abs=1e-6)
    assert multi_label_loss(best[:1], torch.zeros(1, 1)).item() == pytest.approx(math.log(2), abs=1e-6)


@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])
def test_f_beta(beta: float) -> None:
    predicted, targets = torch.rand(80, 3) > 0.4, torch.rand(80, 3) > 0.6
    theirs = fbeta_score(targets.numpy(), predicted.numpy(), beta=beta, average=None)
    assert f_beta(predicted, targets, beta=beta).tolist() == pytest.approx(theirs.tolist())
    assert f_beta(torch.zeros(4, 1), torch.zeros(4, 1)).tolist() == [0.0]


def test_thresholds_by_search() -> None:
    probabilities, targets = torch.rand(60, 4), (torch.rand(60, 4) > 0.7).long()
    found = best_thresholds(probabilities, targets, beta=2.0)
    for label in range(4):
        scores = [
            float(fbeta_score(targets[:, label], probabilities[:, label] > k / 20, beta=2.0, zero_division=0))
            for k in range(1, 20)
        ]
        assert found[label].item() == pytest.approx((scores.index(max(scores)) + 1) / 20)


def test_a_head_keeps_its_thresholds() -> None:
    head = MultiLabelHead(4, 2)
    with torch.no_grad():
        head.linear.weight.zero_()
        head.linear.bias.copy_(torch.tensor([0.2, 0.2]))  # a probability of 0.55 each
    assert head.predict(torch.zeros(1, 4)).tolist() == [[True, True]]
    head.set_thresholds(torch.tensor([[0.55, 0.55], [0.9, 0.1]]), torch.tensor([[0, 1], [1, 0]]))
    assert head.predict(torch.zeros(1, 4)).tolist() == [[False, True]]
    other = MultiLabelHead(4, 2)
    other.load_state_dict(head.state_dict())
    assert torch.equal(other.thresholds, head.thresholds)


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match=r"logits \(2, 3\) and targets \(2,\) must have one shape"):
        multi_label_loss(torch.zeros(2, 3), torch.zeros(2))
    with pytest.raises(ValueError, match="labels must be at least 1, not 0"):
        MultiLabelHead(3, 0)
    with pytest.raises(ValueError, match="beta must be positive, not 0"):
        f_beta(torch.zeros(2, 1), torch.zeros(2, 1), beta=0)
    with pytest.raises(ValueError, match=r"must both be \(n, labels\)"):
        best_thresholds(torch.zeros(2), torch.zeros(2))
