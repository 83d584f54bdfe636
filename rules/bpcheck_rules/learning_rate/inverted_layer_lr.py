"""Earlier layers of a pretrained network get a larger learning rate than the layers behind them.

## What it does
Flags an optimizer whose groups, with the rates that are in force, give pretrained layers a larger learning rate than a new head
behind them, or than later layers of the same network.

## Why is this bad?
The first layers of a pretrained network know edges, textures or words: what every task needs. They are nearly right, and
a large rate destroys them while the head, which is random, creeps along at the small one. The order is nearly always a slip: two
numbers exchanged, or a decay counted from the wrong end.

## Example
```python
import torch
import torchvision
from torch import nn


def train(loader):
    model = torchvision.models.resnet34(weights="DEFAULT")
    model.fc = nn.Linear(512, 37)
    optimizer = torch.optim.SGD(
        [{"params": model.layer4.parameters(), "lr": 1e-2}, {"params": model.fc.parameters(), "lr": 1e-4}], lr=1e-3
    )
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=len(loader))
    for x, y in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        scheduler.step()
```

## Use instead
```python
import torch
import torchvision
from torch import nn


def train(loader):
    model = torchvision.models.resnet34(weights="DEFAULT")
    model.fc = nn.Linear(512, 37)
    optimizer = torch.optim.SGD(
        [{"params": model.layer4.parameters(), "lr": 1e-4}, {"params": model.fc.parameters(), "lr": 1e-2}], lr=1e-3
    )
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=len(loader))
    for x, y in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        scheduler.step()
```

The course divides by 10 from one group of layers to the one before where the data are similar, and by 3 where they are not.

## When not to follow it
Rates that are not known, rates that are written to the groups later, frozen layers, adapters (the larger rate for one of the two
matrices in LoRA+) and networks that are not pretrained are not reported. If the body is to move faster, write at the optimizer:
`# bpcheck: ignore[BP203] the head was trained before`.

## Fix safety
Manual: which number belongs to which group only the author knows.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 1: `lr = np.array([1e-4, 1e-3, 1e-2])` for the first, middle and
  last layers
- J. Howard and S. Ruder, Universal Language Model Fine-tuning for Text Classification, 2018, arXiv 1801.06146 (each layer gets the
  rate of the one above divided by 2.6)

## Evidence
With the two numbers exchanged, each order at its own best size of them, no difference could be told, neither on data
like those of the pretraining nor on others. In the wrong order the result fell off more where the rates were chosen
too high for the body, on data like those of the pretraining. A body of three small convolutions was measured, which
has little to lose; a large pretrained network was not. Howard and Ruder claim lower error for discriminative
fine-tuning on three data sets.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.layer_rates import inverted_rates
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP203", severity=Severity.WARNING, practice=("L2",), fix=Safety.MANUAL)
def inverted_layer_lr(program: Program) -> Iterator[Violation]:
    for found in inverted_rates(program):
        made, earlier, later = found.optimizer.made, found.earlier, found.later
        if made is None:
            continue
        yield Violation(
            place(made.site),
            f"pretrained {earlier.label} gets a learning rate of {found.earlier_rate:g}, and {later.label} behind it only "
            f"{found.later_rate:g}",
            (
                *((step(earlier.site, "the pretrained layers come from here"),) if earlier.site is not None else ()),
                *((step(later.site, "these come after them"),) if later.site is not None else ()),
                step(made.site, f"{found.earlier_rate:g} for the former, {found.later_rate:g} for the latter"),
            ),
            manual=f"Exchange the two rates, or give the pretrained layers a tenth of {found.later_rate:g}.",
        )
