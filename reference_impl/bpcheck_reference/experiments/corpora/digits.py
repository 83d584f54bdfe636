"""Handwritten digits: 1,797 images of 8 by 8 pixels (UCI, bundled with scikit-learn)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

TRAINING, TEST = 1297, 500


@dataclass(frozen=True)
class Images:
    """Images (samples, 1, height, width) with values from 0 to 1, and their labels (samples,)."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, which: Tensor | slice) -> Images:
        return Images(self.images[which], self.labels[which])

    @property
    def rows(self) -> Tensor:
        """The images as rows (samples, pixels)."""
        return self.images.flatten(1)

    def to(self, device: str) -> Images:
        """The same on a device."""
        return Images(self.images.to(device), self.labels.to(device))


@cache
def _all() -> Images:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return Images(
        torch.tensor(bunch.images, dtype=torch.float32).div_(16).unsqueeze_(1),
        torch.tensor(bunch.target, dtype=torch.int64),
    )


def digits(
    seed: int, device: str = "cpu", *, training: int = TRAINING, classes: tuple[int, ...] | None = None
) -> tuple[Images, Images]:
    """``training`` images to train on and 500 others to test on, drawn by ``seed``; only of ``classes``, if given.

    Labels are then counted from 0 in the order of ``classes``, and a quarter of the images is kept for the test.
    """
    images = _all()
    if classes is not None:
        images = images[torch.isin(images.labels, torch.tensor(classes))]
        images = Images(images.images, torch.tensor([classes.index(int(label)) for label in images.labels]))
    test = TEST if classes is None else len(images) // 4
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))
    return images[order[test : test + training]].to(device), images[order[:test]].to(device)


def with_wrong_labels(images: Images, share: float, seed: int) -> Images:
    """The same images; a ``share`` of the labels, drawn by ``seed``, is replaced by one of the nine others."""
    generator = torch.Generator().manual_seed(seed)
    changed = torch.randperm(len(images), generator=generator)[: round(share * len(images))]
    labels = images.labels.clone()
    offsets = torch.randint(1, 10, (len(changed),), generator=generator)
    labels[changed.to(labels.device)] = (labels[changed.to(labels.device)] + offsets.to(labels.device)) % 10
    return Images(images.images, labels)


def collected(device: str = "cpu") -> Images:
    """All 1,797 images in the order of the file: writer after writer, each with digits of all classes in turn."""
    return _all().to(device)
