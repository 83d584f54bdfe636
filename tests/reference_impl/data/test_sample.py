"""A stratified sample against largest-remainder rounding by hand."""

from __future__ import annotations

import pytest
import torch
from bpcheck_reference.data.sample import epochs_for_same_steps, head_bias, stratified_sample


@pytest.mark.parametrize(
    ("counts", "size", "expected"),
    [((90, 10), 10, (9, 1)), ((50, 30, 20), 7, (4, 2, 1)), ((5, 5), 3, (2, 1)), ((1, 99), 100, (1, 99))],
)
def test_class_shares(counts: tuple[int, ...], size: int, expected: tuple[int, ...]) -> None:
    """n * p_c by largest remainder: 7 of (50, 30, 20) is 3.5, 2.1, 1.4, so the first one gets the missing sample."""
    labels = torch.cat([torch.full((count,), label) for label, count in enumerate(counts)])
    chosen = stratified_sample(labels, size)
    assert torch.bincount(labels[chosen], minlength=len(counts)).tolist() == list(expected)
    assert len(chosen.unique()) == size
    assert torch.equal(chosen, chosen.sort().values)


def test_seeds() -> None:
    labels = torch.arange(100) % 4
    assert torch.equal(stratified_sample(labels, 20, seed=3), stratified_sample(labels, 20, seed=3))
    assert not torch.equal(stratified_sample(labels, 20, seed=3), stratified_sample(labels, 20, seed=4))


def test_it_leaves_the_global_random_state_alone() -> None:
    before = torch.get_rng_state()
    stratified_sample(torch.arange(10) % 2, 4)
    assert torch.equal(before, torch.get_rng_state())


def test_head_bias() -> None:
    """The first of K balanced, sorted classes against uniform shares: 1 - 1/K."""
    labels = torch.arange(5).repeat_interleave(20)
    assert head_bias(labels, 10) == pytest.approx(1 - 1 / 5)
    assert head_bias(torch.arange(100) % 5, 10) == 0


@pytest.mark.parametrize(
    ("samples", "size", "epochs", "expected"), [(1000, 100, 3, 30), (1000, 1000, 7, 7), (3, 2, 1, 2)]
)
def test_epochs(samples: int, size: int, epochs: int, expected: int) -> None:
    assert epochs_for_same_steps(samples, size, epochs) == expected


@pytest.mark.parametrize("size", [0, 11])
def test_sizes_out_of_range(size: int) -> None:
    with pytest.raises(ValueError, match=f"size must lie between 1 and the 10 labels, not {size}"):
        stratified_sample(torch.zeros(10), size)
    with pytest.raises(ValueError, match="size"):
        head_bias(torch.zeros(10), size)


def test_other_bad_arguments() -> None:
    with pytest.raises(ValueError, match=r"labels must have shape \(n,\), not \(2, 2\)"):
        stratified_sample(torch.zeros(2, 2), 1)
    with pytest.raises(ValueError, match="sample_size must be at most samples"):
        epochs_for_same_steps(10, 20, 1)
    with pytest.raises(ValueError, match="epochs must be at least 1, not 0"):
        epochs_for_same_steps(10, 5, 0)
