"""Batch normalisation gets a momentum at the second position, where it is taken for `eps`.

## What it does
Flags a batch normalisation whose second positional argument is larger than 0.01: `nn.BatchNorm2d(128, 0.8)`. The second
parameter is `eps`, which is added to the variance; `momentum` is the third.

## Why is this bad?
The layer divides by sqrt(variance + eps). With `eps=0.8`, activations with a standard deviation of 0.1 leave the layer with
0.11 instead of 1, and those of 1 with 0.75: the layer normalises only what is large already, and much of what it is there for is
lost. The momentum stays at its default. Nothing fails, the network only trains worse and needs a smaller learning rate.

## Example
```python
import torch
from torch import nn

block = nn.Sequential(nn.Conv2d(64, 128, 3, padding=1), nn.BatchNorm2d(128, 0.8), nn.ReLU())
features = block(torch.randn(4, 64, 8, 8))
```

## Use instead
```python
import torch
from torch import nn

block = nn.Sequential(nn.Conv2d(64, 128, 3, padding=1), nn.BatchNorm2d(128, momentum=0.2), nn.ReLU())
features = block(torch.randn(4, 64, 8, 8))
```

A momentum of 0.8 that comes from Keras is 0.2 here: Keras weighs the old average with it, PyTorch the new batch. With
neither in mind, leave it away.

## When not to follow it
Values up to 0.01 and `eps=` by name are not reported. If a large constant is meant, name it: `eps=0.1`.

## Fix safety
Safe: it mends a plain bug. A checkpoint that was trained with the large `eps` needs it to give the same numbers. No automatic
fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 7: batch normalisation written by hand, which divides by
  the plain standard deviation
- PyTorch documentation, `BatchNorm2d` (the order of its parameters):
  https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html
- Keras documentation, `BatchNormalization` (its momentum weighs the old average):
  https://keras.io/api/layers/normalization_layers/batch_normalization/

## Evidence
Measured on small digits, each at its own best learning rate under AdamW, with PyTorch's default initialisation. In
shallow networks a higher learning rate makes up for nearly all of what is lost; a network of twelve convolutions
trains with some seeds and fails with others. Larger activations than that initialisation gives would lose less. The
numbers above are 0.1 / sqrt(0.1^2 + 0.8) and 1 / sqrt(1 + 0.8).
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.positional import displaced_eps
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP516", severity=Severity.WARNING, practice=(), fix=Safety.SAFE)
def batchnorm_momentum_as_eps(program: Program) -> Iterator[Violation]:
    for found in displaced_eps(program):
        yield Violation(
            place(found.site),
            f"the second argument of {found.layer.label} is eps: {found.eps:g} is added to every variance, so small activations "
            f"stay small",
            (step(found.site, f"eps={found.eps:g} here; its default is 1e-05"),),
            manual=(
                f"Name what is meant: `momentum={1 - found.eps:.3g}` if {found.eps:g} is a momentum as Keras counts it."
                if found.eps < 1
                else "Leave the second argument away."
            ),
        )
