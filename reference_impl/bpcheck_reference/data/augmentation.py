"""Augmentation that keeps the label, chosen by what is seen in the images.

- ``glyphs`` (digits, letters, signs): small shifts only. A mirrored 2 is no 2, and a 6 upside down is a 9.
- ``upright`` (photos of things that stand): mirror left and right, shift, brightness and contrast.
- ``overhead`` (satellite, microscopy, skin): all eight symmetries of the square, brightness and contrast.

A network learns to give the same answer for what augmentation makes of an image; that is a promise about the data,
and where it does not hold it costs accuracy.

Source: fast.ai, Practical Deep Learning for Coders (2018), part 1, lessons 1 and 3 (``transforms_side_on``,
``transforms_top_down``).

Common mistakes: random transforms of evaluation data (BP104), flips of digits (BP106), none at all for photos
(BP105).

Practice: D5. Rules: BP104, BP105, BP106.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Domain = Literal["glyphs", "upright", "overhead"]


class Augment(nn.Module):
    """Random changes of a batch of images, each image its own; nothing at all in eval mode.

    Put it in front of the network, on whatever device the images are.

    Args:
        domain: ``glyphs``, ``upright`` or ``overhead``; see the module.
        shift: largest shift in pixels along each side; what comes in at the edge is zero.
        lighting: largest relative change of contrast and, in units of the image's mean, of brightness; not for ``glyphs``.
    """

    def __init__(self, domain: Domain, *, shift: int = 2, lighting: float = 0.2) -> None:
        super().__init__()
        if domain not in ("glyphs", "upright", "overhead"):
            raise ValueError(f"domain must be 'glyphs', 'upright' or 'overhead', not {domain!r}")
        if shift < 0:
            raise ValueError(f"shift must not be negative, but is {shift}")
        if not 0 <= lighting < 1:
            raise ValueError(f"lighting must lie between 0 and 1, not {lighting}")
        self.domain, self.shift, self.lighting = domain, shift, lighting

    def forward(self, images: Tensor) -> Tensor:
        """Images of shape ``(batch, channels, height, width)``, floating point; ``overhead`` needs square ones."""
        if images.dim() != 4:
            raise ValueError(f"images must have shape (batch, channels, height, width), not {tuple(images.shape)}")
        if not self.training:
            return images
        images = random_shift(images, self.shift)
        if self.domain == "glyphs":
            return images
        images = random_mirror(images) if self.domain == "upright" else random_symmetry(images)
        return random_lighting(images, self.lighting)


def random_shift(images: Tensor, pixels: int) -> Tensor:
    """Each image moved by up to ``pixels`` along both sides, drawn uniformly; zeros come in."""
    if not pixels:
        return images
    batch, _, height, width = images.shape
    padded = F.pad(images, [pixels] * 4)
    down, right = torch.randint(0, 2 * pixels + 1, (2, batch), device=images.device)
    rows = down[:, None] + torch.arange(height, device=images.device)
    columns = right[:, None] + torch.arange(width, device=images.device)
    each = torch.arange(batch, device=images.device)[:, None, None]
    return padded[each, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def random_mirror(images: Tensor) -> Tensor:
    """Each image mirrored left and right with probability 1/2."""
    chosen = torch.rand(len(images), device=images.device) < 0.5
    return torch.where(chosen[:, None, None, None], images.flip(3), images)


def random_symmetry(images: Tensor) -> Tensor:
    """Each square image turned by a random quarter turn and mirrored with probability 1/2.

    Raises:
        ValueError: the images are not square.
    """
    if images.shape[2] != images.shape[3]:
        raise ValueError(f"images must be square to be turned, not {images.shape[2]} by {images.shape[3]}")
    turns = torch.randint(0, 4, (len(images),), device=images.device)
    turned = torch.stack([torch.rot90(images, k, (2, 3)) for k in range(4)])
    return random_mirror(turned[turns, torch.arange(len(images), device=images.device)])


def random_lighting(images: Tensor, strength: float) -> Tensor:
    """Contrast round the image's mean changed by a factor in 1 - strength to 1 + strength, and the mean shifted alike."""
    if not strength:
        return images
    shape = (len(images), 1, 1, 1)
    contrast, brightness = (torch.rand((2, *shape), device=images.device, dtype=images.dtype) * 2 - 1) * strength
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    return (images - mean) * (1 + contrast) + mean * (1 + brightness)
