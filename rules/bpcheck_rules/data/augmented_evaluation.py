"""The data that a network is evaluated on go through a random transform.

## What it does
Flags a dataset that an evaluation reads and whose transform holds a random operation: a crop, flip, rotation, colour
jitter or the like. It finds one pipeline shared by both sets, one list of transforms that keeps growing, and
`random_split` of a dataset that was augmented as a whole.

## Why is this bad?
Every evaluation sees other images. The metric is noisy, two epochs or two models cannot be compared exactly, and the
value is off: the network is scored on cropped and distorted images that nobody will send it. A plateau scheduler or a
best checkpoint then follows the noise.

## Example
```python
import torch
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import ImageFolder

augment = transforms.Compose([
    transforms.RandomResizedCrop(224),
    transforms.RandomHorizontalFlip(),
    transforms.ToTensor(),
])
train_set = ImageFolder("photos/train", transform=augment)
valid_set = ImageFolder("photos/valid", transform=augment)


@torch.no_grad()
def accuracy(model):
    model.eval()
    loader = DataLoader(valid_set, batch_size=128)
    return sum((model(images).argmax(1) == labels).sum().item() for images, labels in loader) / len(valid_set)
```

## Use instead
```python
from torchvision import transforms
from torchvision.datasets import ImageFolder

augment = transforms.Compose([
    transforms.RandomResizedCrop(224),
    transforms.RandomHorizontalFlip(),
    transforms.ToTensor(),
])
plain = transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor()])
train_set = ImageFolder("photos/train", transform=augment)
valid_set = ImageFolder("photos/valid", transform=plain)
```

`random_split` shares one dataset, and with it one transform. Make two datasets over the same files, one for each
transform, and take a `Subset` of each with the same indices. Setting `valid_set.dataset.transform` would change the
training data as well.

## When not to follow it
`FiveCrop` and `TenCrop` are not random and not reported; neither is an evaluation on the training data themselves, nor
a builder that adds the random part under `if train:`. Test-time augmentation that averages over several random views
means it; so does a robustness test under random distortions. Write where the dataset is made:
`# bpcheck: ignore[BP104] eight random views are averaged`.

## Fix safety
Unsafe: the metric changes, which is the point of it. No automatic fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 1: `tfms_from_model(..., aug_tfms=...)` makes two
  pipelines, and only that of the training data is augmented
- torchvision documentation, Transforming images: https://docs.pytorch.org/vision/stable/transforms.html

## Evidence
Validation images that are shifted at random like those of the training give too low an accuracy, and one that differs
from one evaluation to the next. With the largest shifts the two arms could not be told apart: there the few validation
images, and training images unlike those of the test, put the plain estimate off as well. Crops and colours were not
measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.evaluated_data import augmented
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP104", severity=Severity.WARNING, practice=("D5",), fix=Safety.UNSAFE)
def augmented_evaluation(program: Program) -> Iterator[Violation]:
    for found in augmented(program):
        yield Violation(
            place(found.dataset_site),
            f"{found.transform.label} changes the images that the model is evaluated on at random",
            (
                *((step(found.transform.site, "this transform is random"),) if found.transform.site else ()),
                step(found.dataset_site, "and part of the evaluation data"),
            ),
            manual="Give the evaluation data a transform without random operations.",
        )
