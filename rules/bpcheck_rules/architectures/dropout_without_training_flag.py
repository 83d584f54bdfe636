"""Functional dropout is called without `training=` and goes on dropping in eval mode.

## What it does
Flags `F.dropout` (and `F.dropout1d` to `3d`) without `training=` in a network that is run in eval mode: that argument is
True unless it is given, whatever `eval()` has set. A call under `if self.training:` and one with a literal
`training=True` are not reported.

## Why is this bad?
Every evaluation and every prediction is made by a randomly thinned network: scores are too low and differ from run to
run, and the comparison of two epochs is noise. `model.eval()` is there, so nobody looks for it.

## Example
```python
import torch
from torch import nn
from torch.nn import functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.head = nn.Linear(64, 128), nn.Linear(128, 10)

    def forward(self, x):
        return self.head(F.dropout(F.relu(self.hidden(x)), 0.4))


def run(train_loader, valid_loader):
    net = Net()
    optimizer = torch.optim.AdamW(net.parameters())
    for x, y in train_loader:
        optimizer.zero_grad()
        F.cross_entropy(net(x), y).backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        return sum((net(x).argmax(1) == y).sum().item() for x, y in valid_loader)
```

## Use instead
```python
import torch
from torch import nn
from torch.nn import functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.head = nn.Linear(64, 128), nn.Linear(128, 10)

    def forward(self, x):
        return self.head(F.dropout(F.relu(self.hidden(x)), 0.4, training=self.training))


def run(train_loader, valid_loader):
    net = Net()
    optimizer = torch.optim.AdamW(net.parameters())
    for x, y in train_loader:
        optimizer.zero_grad()
        F.cross_entropy(net(x), y).backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        return sum((net(x).argmax(1) == y).sum().item() for x, y in valid_loader)
```

Or make it a layer, `nn.Dropout(0.4)`, which follows `eval()` by itself.

## When not to follow it
Monte-Carlo dropout and the pre-net of Tacotron 2 drop on purpose in evaluation. Say so with `training=True`, which is
not reported.

## Fix safety
Safe: it mends a plain bug. No automatic fix is offered yet; the finding shows what to write.

## Source
- PyTorch documentation, `torch.nn.functional.dropout`, whose `training` is True by default:
  https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.dropout.html
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 4: dropout acts in training only

## Evidence
A plain bug, and its price grows with the probability: with a small one it lies within the noise of a single score,
with the usual one half it is plain, and above that it is large. Evaluations of one and the same network differ from
each other besides. Measured on images with one hidden layer; a recurrent network was not measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.program import Program, place, step, unique
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP515", severity=Severity.ERROR, practice=("R2",), fix=Safety.SAFE)
def dropout_without_training_flag(program: Program) -> Iterator[Violation]:
    for event in unique(program.of_kind("dropout-in-eval")):
        since = event.data["since"]
        yield Violation(
            place(event.site),
            "this dropout is on in eval mode, too: without `training=` it drops whatever the mode",
            (
                *((step(since, "eval mode is switched on here"),) if since is not None else ()),
                step(event.site, "and activations are dropped all the same"),
            ),
            manual="Pass `training=self.training`, or use an `nn.Dropout` layer.",
        )
