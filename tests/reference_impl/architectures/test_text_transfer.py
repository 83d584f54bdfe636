"""Pooling by hand, vectors of known and new words, and which groups train."""

from __future__ import annotations

import pytest
import torch
from bpcheck_reference.architectures.text_transfer import PooledHead, match_embeddings, pool_states, unfreeze_last
from torch import nn


def test_pooling_by_hand(device: torch.device) -> None:
    states = torch.randn(2, 5, 3, device=device)
    lengths = torch.tensor([5, 2], device=device)
    pooled = pool_states(states, lengths)
    short = states[1, :2]
    torch.testing.assert_close(pooled[1], torch.cat([short[1], short.amax(0), short.mean(0)]))
    torch.testing.assert_close(pooled[0], torch.cat([states[0, 4], states[0].amax(0), states[0].mean(0)]))
    states[1, 2:] = 1e6
    torch.testing.assert_close(pool_states(states, lengths)[1], pooled[1])


def test_vectors_of_known_and_new_words() -> None:
    found = match_embeddings(torch.eye(3), ["a", "b", "c"], ["c", "z", "a"])
    assert torch.equal(found[0], torch.eye(3)[2])
    torch.testing.assert_close(found[1], torch.full((3,), 1 / 3))
    assert torch.equal(found[2], torch.eye(3)[0])
    assert not match_embeddings(nn.Embedding(1, 2).weight, ["a"], ["a"]).requires_grad


def test_gradual_unfreezing() -> None:
    groups = [nn.Linear(1, 1) for _ in range(4)]
    trained = []
    for count in range(5):
        unfreeze_last(groups, count)
        trained.append([group.weight.requires_grad for group in groups])
    assert trained == [[k >= 4 - count for k in range(4)] for count in range(5)]


def test_the_head() -> None:
    head = PooledHead(4, 3, middle=6)
    assert head(torch.randn(5, 7, 4), torch.tensor([1, 7, 3, 2, 5])).shape == (5, 3)


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="lengths must lie between 1 and 5, not 2 to 6"):
        pool_states(torch.zeros(2, 5, 3), torch.tensor([6, 2]))
    with pytest.raises(ValueError, match="old_words must name the 3 rows of weights, not 1"):
        match_embeddings(torch.eye(3), ["a"], ["a"])
    with pytest.raises(ValueError, match="count must lie between 0 and 1, not 2"):
        unfreeze_last([nn.Linear(1, 1)], 2)
