"""The rates against the closed form; everything is put back; the suggestions on a known curve."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from typing import Any

import pytest
import torch
from bpcheck_reference.learning_rate.lr_finder import RangeTest, lr_finder
from torch import Tensor, nn
from torch.nn import functional as F

DATA = [(torch.randn(16, 4, generator=torch.Generator().manual_seed(n)), torch.arange(16) % 3) for n in range(5)]


def loss_of(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    device = next(model.parameters()).device
    return F.cross_entropy(model(batch[0].to(device)), batch[1].to(device))


def network() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 3))


def test_rates_grow_geometrically() -> None:
    """lr_i = low * (high / low)^(i / (steps - 1)); known values for 1e-7, 10, 100."""
    model = nn.Linear(4, 3)
    with torch.no_grad():
        model.weight.zero_()
    still = lr_finder(
        model, torch.optim.SGD(model.parameters(), lr=1.0), DATA, lambda m, b: m.weight.sum() * 0 + 1, steps=100
    )
    assert len(still.rates) == 100
    assert still.rates[0] == 1e-7
    assert still.rates[1] == pytest.approx(1.20450354e-7, rel=1e-8)
    assert still.rates[50] == pytest.approx(1.09749877e-3, rel=1e-8)
    assert still.rates[99] == pytest.approx(10.0, rel=1e-12)
    assert still.losses == pytest.approx([1.0] * 100)


@pytest.mark.parametrize(
    "make", [lambda p: torch.optim.AdamW(p, lr=3e-3), lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9)]
)
def test_everything_is_put_back(make: Callable[[Any], torch.optim.Optimizer], device: torch.device) -> None:
    model = network().to(device)
    model[1].eval()
    optimizer = make(model.parameters())
    loss_of(model, DATA[0]).backward()
    optimizer.step()
    weights, steps = copy.deepcopy(model.state_dict()), copy.deepcopy(optimizer.state_dict())
    gradients = [weight.grad.clone() for weight in model.parameters()]
    random = torch.get_rng_state()
    lr_finder(model, optimizer, DATA, loss_of, steps=30)
    assert all(torch.equal(model.state_dict()[name], weight) for name, weight in weights.items())
    assert optimizer.state_dict()["param_groups"] == steps["param_groups"]
    for key, state in steps["state"].items():
        for name, value in state.items():
            after = optimizer.state_dict()["state"][key][name]
            assert torch.equal(after, value) if isinstance(value, Tensor) else after == value
    assert all(torch.equal(w.grad, g) for w, g in zip(model.parameters(), gradients, strict=True))
    assert torch.equal(torch.get_rng_state(), random)
    assert model.training
    assert not model[1].training


def test_everything_is_put_back_when_the_loss_raises() -> None:
    model = nn.Linear(4, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = copy.deepcopy(model.state_dict())
    calls = []

    def failing(network: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
        calls.append(batch)
        if len(calls) > 3:
            raise RuntimeError("no memory")
        return loss_of(network, batch)

    with pytest.raises(RuntimeError, match="no memory"):
        lr_finder(model, optimizer, DATA, failing)
    assert torch.equal(model.weight, before["weight"])
    assert optimizer.param_groups[0]["lr"] == 0.1


def test_it_stops_when_the_loss_explodes_or_is_no_number() -> None:
    model = nn.Linear(4, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    values = iter([1.0, 1.0, 1.0, 100.0, 1.0])
    found = lr_finder(model, optimizer, DATA, lambda m, b: m.weight.sum() * 0 + next(values), smoothing=0.0)
    assert found.losses == [1.0, 1.0, 1.0, 100.0]
    values = iter([1.0, float("nan")])
    assert len(lr_finder(model, optimizer, DATA, lambda m, b: m.weight.sum() * 0 + next(values)).rates) == 1


def test_groups_keep_their_ratio() -> None:
    model = network()
    optimizer = torch.optim.SGD(
        [{"params": model[0].parameters(), "lr": 0.01}, {"params": model[4].parameters(), "lr": 0.1}]
    )
    seen = []

    def spy(network: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
        seen.append([group["lr"] for group in optimizer.param_groups])
        return loss_of(network, batch)

    found = lr_finder(model, optimizer, DATA, spy, steps=5, low=1e-5, high=1e-3)
    assert [row[1] for row in seen] == pytest.approx(found.rates)
    assert [row[0] / row[1] for row in seen] == pytest.approx([0.1] * 5)


def curve() -> RangeTest:
    """2.3 - 2 / (1 + (0.01 / lr)^2) up to 0.3, exploding beyond."""
    rates = [1e-7 * 1e8 ** (i / 99) for i in range(100)]
    return RangeTest(rates, [2.3 - 2 / (1 + (1e-2 / r) ** 2) if r <= 0.3 else 2.3 + (r / 0.3) ** 2 for r in rates])


def test_suggestions_lie_below_the_minimum() -> None:
    test = curve()
    lowest = test.rates[test.losses.index(min(test.losses))]
    assert test.minimum_tenth == pytest.approx(0.03, rel=0.2)
    assert test.valley < lowest
    assert test.valley > 1e-5


def longest_fall(losses: list[float]) -> tuple[int, int]:
    """First end and length of a longest falling subsequence, by trying all subsets of up to ten losses."""
    best = (0, 0)
    for chosen in range(1, 2 ** len(losses)):
        places = [i for i in range(len(losses)) if chosen >> i & 1]
        values = [losses[i] for i in places]
        if all(a > b for a, b in itertools.pairwise(values)):
            best = max(best, (len(places), -places[-1]))
    return -best[1], best[0]


@pytest.mark.parametrize("seed", range(20))
def test_the_valley_of_random_walks(seed: int) -> None:
    losses = torch.randn(10, generator=torch.Generator().manual_seed(seed)).cumsum(0).tolist()
    rates = [10.0**i for i in range(10)]
    end, length = longest_fall(losses)
    start = max(end - length, 0)
    assert RangeTest(rates, losses).valley == rates[start + (end - start) // 2]


def test_the_smoothed_loss() -> None:
    """s_i / (1 - b^i), with s_i = b s_(i-1) + (1 - b) loss_i."""
    model = nn.Linear(4, 3)
    values = [2.0, 1.5, 1.0, 1.2]
    supply = iter(values)
    found = lr_finder(
        model,
        torch.optim.SGD(model.parameters(), lr=1.0),
        DATA,
        lambda m, b: m.weight.sum() * 0 + next(supply),
        steps=4,
    )
    average, expected = 0.0, []
    for i, value in enumerate(values):
        average = 0.9 * average + 0.1 * value
        expected.append(average / (1 - 0.9 ** (i + 1)))
    assert found.losses == pytest.approx(expected)


def test_it_draws_its_curve() -> None:
    drawn = curve().curve(width=40, height=8).splitlines()
    assert len(drawn) == 11
    assert drawn[-1] == "rate 1.0e-07 to 1.0e+01"
    assert sum(line.count("*") for line in drawn[1:9]) > 20


def test_bad_arguments() -> None:
    model = nn.Linear(4, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ValueError, match=r"0 < low < high, not 1 and 0\.1"):
        lr_finder(model, optimizer, DATA, loss_of, low=1, high=0.1)
    with pytest.raises(ValueError, match="steps must be at least 2, not 1"):
        lr_finder(model, optimizer, DATA, loss_of, steps=1)
    with pytest.raises(ValueError, match="smoothing"):
        lr_finder(model, optimizer, DATA, loss_of, smoothing=1.0)
    with pytest.raises(ValueError, match="batches must hold at least one batch"):
        lr_finder(model, optimizer, [], loss_of)
    with pytest.raises(ValueError, match="saw no batch"):
        _ = RangeTest().minimum_tenth
