"""A tensor that requires grad is summed up or collected across optimizer steps.

## What it does
Flags `total += loss`, `history.append(loss)`, `stats[name] = stats[name] + value` and the like where the value still
hangs on its autograd graph, and the sum or list lives on while the optimizer steps. What a helper returns is followed,
so a function that returns a number is told from one that returns a tensor.

## Why is this bad?
The sum refers to the graph of every iteration, and none of them can be freed. `backward()` lets go of the stored
activations but not of the graph itself, so memory grows with every batch, slowly enough to fail hours later; where some
of the losses are never back-propagated, all their activations stay as well.

## Example
```python
import torch
from torch import nn


def train(loader):
    model = nn.Linear(64, 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    total = 0
    for x, y in loader:
        loss = nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss
    return total / len(loader)
```

## Use instead
```python
import torch
from torch import nn


def train(loader):
    model = nn.Linear(64, 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    total = 0
    for x, y in loader:
        loss = nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.detach()
    return total / len(loader)
```

`loss.item()` gives a Python number and waits for the GPU each time; `loss.detach()` does not wait.

## When not to follow it
Sums within one step that are back-propagated together (several losses, time steps, accumulated batches), counts of
correct answers, and anything under `no_grad` are not reported. If the graph over several steps is wanted, as when one
differentiates through the training itself, write on that line:
`# bpcheck: ignore[BP309] unrolled for the meta-gradient`.

## Fix safety
Safe: the logged numbers stay the same. The value is kept by `detach()`, so that what is done with it later still works.

## Source
- fast.ai, Practical Deep Learning for Coders (2018): no item of its own; the course's library and awd-lstm-lm add up
  `loss.data`, never the loss
- PyTorch documentation, FAQ, "Don't accumulate history across your training loop":
  https://docs.pytorch.org/docs/stable/notes/faq.html

## Evidence
A plain bug, measured on a small network: the number of graph nodes that stay alive is proportional to the batches seen,
and with detached losses it is none. How much memory that is depends on the network and the version; where losses are
not back-propagated their activations stay as well, which was not measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.loops import Retention, retentions
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP309", severity=Severity.ERROR, practice=(), fix=Safety.SAFE)
def retained_loss_graph(program: Program) -> Iterator[Violation]:
    found: list[Retention] = retentions(program)
    for retention in found:
        from bpcheck.fixes.gradients import detached

        yield Violation(
            place(retention.site),
            f"`{retention.name}` keeps the autograd graph of every iteration alive: memory grows until it runs out",
            (
                step(retention.made, "this value requires grad"),
                step(retention.site, "and is kept across optimizer steps"),
                step(retention.stepped, "the optimizer steps in each of these iterations"),
            ),
            fix=detached(retention.site),
            manual="Add `loss.item()`, or `loss.detach()` to keep a tensor.",
        )
