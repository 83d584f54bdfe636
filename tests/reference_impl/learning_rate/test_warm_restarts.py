"""Known values of the paper's schedule, PyTorch's own scheduler, and both set-ups of the course."""

from __future__ import annotations

import copy

import pytest
import torch
from bpcheck_reference.learning_rate.warm_restarts import SnapshotEnsemble, best_ends, cycle_ends, restart_factor
from torch import nn


def test_known_values() -> None:
    """(1 + cos(pi t / T)) / 2 with T = 10, 20, 40."""
    known = {0: 1, 5: 0.5, 9: 0.024472, 10: 1, 20: 0.5, 29: 0.006156, 30: 1, 50: 0.5, 69: 0.001541}
    for epoch, expected in known.items():
        assert restart_factor(epoch, 10, 2) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("length", "factor"), [(1, 1), (1, 2), (3, 1), (2, 3)])
def test_as_pytorch(length: int, factor: int) -> None:
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.4)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, length, factor, eta_min=0.04)
    for batch in range(70):
        scheduler.step(batch / 7)
        expected = optimizer.param_groups[0]["lr"]
        assert 0.4 * restart_factor(batch / 7, length, factor, floor=0.1) == pytest.approx(expected, rel=1e-9)


def test_the_two_set_ups_of_the_course() -> None:
    assert cycle_ends(1, 1, 3) == [1, 2, 3]
    assert cycle_ends(1, 2, 3) == [1, 3, 7]
    assert cycle_ends(10, 2, 3) == [10, 30, 70]


def test_runs_that_end_with_a_cycle() -> None:
    assert best_ends(50, 10, 2) == (30, 70)
    assert best_ends(7, 1, 2) == (7,)
    assert best_ends(4, 10, 2) == (10,)


def test_the_ensemble_is_the_mean_of_its_snapshots(device: torch.device) -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.5), nn.Linear(4, 2)).double().to(device)
    x = torch.randn(5, 3, dtype=torch.float64, device=device)
    ensemble = SnapshotEnsemble()
    ensemble.add(model)
    first = copy.deepcopy(model).eval()
    with torch.no_grad():
        model[0].weight.add_(1.0)
    ensemble.add(model)
    assert model.training
    expected = (first(x).softmax(1) + model.eval()(x).softmax(1)) / 2
    torch.testing.assert_close(ensemble.predict(x), expected, rtol=1e-12, atol=1e-12)


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="factor must be at least 1, not 0"):
        cycle_ends(1, 0, 2)
    with pytest.raises(ValueError, match="epoch must not be negative"):
        restart_factor(-1, 1)
    with pytest.raises(ValueError, match="floor"):
        restart_factor(0, 1, floor=2)
    with pytest.raises(ValueError, match="no snapshot"):
        SnapshotEnsemble().predict(torch.zeros(1, 3))
