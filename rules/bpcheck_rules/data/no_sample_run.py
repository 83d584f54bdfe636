"""A program trains on a whole data set and has no way to try it on a part.

## What it does
Flags a training whose loop runs over all batches of a data set that is read from files, downloaded, or made by a class
of the project, in a program that cannot be told to do less: no `Subset` or slice of the data, no `break` that an option
decides, no number of steps, and no option or variable that speaks of a limit, a fraction, a dry run or the like. It is
advice, given once for each program, and only where all code was seen. Trainers of frameworks have such options, and
small tables of scikit-learn or data made up in the program need none.

## Why is this bad?
Most of the work on a training is finding out that something does not work: a path, a shape, a transform, a learning
rate, the code behind the last epoch that saves the result. On a part of the data each attempt takes seconds. On all of
it the attempts are few, and a mistake in the evaluation shows an hour later.

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
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
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
from torch import nn
from torch.utils.data import DataLoader, Subset
from torchvision.datasets import CIFAR10
from torchvision.transforms import ToTensor

parser = argparse.ArgumentParser()
parser.add_argument("--limit", type=int, help="train on so many samples only")
args = parser.parse_args()

train_set = CIFAR10("data", train=True, transform=ToTensor(), download=True)
if args.limit is not None:
    chosen = torch.randperm(len(train_set), generator=torch.Generator().manual_seed(0))[: args.limit]
    train_set = Subset(train_set, chosen.tolist())
loader = DataLoader(train_set, batch_size=128, shuffle=True)
model = nn.Sequential(nn.Flatten(), nn.Linear(3072, 256), nn.ReLU(), nn.Linear(256, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(20):
    for x, y in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
```

Draw the part at random and with a fixed seed: the first samples of a folder of images are all of one class.

## When not to follow it
Where the data are small enough for a run to take seconds, or where a smaller copy of them lies next to the whole and
is chosen by its path. Hyperparameters that were found on a part are a first guess for the whole: with fewer steps in an
epoch, larger learning rates look better. Write at the data set: `# bpcheck: ignore[BP113] --data has data/sample`.

## Fix safety
Unsafe: it adds an option to the command line; without it, the run stays as it is. No automatic fix is offered yet; the
finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1: work on a small sample first; the Rossmann notebook
  (`lesson3-rossman`) does so with `get_cv_idxs(n, val_pct=150000/n)`
- PyTorch documentation, `torch.utils.data.Subset`: https://docs.pytorch.org/docs/stable/data.html
- Lightning documentation, `fast_dev_run` and `limit_train_batches`:
  https://lightning.ai/docs/pytorch/stable/common/trainer.html

## Evidence
With the same computation, a learning rate sought on a quarter of the data, with four times as many attempts, is better
than one sought on all of them as long as few full runs can be paid for; with eight of them the difference is gone. A
sample drawn at random teaches far more than the first rows of a file that is sorted by class. How many mistakes are
found sooner, the main reason for a sample, was not measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.program import Program, place, step
from bpcheck.facts.sample_run import whole_only
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP113", severity=Severity.INFO, practice=("D1",), fix=Safety.UNSAFE)
def no_sample_run(program: Program) -> Iterator[Violation]:
    found = whole_only(program)
    if found is not None:
        yield Violation(
            place(found.site),
            f"`{found.model.label}` is always trained on all of the data: there is no way to try the program on a part",
            (
                step(found.site, "the data come from here"),
                step(found.loop.site, "every run goes through all of them"),
            ),
            manual="Add an option such as `--limit`, and train on `Subset(data, chosen)` with so many samples, chosen at random.",
        )
