"""Convolutions without padding, or a stem made for large images, lose much of small ones.

## What it does
Flags networks trained on images of at most 32 pixels whose convolutions with kernels of 3 or more have no padding: the
first one, or two of them anywhere. Flags a stem of 7 by 7 and stride 2 (that of ResNet) on images of at most 64 pixels, in
the project's own network or in one of torchvision's. The size of the images comes from the data set and its transforms, or
from the linear layer that gets all of the last map. Each network is reported once.

## Why is this bad?
Without padding a kernel of 5 takes 4 pixels of each axis away: of a digit of 28 by 28 pixels 27 % of all positions after
one such layer, and the pixels at the border are seen by fewer kernels than those in the middle. A network of some depth has
nothing left to look at. ResNet's stem and the pooling behind it divide each axis by 4 before the first block: 224
pixels become 56, but 32 become 8, and the last stage works on a single pixel.

## Example
```python
import torch
from torch import nn

model = nn.Sequential(
    nn.Conv2d(1, 16, kernel_size=5),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(16, 32, kernel_size=5),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(32 * 4 * 4, 10),
)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)


def train(loader):
    for digits, labels in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(digits), labels).backward()
        optimizer.step()
```

## Use instead
```python
import torch
from torch import nn

model = nn.Sequential(
    nn.Conv2d(1, 16, kernel_size=5, padding=2),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(16, 32, kernel_size=5, padding=2),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(32 * 7 * 7, 10),
)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)


def train(loader):
    for digits, labels in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(digits), labels).backward()
        optimizer.step()
```

A padding of `dilation * (kernel_size - 1) // 2` keeps the size, as does `padding="same"` at stride 1. For a ResNet of
torchvision on small images: `model.conv1 = nn.Conv2d(3, 64, 3, stride=1, padding=1, bias=False)` and
`model.maxpool = nn.Identity()`; or enlarge the images, which is the better choice with pretrained weights.

## When not to follow it
Unpadded convolutions are a style: LeNet has them, and digits of 28 pixels have room for two. A border that is added
elsewhere (`F.pad`, a padding layer), kernels as large as their map, convolutions over text or sound, and images whose
size is not known are not reported. Write at the convolution: `# bpcheck: ignore[BP511] LeNet as published`.

## Fix safety
Unsafe: the maps become larger, and with them the linear layer that gets them, so weights no longer fit and the network has
to be trained anew. No automatic fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 7: the first convolution of the networks for CIFAR-10
  is 5 by 5 with stride 1 and padding 2, later ones 3 by 3 with stride 2 and padding 1
- K. He, X. Zhang, S. Ren and J. Sun, Deep Residual Learning for Image Recognition, 2015, arXiv 1512.03385: 7 by 7 with stride
  2 for ImageNet (section 3.3), but 3 by 3 for CIFAR-10 (section 4.2)

## Evidence
Measured on digits of 8 by 8 pixels, each network at its own best learning rate. The stem made for large images loses
much at that size, and far less on the same digits enlarged to twice the size. Padding did not pay: with one
convolution the unpadded network was slightly better, with two and three there was no difference; but the network is
shallow, and digits have little at their sides. Deep networks and photographs were not measured; what remains of the
map is arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.layers import made_at
from bpcheck.facts.padding import Stem, Unpadded, oversized_stem, unpadded
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP511", severity=Severity.INFO, practice=("R10",), fix=Safety.UNSAFE)
def unpadded_small_conv(program: Program) -> Iterator[Violation]:
    if program.task.adversarial:
        return
    known: set[tuple[str, int, int]] = set()
    for layers in program.layers:
        stem = oversized_stem(layers)
        losses = unpadded(layers) if stem is None else None
        site = stem.place if stem is not None else made_at(losses.losses[0][0]) if losses is not None else None
        if site is None or program.site_key(site) in known:
            continue
        known.add(program.site_key(site))
        if stem is not None:
            yield _of_stem(stem)
        elif losses is not None:
            yield _of_borders(losses)


def _of_stem(stem: Stem) -> Violation:
    return Violation(
        place(stem.place),
        f"the stem of {stem.label} is made for large images: of {stem.image} by {stem.image} pixels the last layers see "
        f"{stem.left} by {stem.left}",
        (step(stem.used, f"images of {stem.image} by {stem.image} pixels go in here"),),
        manual=(
            "Enlarge the images with `Resize(224)`; the pretrained weights expect that."
            if stem.pretrained
            else "Use a first convolution of 3 by 3 with stride 1 and padding 1, without the pooling after it."
        ),
    )


def _of_borders(found: Unpadded) -> Violation:
    node, before, after = found.losses[0]
    kernel = node.args.get("kernel_size")
    size = getattr(kernel, "value", None)
    padding = f"padding={size // 2}" if isinstance(size, int) else "padding=kernel_size // 2"
    return Violation(
        place(made_at(node)),
        f"without padding this convolution cuts maps of {before} by {before} to {after} by {after}",
        tuple(step(each.site, f"{one} by {one} becomes {other} by {other} here") for each, one, other in found.losses),
        manual=f"Write `{padding}`, and let the layer after the last map expect its new size.",
    )
