"""A classifier of photos is trained on the same images in every epoch, with no random change to them.

## What it does
Flags the training of a classifier (of whole images or of their pixels) on colour photos where nothing is left to chance: no
random transform in the dataset, no random number drawn while a sample is read or a batch is mixed, none inside the
network. Photos are those of torchvision's datasets of photos, a folder of images, or image files that feed a network with
three input channels. Trainings of fewer than five epochs are left alone.

## Why is this bad?
A network of any size can learn a few thousand images by heart. Mirrored, cropped and re-coloured copies cost nothing, keep
their label, and are the cheapest way to more data: without them the training loss goes on falling while the validation
loss rises. The network also takes accidents of the framing (where the object stands, how large it is) for the class.

## Example
```python
from torch import nn, optim
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import CIFAR10

plain = transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.5] * 3, [0.25] * 3)])
loader = DataLoader(CIFAR10("data", train=True, transform=plain), batch_size=128, shuffle=True)
model = nn.Sequential(nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(512, 10))
optimizer = optim.AdamW(model.parameters(), lr=1e-3)
for epoch in range(30):
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
from torchvision.datasets import CIFAR10

augmented = transforms.Compose([
    transforms.RandomCrop(32, padding=4),
    transforms.RandomHorizontalFlip(),
    transforms.ToTensor(),
    transforms.Normalize([0.5] * 3, [0.25] * 3),
])
loader = DataLoader(CIFAR10("data", train=True, transform=augmented), batch_size=128, shuffle=True)
model = nn.Sequential(nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(512, 10))
optimizer = optim.AdamW(model.parameters(), lr=1e-3)
for epoch in range(30):
    for images, labels in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
```

For larger photos take `RandomResizedCrop(224)` and a flip, or `TrivialAugmentWide()`, which has nothing to tune. For masks
use the joint transforms of `torchvision.transforms.v2`, so that image and mask are changed alike. Only the training data
are augmented.

## When not to follow it
Characters, spectrograms, grey and medical images (as far as the constructor, the channels or the path tell) and detection
are not reported, and neither is a program in which some transform is not seen, an option would augment, or two trainings
with and without augmentation are compared. A baseline on purpose, a linear probe on fixed features, or objects that a
camera always shows alike have no use for it. Write where the dataset is made:
`# bpcheck: ignore[BP105] baseline without augmentation`.

## Fix safety
Unsafe: the network is trained on other images. No automatic fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 1: the pictures of cats and dogs that are classified
  wrongly are often badly cropped; `aug_tfms=transforms_side_on, max_zoom=1.1` is the answer
- S. G. Mueller and F. Hutter, TrivialAugment: Tuning-free Yet State-of-the-Art Data Augmentation, 2021, arXiv 2103.10158
- torchvision documentation, Transforming images: https://docs.pytorch.org/vision/stable/transforms.html

## Evidence
Measured on small grey digits with shifts, not on photos, which this rule is about. On test images like those of the
training, no gain worth a change was certain but with few training images, and none is left with many. On images that
are moved, the experiment on mirrored digits shows a large gain. Augmentation pays where data are scarce, or where the
images to come differ in just what it changes; photos, crops and colours were not measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.augmentation import unaugmented
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP105", severity=Severity.INFO, practice=("D4",), fix=Safety.UNSAFE)
def no_augmentation(program: Program) -> Iterator[Violation]:
    for found in unaugmented(program):
        yield Violation(
            place(found.site),
            f"`{found.model.label}` is trained on the same photos in every epoch, with no random change to them",
            (
                step(found.site, "nothing is drawn at random where these images are read"),
                step(found.pass_site, "and nothing on the way into the network"),
            ),
            manual=(
                "Add random transforms to the training data only, such as `RandomResizedCrop` and `RandomHorizontalFlip`, or "
                "`TrivialAugmentWide()`."
            ),
        )
