"""Rates by hand, every parameter once, and what one step does."""

from __future__ import annotations

import pytest
import torch
from bpcheck_reference.learning_rate.parameter_groups import discriminative_parameter_groups
from torch import nn


class Transformer(nn.Module):
    """A network in the shape of Hugging Face's: embeddings, an encoder that holds a list of blocks, a head."""

    def __init__(self) -> None:
        super().__init__()
        self.embeddings = nn.Embedding(5, 4)
        self.encoder = nn.Module()
        self.encoder.layer = nn.ModuleList(nn.Linear(4, 4) for _ in range(6))
        self.classifier = nn.Linear(4, 2)


def rates(groups: list[dict[str, object]]) -> list[float]:
    return [group["lr"] for group in groups]


@pytest.mark.parametrize(
    ("lr", "ratio", "groups", "expected"),
    [
        (1e-2, 10.0, 3, [1e-4, 1e-3, 1e-2]),
        (0.2, 3.0, 3, [0.2 / 9, 0.2 / 3, 0.2]),
        (1e-2, 2.6, 5, [2.188e-4, 5.69e-4, 1.479e-3, 3.846e-3, 1e-2]),
        (1e-3, 1.0, 2, [1e-3, 1e-3]),
    ],
)
def test_rates(lr: float, ratio: float, groups: int, expected: list[float]) -> None:
    model = nn.Sequential(*[nn.Linear(2, 2) for _ in range(9)])
    found = discriminative_parameter_groups(model, lr, ratio=ratio, groups=groups)
    assert rates(found) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    "model",
    [nn.Sequential(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)), nn.ReLU(), nn.Linear(4, 2)), Transformer()],
)
def test_every_parameter_stands_in_one_group(model: nn.Module) -> None:
    found = [id(p) for group in discriminative_parameter_groups(model, 1e-3) for p in group["params"]]
    assert len(found) == len(set(found))
    assert set(found) == {id(p) for p in model.parameters()}


def test_blocks_of_a_transformer_are_spread_over_the_groups() -> None:
    model = Transformer()
    first, second, head = discriminative_parameter_groups(model, 1e-3)
    assert [id(p) for p in head["params"]] == [id(p) for p in model.classifier.parameters()]
    assert any(p is model.embeddings.weight for p in first["params"])
    assert any(p is model.encoder.layer[5].weight for p in second["params"])


class Block(nn.Module):
    """A block of a transformer, which is never cut."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.mlp = nn.LayerNorm(4), nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 4))


def test_an_encoder_with_a_parameter_of_its_own_is_opened() -> None:
    """torchvision's vision transformer: position embedding and blocks stand in one encoder."""
    model = nn.Module()
    model.token = nn.Parameter(torch.zeros(4))
    model.encoder = nn.Module()
    model.encoder.position = nn.Parameter(torch.zeros(4))
    model.encoder.layers = nn.Sequential(*[Block() for _ in range(6)])
    model.head = nn.Linear(4, 2)
    first, second, head = discriminative_parameter_groups(model, 1e-3)
    assert [len(group["params"]) for group in (first, second, head)] == [2 + 2 * 6, 4 * 6, 2]
    assert any(p is model.encoder.position for p in first["params"])


class ResNet(nn.Module):
    """A network in the shape of torchvision's: a stem, stages of blocks, a head."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)
        self.layer1, self.layer2 = (nn.Sequential(nn.Conv2d(4, 4, 3), nn.Conv2d(4, 4, 3)) for _ in range(2))
        self.fc = nn.Linear(4, 2)


def test_stages_of_a_residual_network_are_spread_over_the_groups() -> None:
    model = ResNet()
    first, second, head = discriminative_parameter_groups(model, 1e-3)
    assert [tuple(p.shape) for p in head["params"]] == [(2, 4), (2,)]
    assert any(p is model.conv1.weight for p in first["params"])
    assert any(p is model.layer2[1].weight for p in second["params"])


def test_one_step_moves_each_weight_by_its_rate() -> None:
    model = nn.Sequential(*[nn.Linear(2, 2, bias=False) for _ in range(3)])
    before = [layer.weight.detach().clone() for layer in model]
    optimizer = torch.optim.SGD(discriminative_parameter_groups(model, 0.1, ratio=10))
    for layer in model:
        layer.weight.grad = torch.ones(2, 2)
    optimizer.step()
    moved = [float((b - layer.weight.detach()).mean()) for b, layer in zip(before, model, strict=True)]
    assert moved == pytest.approx([1e-3, 1e-2, 1e-1], rel=1e-4)


def test_frozen_and_shared_parameters() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2))
    model[2].weight = model[1].weight
    model[0].requires_grad_(False)
    first, head = discriminative_parameter_groups(model, 1e-3, weight_decay=0.1)
    assert [id(p) for p in first["params"]] == [id(p) for p in model[1].parameters()]
    assert [id(p) for p in head["params"]] == [id(model[2].bias)]
    assert first["weight_decay"] == 0.1


def test_a_network_of_one_layer_has_one_group() -> None:
    assert rates(discriminative_parameter_groups(nn.Sequential(nn.Linear(2, 2)), 1e-3)) == [1e-3]


def test_bad_arguments() -> None:
    model = nn.Linear(2, 2)
    with pytest.raises(ValueError, match="lr must be positive, not 0"):
        discriminative_parameter_groups(model, 0)
    with pytest.raises(ValueError, match=r"ratio must be at least 1, not 0\.1"):
        discriminative_parameter_groups(model, 1e-3, ratio=0.1)
    with pytest.raises(ValueError, match="groups must be at least 2, not 1"):
        discriminative_parameter_groups(model, 1e-3, groups=1)
    with pytest.raises(ValueError, match="require grad"):
        discriminative_parameter_groups(model.requires_grad_(False), 1e-3)
