"""An unusual learning rate stands in the code as a number, and nothing in the project tries out others.

## What it does
Flags an optimizer whose learning rate is written into the program as a number that is unusual for it: plain SGD below
0.005 or above 1 (with momentum, the rate divided by one minus the momentum), Adam and the like below 0.00001 or above
0.01. And where that number alone decides how fast the network learns: no option, parameter or configuration sets it,
no schedule or warm-up changes it (a fall where a metric stalls does not count), and neither the program nor the files
beside it hold a range test or a sweep. It is advice, given once for each program, for trainings from scratch on real
data, of at least three epochs, and only where all code was seen. Losses that are sums call for small rates and
clipped gradients allow large ones: these are not reported, nor are optimizers that choose their steps themselves, nor
those that a framework makes.

## Why is this bad?
The learning rate matters more than any other number in a training, and which one is right depends on the network, the
loss, the batch size and the data. A rate that was copied from another program is often off by a factor of ten: too
small, and the run ends before the network has learned what it could; too large, and the loss stays high or diverges. A
range test answers within an epoch. It raises the rate from batch to batch and shows where the loss falls, and from
where on it rises. The largest rate that works is too large, and so is the one with the lowest loss: there the loss is
about to rise. A tenth of the latter leaves a margin.

## Example
```python
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import CIFAR10
from torchvision.transforms import ToTensor

train_set = CIFAR10("data", train=True, transform=ToTensor(), download=True)
loader = DataLoader(train_set, batch_size=128, shuffle=True)
model = nn.Sequential(nn.Flatten(), nn.Linear(3072, 256), nn.ReLU(), nn.Linear(256, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.001)
for epoch in range(20):
    for x, y in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
```

## Use instead
```python
import argparse

import torch
from bpcheck_reference.learning_rate.lr_finder import lr_finder
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import CIFAR10
from torchvision.transforms import ToTensor

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, help="without it, the range test is run and nothing is trained")
args = parser.parse_args()

train_set = CIFAR10("data", train=True, transform=ToTensor(), download=True)
loader = DataLoader(train_set, batch_size=128, shuffle=True)
model = nn.Sequential(nn.Flatten(), nn.Linear(3072, 256), nn.ReLU(), nn.Linear(256, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=args.lr or 0.1)
if args.lr is None:
    test = lr_finder(model, optimizer, loader, lambda net, batch: nn.functional.cross_entropy(net(batch[0]), batch[1]))
    print(test.curve(), test.minimum_tenth)
    raise SystemExit
for epoch in range(20):
    for x, y in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
```

`bpcheck vendor lr_finder` copies the range test into a project. It puts weights, statistics and optimizer back.
Lightning has `Tuner(trainer).lr_find(model)`, fastai `learn.lr_find()`, and torch-lr-finder
`LRFinder(...).range_test(loader)`, after which its `reset()` must be called.

## When not to follow it
Where a published result is reproduced, its rate belongs to it; and a rate that was found by trying needs no other
proof than a comment: `# bpcheck: ignore[BP201] best of 0.3, 0.1, 0.03 on the validation set`. A range test answers for
the first steps only and for its batch size; a sweep over three rates with full runs is the better answer where it
can be paid for.

## Fix safety
Manual: only a run on the data can tell the rate. No automatic fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 1: `lr_find()`, and the rate "where the loss is
  still clearly improving"
- L. Smith, Cyclical Learning Rates for Training Neural Networks, 2015, arXiv 1506.01186 (the range test)
- Lightning documentation, learning-rate finder:
  https://lightning.ai/docs/pytorch/stable/advanced/training_tricks.html
- torch-lr-finder: https://github.com/davidtvs/pytorch-lr-finder

## Evidence
The gain is large where the rate in the program is far off, as 0.001 is for SGD; for Adam, whose default was chosen
with care, it is small. A tenth of the rate at the lowest loss and the valley served with all three optimizers; the
lowest loss itself did not with any, nor the steepest fall with SGD. Measured on one small network, against a default
only, with a constant rate; a sweep over full runs was not.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.program import Program, place, step
from bpcheck.facts.rate_choice import written_rates
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP201", severity=Severity.INFO, practice=("L1",), fix=Safety.MANUAL)
def no_lr_finder(program: Program) -> Iterator[Violation]:
    for found in written_rates(program)[:1]:
        name, rate = found.optimizer.name, f"{found.rate:g}"
        yield Violation(
            place(found.made),
            f"{name} trains at a rate of {rate}, which is {found.size} for it, and nothing here tries out another",
            (
                *((step(found.written, "the rate is written here"),) if found.written is not None else ()),
                step(found.made, f"{name} gets it here"),
                step(found.trained, "and every run takes its steps at it"),
            ),
            manual=(
                f"Run a range test (`bpcheck vendor lr_finder`) and replace {rate} by a tenth of the rate at which the "
                "loss is lowest; or make the rate an option and compare three of them."
            ),
        )
