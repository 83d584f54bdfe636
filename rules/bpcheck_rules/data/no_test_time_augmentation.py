"""Final predictions for photos come from one view of each, though the network was trained on mirrored ones.

## What it does
Points at the one pass over the test images that comes after the training of a classifier of photos, where the training
images were mirrored at random and the program shows no form of several views: no second pass, no `FiveCrop` or `TenCrop`.
A pass over them after each epoch counts where no other images are held out: its last figure is the final one. Advice only
(info), once per program.

## Why is this bad?
It leaves accuracy on the table. The network has learned that a photo and its mirror image are the same thing, and makes
different mistakes on them; the mean of both predictions is right more often than each. It costs one more pass for each
view, and no training.

## Example
```python
import torch
from torch import nn, optim
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import CIFAR10

mirrored = transforms.Compose([transforms.RandomHorizontalFlip(), transforms.ToTensor()])
train = DataLoader(CIFAR10("data", train=True, transform=mirrored), batch_size=128, shuffle=True)
test = DataLoader(CIFAR10("data", train=False, transform=transforms.ToTensor()), batch_size=128)
model = nn.Sequential(nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(512, 10))
optimizer = optim.AdamW(model.parameters(), lr=1e-3)
for epoch in range(30):
    for images, labels in train:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()

model.eval()
with torch.no_grad():
    correct = 0
    for images, labels in test:
        correct += (model(images).argmax(1) == labels).sum().item()
    print(correct)
```

## Use instead
```python
import torch
from torch import nn, optim
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import CIFAR10

mirrored = transforms.Compose([transforms.RandomHorizontalFlip(), transforms.ToTensor()])
train = DataLoader(CIFAR10("data", train=True, transform=mirrored), batch_size=128, shuffle=True)
test = DataLoader(CIFAR10("data", train=False, transform=transforms.ToTensor()), batch_size=128)
model = nn.Sequential(nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(512, 10))
optimizer = optim.AdamW(model.parameters(), lr=1e-3)
for epoch in range(30):
    for images, labels in train:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()

model.eval()
with torch.no_grad():
    correct = 0
    for images, labels in test:
        probabilities = (model(images).softmax(1) + model(images.flip(-1)).softmax(1)) / 2
        correct += (probabilities.argmax(1) == labels).sum().item()
    print(correct)
```

Average probabilities, not class numbers, in eval mode, and only over views of the kind that the network was trained on:
on others it does harm. Outputs that have a geometry (masks, boxes) must be turned back before they are averaged.

## When not to follow it
Where a prediction must be cheap, or where single-view figures are compared with those of a paper. The gain is small for a
network that was trained with strong augmentation, and single images can get worse. Write at the pass:
`# bpcheck: ignore[BP107] single view, as in the paper`.

## Fix safety
Manual: what a prediction may cost is not known to bpcheck. No automatic fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 1: `log_preds, y = learn.TTA()`
- D. Shanmugam et al., Better Aggregation in Test-Time Augmentation, 2021, arXiv 2011.11156
- fastai documentation, `Learner.tta`: https://docs.fast.ai/learner.html

## Evidence
Measured on few small digits: the mean over the image and four neighbours a pixel away gains a little where the network
was trained on images moved at random, and costs several times as much where it was not, so take only views that training
has seen. Outputs stored in the course's notebooks: accuracy of a small residual network on CIFAR-10 from 0.8295 to
0.8491, of a classifier of dog breeds from 0.9261 to 0.9315, and no gain for cats and dogs (0.9917 and 0.9910).
Shanmugam et al. claim a gain on average, with many predictions that were right turned wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.final_views import single_views
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP107", severity=Severity.INFO, practice=("D6",), fix=Safety.MANUAL)
def no_test_time_augmentation(program: Program) -> Iterator[Violation]:
    for found in single_views(program):
        name = f"`{found.model.label}`" if found.model.kind == "module" else "the network"
        yield Violation(
            place(found.site),
            f"{name} was trained on mirrored photos and sees each test image from one side only",
            (
                step(found.flip_site, "the training images are mirrored at random"),
                step(found.site, "the final predictions come from one plain pass"),
            ),
            manual=(
                "After the last epoch, average two views in eval mode: "
                "`(model(x).softmax(1) + model(x.flip(-1)).softmax(1)) / 2`; compare on a validation set first."
            ),
        )
