"""Schedules by hand, and what resizing keeps."""

from __future__ import annotations

import pytest
import torch
from bpcheck_reference.training.progressive_resizing import ResizedBatches, relative_cost, resize, size_schedule


@pytest.mark.parametrize(("start", "end", "epochs"), [(64, 128, 10), (24, 48, 8), (32, 32, 3), (16, 64, 1)])
def test_sizes_grow_to_the_end(start: int, end: int, epochs: int) -> None:
    sizes = size_schedule(start, end, epochs)
    assert len(sizes) == epochs
    assert sizes == sorted(sizes)
    assert sizes[0] == (start if epochs > 1 else end)
    full = max(-(-epochs // 5), 1)
    assert sizes[-full:] == [end] * full
    assert all(size % 4 == 0 for size in sizes)


def test_cost_in_pixels() -> None:
    assert relative_cost([24, 24, 24, 32, 32, 40, 48, 48]) == pytest.approx(0.5417, abs=1e-4)
    assert relative_cost([8, 8]) == 1


def test_images_and_masks(device: torch.device) -> None:
    images = torch.full((2, 3, 12, 16), 0.7, device=device)
    masks = torch.randint(0, 3, (2, 12, 16), device=device) * 2
    small, small_masks = resize(images, 8, masks)
    assert small.shape == (2, 3, 8, 8)
    torch.testing.assert_close(small, torch.full_like(small, 0.7))
    assert small_masks is not None
    assert small_masks.dtype == masks.dtype
    assert set(small_masks.unique().tolist()) <= {0, 2, 4}


def test_shrinking_averages() -> None:
    """A chessboard of single pixels becomes grey; without anti-aliasing it would stay black or white."""
    board = (torch.arange(16)[:, None] + torch.arange(16)).remainder(2).float()[None, None]
    small, _ = resize(board, 4)
    assert (small[..., 1:-1, 1:-1] - 0.5).abs().max() < 0.05


def test_the_same_size_is_left_alone() -> None:
    images = torch.rand(1, 1, 8, 8)
    assert resize(images, 8)[0] is images


def test_batches_grow_from_epoch_to_epoch() -> None:
    images, classes = torch.rand(6, 1, 8, 8), torch.arange(6)
    batches = ResizedBatches([(images[:4], classes[:4]), (images[4:], classes[4:])], [4, 8])
    shapes = [[tuple(x.shape) for x, _ in batches] for _ in range(3)]
    assert shapes == [[(4, 1, 4, 4), (2, 1, 4, 4)], *[[(4, 1, 8, 8), (2, 1, 8, 8)]] * 2]
    assert torch.equal(torch.cat([y for _, y in batches]), classes)
    assert len(batches) == 2


def test_masks_grow_along() -> None:
    masks = torch.randint(0, 3, (2, 8, 8))
    ((x, y),) = ResizedBatches([(torch.rand(2, 1, 8, 8), masks)], [4])
    assert (x.shape[-1], y.shape) == (4, (2, 4, 4))


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="sizes must hold at least one epoch"):
        ResizedBatches([], [])
    with pytest.raises(ValueError, match="0 < start <= end, not 64 and 32"):
        size_schedule(64, 32, 3)
    with pytest.raises(ValueError, match="start must be a multiple of 4, not 30"):
        size_schedule(30, 32, 3)
    with pytest.raises(ValueError, match="epochs must be at least 1, not 0"):
        size_schedule(4, 8, 0)
    with pytest.raises(ValueError, match="last"):
        size_schedule(4, 8, 2, last=2)
    with pytest.raises(ValueError, match="size must be at least 1, not 0"):
        resize(torch.rand(1, 1, 4, 4), 0)
    with pytest.raises(ValueError, match="at least one epoch"):
        relative_cost([])
