"""Frozen statistics do not move, whoever calls train()."""

from __future__ import annotations

import copy

import pytest
import torch
from bpcheck_reference.training.freeze_batchnorm import freeze_batchnorm
from torch import nn


def network() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(16, 4),
        nn.BatchNorm1d(4, affine=False),
    )


def trained(model: nn.Module, device: torch.device) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(10):
        model.train()
        optimizer.zero_grad()
        model(torch.randn(8, 1, 4, 4, device=device) * 3 + 1).square().mean().backward()
        optimizer.step()


def test_statistics_survive_train_and_ten_steps(device: torch.device) -> None:
    model = network().to(device)
    before = copy.deepcopy(dict(model.named_buffers()))
    freeze_batchnorm(model)
    trained(model, device)
    assert all(torch.equal(buffer, before[name]) for name, buffer in model.named_buffers())
    assert model[1].weight.grad is not None
    x = torch.randn(8, 1, 4, 4, device=device)
    assert torch.equal(model.train()(x), model.eval()(x))


def test_unfrozen_statistics_move() -> None:
    """What the block prevents."""
    model = network()
    trained(model, torch.device("cpu"))
    assert int(model[1].num_batches_tracked) == 10


def test_scale_and_shift_can_be_frozen_too() -> None:
    model = network()
    undo = freeze_batchnorm(model, affine=True)
    trained(model, torch.device("cpu"))
    assert model[1].weight.grad is None
    undo()
    assert model[1].weight.requires_grad
    assert model[1].training
    trained(model, torch.device("cpu"))
    assert int(model[1].num_batches_tracked) == 10


def test_a_copy_stays_frozen() -> None:
    model = network()
    freeze_batchnorm(model)
    twin = copy.deepcopy(model)
    trained(twin, torch.device("cpu"))
    assert int(twin[1].num_batches_tracked) == 0


def test_only_the_body() -> None:
    model = nn.Sequential(network(), nn.BatchNorm1d(4))
    freeze_batchnorm(model[0])
    model.train()(torch.randn(8, 1, 4, 4))
    assert int(model[0][1].num_batches_tracked) == 0
    assert int(model[1].num_batches_tracked) == 1


def test_a_network_without_any() -> None:
    with pytest.raises(ValueError, match="but Linear has none"):
        freeze_batchnorm(nn.Linear(2, 2))
