"""What each domain's augmentation can make of an image, and what it cannot."""

from __future__ import annotations

import pytest
import torch
from bpcheck_reference.data.augmentation import Augment, random_lighting, random_mirror, random_shift, random_symmetry

IMAGE = torch.arange(1.0, 17.0).view(1, 1, 4, 4)


def variants(augment: torch.nn.Module, times: int = 300) -> set[tuple[float, ...]]:
    return {tuple(image.flatten().tolist()) for image in augment(IMAGE.expand(times, 1, 4, 4))}


def test_glyphs_are_only_shifted(device: torch.device) -> None:
    """A shift by (a, b) is the image in a frame of zeros, cut out elsewhere: nine of them for one pixel."""
    padded = torch.nn.functional.pad(IMAGE, [1] * 4)[0, 0]
    shifted = {tuple(padded[a : a + 4, b : b + 4].flatten().tolist()) for a in range(3) for b in range(3)}
    found = {
        tuple(image.flatten().tolist())
        for image in Augment("glyphs", shift=1).to(device)(IMAGE.expand(300, 1, 4, 4).to(device)).cpu()
    }
    assert found == shifted


def test_upright_images_are_mirrored_sideways_only() -> None:
    found = variants(Augment("upright", shift=0, lighting=0))
    assert found == {tuple(IMAGE.flatten().tolist()), tuple(IMAGE.flip(3).flatten().tolist())}


def test_overhead_images_take_all_eight_symmetries() -> None:
    turned = [torch.rot90(IMAGE, k, (2, 3)) for k in range(4)]
    expected = {tuple(each.flatten().tolist()) for t in turned for each in (t, t.flip(3))}
    assert len(expected) == 8
    assert variants(Augment("overhead", shift=0, lighting=0)) == expected


def test_lighting_stays_within_its_strength() -> None:
    images = torch.rand(500, 3, 4, 4, dtype=torch.float64) + 0.5
    changed = random_lighting(images, 0.2)
    mean = images.mean((1, 2, 3))
    brightness = changed.mean((1, 2, 3)) / mean
    contrast = changed.std((1, 2, 3)) / images.std((1, 2, 3))
    for factor in (brightness, contrast):
        assert factor.min() >= 0.8 - 1e-9
        assert factor.max() <= 1.2 + 1e-9
        assert factor.std() > 0.05


def test_images_of_a_batch_differ_from_each_other_and_evaluation_is_left_alone() -> None:
    augment = Augment("upright")
    images = torch.rand(1, 3, 8, 8).expand(20, 3, 8, 8)
    assert len(augment(images).unique(dim=0)) > 10
    assert augment.eval()(images) is images


def test_channels_move_together() -> None:
    images = torch.rand(50, 1, 6, 6).repeat(1, 3, 1, 1)
    for change in (lambda x: random_shift(x, 2), random_mirror, random_symmetry):
        changed = change(images)
        assert torch.equal(changed[:, 0], changed[:, 2])


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="domain must be 'glyphs', 'upright' or 'overhead', not 'photos'"):
        Augment("photos")
    with pytest.raises(ValueError, match="shift must not be negative"):
        Augment("glyphs", shift=-1)
    with pytest.raises(ValueError, match="lighting must lie between 0 and 1, not 1"):
        Augment("upright", lighting=1.0)
    with pytest.raises(ValueError, match="images must have shape"):
        Augment("glyphs")(torch.zeros(3, 4))
    with pytest.raises(ValueError, match="square to be turned, not 4 by 5"):
        random_symmetry(torch.zeros(1, 1, 4, 5))
