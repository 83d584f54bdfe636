"""Softmax is not told over which axis to normalise, and takes one by the number of axes.

## What it does
Flags `F.softmax`, `F.log_softmax`, `F.softmin`, `nn.Softmax()`, `nn.LogSoftmax()` and `nn.Softmin()` that run without
`dim`. A layer is reported where it is made, and only if something is put through it. Where the layers before show that
the axis taken is that of the batch, the finding is an error: behind a 1-d convolution, a recurrent layer with
`batch_first=True` or `torch.bmm`.

## Why is this bad?
PyTorch then takes the first axis of an input with one or three, and the second of any other. For scores of shape
(batch, classes) that is the classes. For (batch, time, classes) it is the batch: every sample's probabilities depend on
which other samples are in the batch, and in a batch of one every probability is 1. The same line means another thing as
soon as an axis comes or goes. The choice has been deprecated since 2017 and warns at run time.

## Example
```python
import torch.nn.functional as F
from torch import nn


class Tagger(nn.Module):
    def __init__(self, tags):
        super().__init__()
        self.rnn = nn.LSTM(64, 64, batch_first=True)
        self.out = nn.Linear(64, tags)

    def forward(self, words):
        states, _ = self.rnn(words)
        return F.log_softmax(self.out(states))
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn


class Tagger(nn.Module):
    def __init__(self, tags):
        super().__init__()
        self.rnn = nn.LSTM(64, 64, batch_first=True)
        self.out = nn.Linear(64, tags)

    def forward(self, words):
        states, _ = self.rnn(words)
        return F.log_softmax(self.out(states), dim=-1)
```

## When not to follow it
A positional axis, `F.softmax(scores, 1)`, is an axis. Code for PyTorch 0.2 and older, which has no `dim`, is left as it
is: `# bpcheck: ignore[BP410] runs with PyTorch 0.2`.

## Fix safety
Safe where the number of axes is known and the axis taken is not the batch: naming it changes nothing. Otherwise the
axis has to be chosen by hand. No automatic fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 6: `F.log_softmax(x, dim=-1)` in the language models
- PyTorch documentation, `torch.nn.functional.softmax`:
  https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.softmax.html

## Evidence
A plain bug where the axis is wrong, and a matter of clarity where it is right by luck. No measurement of its own: the
rule by which the axis is taken is PyTorch's own.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.normalisation import implicit_axes
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP410", severity=Severity.WARNING, practice=("A1",), fix=Safety.SAFE)
def softmax_without_dim(program: Program) -> Iterator[Violation]:
    for found in implicit_axes(program):
        if found.over_batch:
            message = (
                f"`{found.name}` without `dim` normalises over the batch: it takes axis {found.chosen} of {found.count}"
            )
            manual = "Write `dim=-1`, or the axis of the classes."
        elif found.count:
            message = f"`{found.name}` without `dim` takes axis {found.chosen} because its input has {found.count}"
            manual = f"Write `dim={found.chosen}`, the axis that is taken now, if that is the one of the classes."
        else:
            message = f"`{found.name}` without `dim` takes the first of one or three axes, and the second of any others"
            manual = "Write `dim=-1` if the classes are the last axis, `dim=1` if they come right after the batch."
        yield Violation(
            place(found.site),
            message,
            (step(found.used, "the scores are normalised here"),) if found.used.node is not found.site.node else (),
            manual=manual,
            severity=Severity.ERROR if found.over_batch else None,
        )
