"""Sigmoid and binary cross-entropy are two steps, where one that does both is stable.

## What it does
Advises where the output of a sigmoid goes into `BCELoss` or `F.binary_cross_entropy`: in `forward`, at the end of a
`Sequential`, in a decoder, or at the call. Each sigmoid is reported once, at the first loss that it feeds. A network
that the program exports (`torch.onnx.export`, `torch.jit`) with its probabilities is left alone, and so is a loss that a
framework computes by itself: Keras finds its way back to the logits.

## Why is this bad?
It is correct, and fragile. In float32 the sigmoid rounds to exactly 1 from a logit of 17 upward: a sample of class 0
that is so wrong costs 100, the bound that `BCELoss` puts on its logarithm, and its gradient is exactly 0. The fused loss
gives 17 and a gradient of 1. Under `torch.autocast("cuda")`, `BCELoss` raises an error.

## Example
```python
import torch
from torch import nn


def train(loader):
    model = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1), nn.Sigmoid())
    criterion = nn.BCELoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for features, sick in loader:
        optimizer.zero_grad()
        criterion(model(features), sick).backward()
        optimizer.step()
```

## Use instead
```python
import torch
from torch import nn


def train(loader):
    model = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1))
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for features, sick in loader:
        optimizer.zero_grad()
        criterion(model(features), sick).backward()
        optimizer.step()
```

Apply the sigmoid where probabilities are read: `torch.sigmoid(model(features))`.

## When not to follow it
Where others load the network and expect probabilities of it, or where the sigmoid saturates on purpose. Most tutorials
on adversarial networks have this form and train all the same.

## Fix safety
Unsafe: the network gives logits afterwards, and every other place that reads its output needs the sigmoid. No automatic
fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 2: a sigmoid and `binary_cross_entropy` for several
  labels; later PyTorch has both in one
- PyTorch documentation, `BCEWithLogitsLoss`:
  https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html
- PyTorch documentation, automatic mixed precision, "Prefer binary_cross_entropy_with_logits over binary_cross_entropy":
  https://docs.pytorch.org/docs/stable/amp.html

## Evidence
The numbers above were computed with PyTorch in float32. Measured on a small table: both ways learn the same, also from
scores that begin far out. So this is advice on numerical care, and on `torch.autocast`; for a network that trains well,
nothing is gained. Half precision was not measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.activations import built_in, exported, one_per_activation
from bpcheck.facts.losses import fed_with
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP408", severity=Severity.INFO, practice=("A2",), fix=Safety.UNSAFE, default=False)
def sigmoid_plus_bce(program: Program) -> Iterator[Violation]:
    for loss in one_per_activation(program, fed_with(program, ("bce",), ("sigmoid",))):
        if built_in(loss.event) or exported(program, loss):
            continue
        yield Violation(
            place(loss.site),
            "the sigmoid before this loss rounds to 0 or 1 where the output is surely wrong, and the gradient vanishes",
            (
                *(step(site, f"{what} applied here") for what, site in loss.steps),
                step(loss.site, "its probabilities go into binary cross-entropy here"),
            ),
            manual="Leave out the sigmoid and use `BCEWithLogitsLoss`; apply it where probabilities are read.",
        )
