"""A pretrained network is fine-tuned at one image size, on images unlike those that it knows.

## What it does
Points at the transform that sets the size of the training images, where a pretrained convolutional network is fine-tuned
for five epochs or more as a classifier of images that have little in common with photos: seen from above, through a
microscope or by X-rays, as the dataset's constructor or path says. Only where every training image has one known size of at
least 128 pixels. Advice only (info), once per program.

## Why is this bad?
It need not be: it is slow. On unlike images much of a network has to be learned anew, and the coarse part of that is
learned from small images just as well, at a fraction of the cost: an image of 64 pixels has a sixteenth of the pixels of
one of 256. What is learned there carries over, and the change of size works like one more augmentation.

## Example
```python
from torch import nn, optim
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import EuroSAT
from torchvision.models import resnet34

crops = transforms.Compose([transforms.RandomResizedCrop(256), transforms.RandomHorizontalFlip(), transforms.ToTensor()])
loader = DataLoader(EuroSAT("land", transform=crops), batch_size=64, shuffle=True)
model = resnet34(weights="DEFAULT")
model.fc = nn.Linear(model.fc.in_features, 10)
optimizer = optim.AdamW(model.parameters(), lr=1e-4)
for epoch in range(20):
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
```

## Use instead
```python
from torch import nn, optim
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import EuroSAT
from torchvision.models import resnet34


def load(size):
    crops = transforms.Compose([transforms.RandomResizedCrop(size), transforms.RandomHorizontalFlip(), transforms.ToTensor()])
    return DataLoader(EuroSAT("land", transform=crops), batch_size=64, shuffle=True)


model = resnet34(weights="DEFAULT")
model.fc = nn.Linear(model.fc.in_features, 10)
optimizer = optim.AdamW(model.parameters(), lr=1e-4)
for size in (64, 128, 256):
    loader = load(size)
    for epoch in range(7):
        model.train()
        for x, y in loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
```

End at the size that is used for predictions, never below it. The course trains at each size with the body frozen first and
then as a whole.

## When not to follow it
Photos like those of the pretraining are not reported, nor networks with a fixed input size (ViT), crops at native resolution
whose details decide, or programs with more than one size. Whether it helps the accuracy is contested; it saves time. Write
at the transform: `# bpcheck: ignore[BP302] cells are 200 pixels wide`.

## Fix safety
Manual: stages change the training as a whole. No automatic fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 2: satellite images at 64, 128 and 256 pixels, each
  time frozen and then unfrozen
- M. Tan and Q. V. Le, EfficientNetV2: Smaller Models and Faster Training, 2021, arXiv 2104.00298 (progressive learning)
- H. Touvron et al., Fixing the train-test resolution discrepancy, 2019, arXiv 1906.06423

## Evidence
Measured with a small network on drawn letters, trained briefly. For the same number of pixels, growing sizes were not
clearly better than full size throughout; for the same number of epochs they were cheaper, and worse. Sizes that end at
half left a network that hardly works at full size. Photographs, long trainings and pretrained networks were not
measured. Outputs stored in the course's notebook on satellite images: F2 score 0.9227 at 64 pixels, about 0.931 at 128
and 0.9355 at 256, with no comparison to a training at 256 alone. The EfficientNetV2 paper claims a much faster training
at the same or a better accuracy, with regularisation that grows with the size.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.program import Program, place, step
from bpcheck.facts.resizing import one_size
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP302", severity=Severity.INFO, practice=("T2",), fix=Safety.MANUAL, default=False)
def no_progressive_resizing(program: Program) -> Iterator[Violation]:
    for found in one_size(program):
        yield Violation(
            place(found.site),
            f"`{found.model.label}` sees images unlike those it was pretrained on at {found.size} pixels from the start",
            (
                step(found.pretrained_site, "pretrained weights are loaded here"),
                step(found.data_site, "the images that it is fine-tuned on are of another kind"),
                step(found.site, "and all have this size in every epoch"),
            ),
            manual=(
                f"Make the size an argument of the function that makes the loader, and train in stages, such as 64, 128 and "
                f"{found.size} pixels, each time with the body frozen first."
            ),
        )
