"""The mean by hand; inverses that are exact; equivariant networks, for which nothing changes."""

from __future__ import annotations

import pytest
import torch
from bpcheck_reference.data.tta import identity, mirror, shifts, square_symmetries, tta
from torch import nn

VIEWS = {"symmetries": square_symmetries(), "shifts": shifts(2), "mirror": [identity(), mirror()]}


def classifier() -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.5), nn.Flatten(), nn.Linear(4 * 16, 3))


@pytest.mark.parametrize("views", VIEWS.values(), ids=VIEWS)
def test_the_inverse_takes_back_exactly(views: list[object]) -> None:
    x = torch.randn(2, 3, 5, 5)
    for view in views:
        assert torch.equal(view.inverse(view.forward(x)), x)


def test_the_symmetries_are_eight_different_ones() -> None:
    x = torch.arange(9.0).view(1, 1, 3, 3)
    assert len({tuple(view.forward(x).flatten().tolist()) for view in square_symmetries()}) == 8


def test_the_mean_of_probabilities(device: torch.device) -> None:
    """mean over views of softmax(model(view(x))), in float64."""
    model, x = classifier().double().to(device), torch.randn(4, 1, 6, 6, dtype=torch.float64).to(device)
    found = tta(model, x, shifts(1))
    assert model.training
    model.eval()
    by_hand = (
        sum(model(torch.roll(x, move, (2, 3))).softmax(1) for move in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))) / 5
    )
    torch.testing.assert_close(found, by_hand, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(found.sum(1), torch.ones_like(found[:, 0]))


def test_probabilities_are_not_put_through_softmax_again() -> None:
    model = nn.Sequential(classifier(), nn.Softmax(dim=1)).eval()
    x = torch.randn(4, 1, 6, 6)
    torch.testing.assert_close(tta(model, x, [identity()], output="probabilities"), model(x))
    torch.testing.assert_close(tta(model[0], x, [identity()]), model(x))


def test_a_network_that_turns_with_its_input_predicts_the_same_map() -> None:
    model, x = nn.Conv2d(1, 3, 1).double(), torch.randn(2, 1, 4, 4, dtype=torch.float64)
    torch.testing.assert_close(tta(model, x, square_symmetries(), output="map"), model(x).softmax(1))


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="at least one view"):
        tta(nn.Identity(), torch.zeros(1, 1, 2, 2), [])
    with pytest.raises(ValueError, match="output must be 'logits', 'probabilities' or 'map', not 'labels'"):
        tta(nn.Identity(), torch.zeros(1, 1, 2, 2), [identity()], output="labels")
    with pytest.raises(ValueError, match="pixels must be at least 1, not 0"):
        shifts(0)
