"""Training on small images first and on larger ones later.

A convolutional network that pools adaptively takes images of any size. Small images cost less (a quarter of the
pixels, a quarter of the time) and act as augmentation for the larger ones; the last epochs must see the size of use.

Source: fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 2 (``learn.set_data(get_data(sz))`` at 64,
128, 256); Composer, Progressive Image Resizing, https://docs.mosaicml.com/projects/composer.

Common mistakes: ending at a smaller size than the network is used at.

Practice: T2. Rules: BP302.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Sized
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn import functional as F


def size_schedule(start: int, end: int, epochs: int, *, last: float = 0.2, multiple: int = 4) -> list[int]:
    """The image size of each epoch: from ``start`` it grows linearly, and the last part runs at ``end``.

    Args:
        start: first side length in pixels, a multiple of ``multiple``.
        end: side length of use, at least ``start``, a multiple of ``multiple``.
        epochs: how many, at least 1.
        last: share of the epochs at full size, rounded up, at least one epoch.
        multiple: sizes are rounded down to multiples of it.

    Raises:
        ValueError: an argument is out of its range.
    """
    if multiple < 1:
        raise ValueError(f"multiple must be at least 1, not {multiple}")
    if not 0 < start <= end:
        raise ValueError(f"start and end must satisfy 0 < start <= end, not {start} and {end}")
    for name, value in (("start", start), ("end", end)):
        if value % multiple:
            raise ValueError(f"{name} must be a multiple of {multiple}, not {value}")
    if epochs < 1:
        raise ValueError(f"epochs must be at least 1, not {epochs}")
    if not 0 <= last <= 1:
        raise ValueError(f"last must lie between 0 and 1, not {last}")
    full = max(-int(-epochs * last // 1), 1)
    growing = epochs - full
    sizes = [start + (end - start) * k // max(growing, 1) // multiple * multiple for k in range(growing)]
    return [*sizes, *[end] * full]


def relative_cost(sizes: list[int]) -> float:
    """Pixels that are seen, as a share of those seen with all epochs at the last size."""
    if not sizes:
        raise ValueError("sizes must hold at least one epoch")
    return sum(size * size for size in sizes) / (len(sizes) * sizes[-1] ** 2)


def resize(images: Tensor, size: int, masks: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
    """Square images of side ``size``; class masks along with them.

    Args:
        images: floating point, shape ``(batch, channels, height, width)``. Bilinear, anti-aliased when they shrink.
        size: the new side length.
        masks: integer classes, shape ``(batch, height, width)``. Nearest neighbour: no new class appears.
    """
    if size < 1:
        raise ValueError(f"size must be at least 1, not {size}")
    if images.shape[-2:] != (size, size):
        images = F.interpolate(images, size=(size, size), mode="bilinear", align_corners=False, antialias=True)
    if masks is not None and masks.shape[-2:] != (size, size):
        resized = F.interpolate(masks[:, None].to(torch.float64), size=(size, size), mode="nearest-exact")
        masks = resized[:, 0].to(masks.dtype)
    return images, masks


class Batches(Sized, Protocol):
    """What a ``DataLoader`` gives: as many batches of images and targets in each epoch."""

    def __iter__(self) -> Iterator[Any]: ...


class ResizedBatches:
    """Batches whose images have the size of the present epoch: to be trained on like the loader itself.

    Each time it is gone through counts as an epoch; beyond the last size, that one stays.

    Args:
        batches: pairs of images ``(batch, channels, height, width)`` and targets. Targets of shape ``(batch, height, width)``
            are class masks and resized along with the images; others stay as they are.
        sizes: side length for each epoch, see :func:`size_schedule`.
    """

    def __init__(self, batches: Batches, sizes: Sequence[int]) -> None:
        if not sizes:
            raise ValueError("sizes must hold at least one epoch")
        self.batches, self.sizes, self.epoch = batches, list(sizes), 0

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        size = self.sizes[min(self.epoch, len(self.sizes) - 1)]
        self.epoch += 1
        for images, targets in self.batches:
            resized, masks = resize(images, size, targets if targets.dim() == 3 else None)
            yield resized, targets if masks is None else masks
