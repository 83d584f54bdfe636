"""Training images are changed at random in a way that changes their label, cannot occur or has no effect.

## What it does
Looks at the random transforms of a dataset whose constructor says what its images show, in the training of a classifier:

- flips, quarter turns and rotations by more than 45 degrees of digits and letters (MNIST, EMNIST, SVHN, Omniglot ...), and
  mirrored traffic signs
- a change of hue or saturation after the colour was taken away, or on images with one channel: it does nothing
- advice only (info): photos that are turned upside down, where the things in them have a right way up

## Why is this bad?
Augmentation tells a network what does not matter. A mirrored 3 is no digit at all, a 6 upside down is a 9 that keeps the
label 6, and "keep right" mirrored is "keep left": the network is taught to confuse them. Images that never occur, such as
cars on their roofs, use up capacity that the others need.

## Example
```python
from torch import nn, optim
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import SVHN

changed = transforms.Compose([
    transforms.RandomHorizontalFlip(),
    transforms.RandomRotation(10),
    transforms.ToTensor(),
])
loader = DataLoader(SVHN("data", split="train", transform=changed), batch_size=128, shuffle=True)
model = nn.Sequential(nn.Flatten(), nn.Linear(3072, 128), nn.ReLU(), nn.Linear(128, 10))
optimizer = optim.AdamW(model.parameters(), lr=1e-3)
for images, labels in loader:
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(images), labels).backward()
    optimizer.step()
```

## Use instead
```python
from torch import nn, optim
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import SVHN

changed = transforms.Compose([
    transforms.RandomAffine(degrees=10, translate=(0.1, 0.1), scale=(0.9, 1.1)),
    transforms.ToTensor(),
])
loader = DataLoader(SVHN("data", split="train", transform=changed), batch_size=128, shuffle=True)
model = nn.Sequential(nn.Flatten(), nn.Linear(3072, 128), nn.ReLU(), nn.Linear(128, 10))
optimizer = optim.AdamW(model.parameters(), lr=1e-3)
for images, labels in loader:
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(images), labels).backward()
    optimizer.step()
```

Small shifts, scales and rotations suit characters; mirroring suits photos of things; all eight symmetries suit what is seen
from above or under a microscope.

## When not to follow it
Nothing is reported where the constructor does not say what the images show, such as a folder of images, nor for satellite
and tissue images, generators and self-supervised learning. Digits in any orientation can be the task itself, and a camera
that hangs upside down does see cars on their roofs. Write at the transform:
`# bpcheck: ignore[BP106] digits are read in any orientation`.

## Fix safety
Unsafe: the network is trained on other images. No automatic fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lessons 1 and 2: `transforms_side_on` flips from left to right
  only, `transforms_top_down` (satellite images) has all symmetries
- K. Sohn et al., FixMatch: Simplifying Semi-Supervised Learning with Consistency and Confidence, 2020, arXiv 2001.07685
  (flips for all data sets but SVHN)
- torchvision documentation, `adjust_hue` and `adjust_saturation`: https://docs.pytorch.org/vision/stable/transforms.html

## Evidence
Mirroring digits costs accuracy against shifting them, and against leaving them as they are too. Shifts gain nothing on
images that stand where those of the training do, and much on images that are moved as far as in training. Traffic
signs, photos turned upside down, and changes of colour without effect were not measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.label_changes import unsuitable
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule

_EFFECTS = {
    ("flip", "glyphs"): "mirrors characters, which then are none or others",
    ("upside-down", "glyphs"): "turns characters upside down, which then are none or others",
    ("turn", "glyphs"): "turns characters on their sides or over, which then are none or others",
    ("rotation", "glyphs"): "turns characters so far that they pass for others",
    ("flip", "signs"): "mirrors traffic signs, which then say something else",
    ("upright", "photos"): "turns photos upside down, as they never occur",
}


@rule(code="BP106", severity=Severity.WARNING, practice=("D5",), fix=Safety.UNSAFE)
def unsuitable_augmentation(program: Program) -> Iterator[Violation]:
    for found in unsuitable(program):
        effect = _EFFECTS.get((found.effect, found.shown), "changes colours of images that have none")
        yield Violation(
            place(found.site),
            f"{found.transform.label} {effect}",
            (
                step(found.data_site, "the images that are trained on"),
                step(found.site, "are changed by this transform"),
            ),
            severity=Severity.INFO if found.effect == "upright" else None,
            manual=(
                "Leave out `saturation` and `hue`, which do nothing here."
                if found.effect == "no colour in part"
                else "Remove it; small shifts, scales and rotations keep the label."
            ),
        )
