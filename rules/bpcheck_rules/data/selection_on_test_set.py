"""A checkpoint, an early stop or a learning-rate drop is decided by a metric on the test set.

## What it does
Flags a decision that the program takes by a number computed from test samples and no others: a checkpoint saved under
`if accuracy > best`, a loop that stops, a `ReduceLROnPlateau` that is stepped with the test loss. Whether data are test
data is read off how they are made (`train=False`, `split="test"`, a folder or file called test), never off the name of
a variable.

## Why is this bad?
The best of many noisy numbers is better than the model it belongs to. Once the test set has picked the epoch, the width
or the moment to stop, its score is that of a validation set, and no clean estimate for new data is left. The bias grows
with the number of choices and as the test set shrinks.

## Example
```python
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import CIFAR10
from torchvision.transforms import ToTensor

train_set = CIFAR10("data", train=True, transform=ToTensor())
test_set = CIFAR10("data", train=False, transform=ToTensor())
model = nn.Sequential(nn.Flatten(), nn.Linear(3072, 10))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)
best = 0
for epoch in range(20):
    model.train()
    for x, y in DataLoader(train_set, batch_size=128, shuffle=True):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    scheduler.step()
    model.eval()
    with torch.no_grad():
        hits = sum((model(x).argmax(1) == y).sum().item() for x, y in DataLoader(test_set, batch_size=512))
    if hits > best:
        best = hits
        torch.save(model.state_dict(), "best.pt")
```

## Use instead
```python
import torch
from torch import nn
from torch.utils.data import DataLoader, random_split
from torchvision.datasets import CIFAR10
from torchvision.transforms import ToTensor

data = CIFAR10("data", train=True, transform=ToTensor())
train_set, valid_set = random_split(data, [0.9, 0.1], generator=torch.Generator().manual_seed(0))
model = nn.Sequential(nn.Flatten(), nn.Linear(3072, 10))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)
best = 0
for epoch in range(20):
    model.train()
    for x, y in DataLoader(train_set, batch_size=128, shuffle=True):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    scheduler.step()
    model.eval()
    with torch.no_grad():
        hits = sum((model(x).argmax(1) == y).sum().item() for x, y in DataLoader(valid_set, batch_size=512))
    if hits > best:
        best = hits
        torch.save(model.state_dict(), "best.pt")
```

Evaluate the checkpoint that was kept on the test set once, at the end.

## When not to follow it
A test metric that is only printed or logged decides nothing and is not reported; neither are ImageNet's `val` and the
`validation` split of a Hugging Face dataset. Where a published protocol selects on the test set, follow it for
comparison and say so in the write-up; where a further set stays untouched for the final number, the "test" set is a
validation set. Then write at the decision: `# bpcheck: ignore[BP102] protocol of the paper, selects on test`.

## Fix safety
Manual: where the validation samples come from is for the author to decide. The finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1: a public leaderboard does not replace a validation set
- G. Cawley and N. Talbot, On Over-fitting in Model Selection and Subsequent Selection Bias in Performance Evaluation,
  JMLR 11, 2010
- R. Roelofs et al., A Meta-Analysis of Overfitting in Machine Learning, NeurIPS 2019

## Evidence
The best of many candidates promises more than it keeps where the rows that chose it also judge it, and the more so the
more candidates there are. With one or two of them, the measurement sees nothing that matters. The choice itself is as
good as on validation data; only the reported number is wrong. Measured with a hundred test rows: expect less with many.
The papers disagree on the size: Cawley and Talbot claim that the bias is often as large as the differences between the
methods compared; Roelofs et al., over many Kaggle competitions, find little overfitting to the public leaderboard.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.program import Program, place, step
from bpcheck.facts.selection import selections
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP102", severity=Severity.WARNING, practice=("D2",), fix=Safety.MANUAL)
def selection_on_test_set(program: Program) -> Iterator[Violation]:
    for found in selections(program):
        yield Violation(
            place(found.site),
            f"{found.what} is decided by a metric on the test set",
            (
                step(found.data_site, "the test samples come from here"),
                step(found.site, f"{found.what} depends on them"),
            ),
            manual=(
                "Split a validation set off the training data and decide on that; use the test set once, at the end."
            ),
        )
