"""The update by hand with the course's betas."""

from __future__ import annotations

import pytest
import torch
from bpcheck_reference.architectures.nlp_adam import BETAS, nlp_adam
from torch import nn


@pytest.mark.parametrize(("task", "betas"), BETAS.items())
def test_the_update_by_hand(task: str, betas: tuple[float, float], device: torch.device) -> None:
    weight = nn.Parameter(torch.tensor([1.0], dtype=torch.float64, device=device))
    optimizer = nlp_adam([weight], lr=0.1, task=task, weight_decay=0.2)
    m = v = 0.0
    expected = 1.0
    for t, gradient in enumerate([1.0, -2.0, 0.5], 1):
        weight.grad = torch.tensor([gradient], dtype=torch.float64, device=device)
        optimizer.step()
        m, v = betas[0] * m + (1 - betas[0]) * gradient, betas[1] * v + (1 - betas[1]) * gradient**2
        expected = expected * (1 - 0.1 * 0.2) - 0.1 * (m / (1 - betas[0] ** t)) / (
            (v / (1 - betas[1] ** t)) ** 0.5 + 1e-8
        )
        assert weight.item() == pytest.approx(expected, rel=1e-12)


def test_bad_arguments() -> None:
    weights = [nn.Parameter(torch.zeros(1))]
    with pytest.raises(ValueError, match="task must be one of 'language-model', 'classifier', not 'images'"):
        nlp_adam(weights, 0.1, task="images")
    with pytest.raises(ValueError, match="lr must be positive, not 0"):
        nlp_adam(weights, 0)
    with pytest.raises(ValueError, match="weight_decay must not be negative"):
        nlp_adam(weights, 0.1, weight_decay=-1)
