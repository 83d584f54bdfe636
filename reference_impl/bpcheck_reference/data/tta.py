"""Test-time augmentation: the mean of what a network predicts for several views of an image.

Probabilities are averaged, not logits: the mean of softmax outputs is the prediction of the ensemble. For outputs
that have the size of the image (segmentation), each view's output is turned back before it is averaged. Views must be
such as the network has seen in training; others make the prediction worse.

Source: fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 1 (``learn.TTA``); lesson 2: the clean view
and four augmented ones.

Common mistakes: views that training has not seen (flips of digits), logits averaged, random views without a seed.

Practice: D6. Rules: BP107.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn


class View(NamedTuple):
    """A view of an image batch ``(batch, channels, height, width)``, and what takes an output map back."""

    forward: Callable[[Tensor], Tensor]
    inverse: Callable[[Tensor], Tensor]


def identity() -> View:
    """The image as it is."""
    return View(lambda x: x, lambda x: x)


def mirror() -> View:
    """Left and right swapped."""
    return View(lambda x: x.flip(-1), lambda x: x.flip(-1))


def square_symmetries() -> list[View]:
    """The eight symmetries of the square: four turns, each as it is and mirrored. For images without an upright."""

    def view(turns: int, flip: bool) -> View:
        def forward(x: Tensor) -> Tensor:
            turned = torch.rot90(x, turns, (-2, -1))
            return turned.flip(-1) if flip else turned

        def inverse(x: Tensor) -> Tensor:
            return torch.rot90(x.flip(-1) if flip else x, -turns, (-2, -1))

        return View(forward, inverse)

    return [view(turns, flip) for flip in (False, True) for turns in range(4)]


def shifts(pixels: int) -> list[View]:
    """The image as it is and moved by ``pixels`` in the four directions; what leaves at one edge comes in at the other."""
    if pixels < 1:
        raise ValueError(f"pixels must be at least 1, not {pixels}")

    def view(down: int, right: int) -> View:
        return View(lambda x: x.roll((down, right), (-2, -1)), lambda x: x.roll((-down, -right), (-2, -1)))

    return [identity(), view(pixels, 0), view(-pixels, 0), view(0, pixels), view(0, -pixels)]


@torch.no_grad()
def tta(
    model: nn.Module,
    images: Tensor,
    views: Sequence[View],
    *,
    output: Literal["logits", "probabilities", "map"] = "logits",
) -> Tensor:
    """The mean prediction over ``views``, in eval mode; the model is left in the modes that it came with.

    Args:
        model: the network.
        images: shape ``(batch, channels, height, width)``.
        views: at least one; leave :func:`identity` out only on purpose.
        output: what the model gives. ``logits`` of shape ``(batch, classes)`` go through softmax before the mean;
            ``probabilities`` of that shape are averaged as they are; a ``map`` of shape ``(batch, classes, height, width)``
            holds logits and is turned back by the view's inverse.

    Returns:
        Probabilities of the model's output shape. Along the classes they sum to 1.

    Raises:
        ValueError: there are no views, or ``output`` is none of the three.
    """
    if not views:
        raise ValueError("views must hold at least one view")
    if output not in ("logits", "probabilities", "map"):
        raise ValueError(f"output must be 'logits', 'probabilities' or 'map', not {output!r}")
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        total: Tensor | None = None
        for view in views:
            raw = model(view.forward(images))
            probabilities = raw if output == "probabilities" else raw.softmax(dim=1)
            prediction = view.inverse(probabilities) if output == "map" else probabilities
            total = prediction if total is None else total + prediction
    finally:
        for module, training in modes:
            module.training = training
    assert total is not None
    return total / len(views)
