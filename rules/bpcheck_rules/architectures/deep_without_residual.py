"""A plain stack of more than 16 convolutions is trained from scratch, with no way round any of them.

## What it does
Flags networks trained from scratch in which more than 16 convolutions stand one behind the other and no connection skips any of
them: neither a sum nor a concatenation nor a gate. Convolutions with a kernel of 1 and those that look at one channel at
a time do not count. The layers are those that run in the forward pass of the network as it was made.

## Why is this bad?
Beyond some twenty layers a plain network gets worse as it gets deeper, on the training data too: the identity, which would
make a further layer harmless, is hard to learn for a stack of nonlinear layers, and gradients lose their way back.
With a residual connection each block only has to learn what to change, and the gradient has a path of its own.
Normalisation alone does not mend this.

## Example
```python
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, depth=20, width=64):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3, padding=1, bias=False)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1, bias=False))
            for _ in range(depth)
        )
        self.head = nn.Linear(width, 10)

    def forward(self, images):
        x = self.stem(images)
        for block in self.blocks:
            x = block(x)
        return self.head(x.amax((2, 3)))


def train(loader):
    model = Net()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for images, labels in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
```

## Use instead
```python
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, depth=20, width=64):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3, padding=1, bias=False)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1, bias=False))
            for _ in range(depth)
        )
        self.head = nn.Linear(width, 10)

    def forward(self, images):
        x = self.stem(images)
        for block in self.blocks:
            x = x + block(x)
        return self.head(x.amax((2, 3)))


def train(loader):
    model = Net()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for images, labels in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
```

Where a block changes the number of channels or the stride, the connection needs a convolution of 1 by 1 with the same stride.

## When not to follow it
U-Nets, dense connections, inception modules, gates and library networks are not reported; VGG-19 has 16 convolutions and is
just within the bound. If the point is to show what depth does to a plain network, write at the first convolution:
`# bpcheck: ignore[BP512] the plain twin of the residual network`.

## Fix safety
Manual: where the connections go depends on the shapes. No automatic fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 7: `ResnetLayer` returns `x + super().forward(x)`
- K. He, X. Zhang, S. Ren and J. Sun, Deep Residual Learning for Image Recognition, 2015, arXiv 1512.03385

## Evidence
Measured on small digits over a few epochs, plain and residual stacks of narrow convolutions with normalisation, each
at its own best learning rate. At four and at twelve convolutions there was no difference; at twenty-four the plain
stack, though best at a much lower learning rate, fits even the training data far worse. So shortcuts pay where this
rule reports, and not in shallow networks; long trainings were not measured. He et al. claim a top-1 error on ImageNet
of 27.94 % for a plain network of 18 layers, 28.54 % for one of 34, and 25.03 % for the residual network of 34.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.depth import plain_depth
from bpcheck.facts.layers import made_at
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule

#: So many convolutions in a row are still trained without a residual connection: those of VGG-19.
MOST = 16


@rule(code="BP512", severity=Severity.WARNING, practice=("R11",), fix=Safety.MANUAL)
def deep_without_residual(program: Program) -> Iterator[Violation]:
    for layers in program.layers:
        depth = plain_depth(layers)
        if depth is None or depth <= MOST or program.task.adversarial:
            continue
        first, last = layers.convolutions[0], layers.convolutions[-1]
        yield Violation(
            place(made_at(first)),
            f"{layers.network.label} is a plain stack of {depth} convolutions: no connection leads round any of them",
            (
                step(first.site, "the first convolution runs here"),
                step(last.site, "the last one here, fed by nothing but what came before"),
                step(layers.event.site, f"{layers.network.label} is trained from scratch"),
            ),
            manual="Add each block's input to its output: `x = x + block(x)`.",
        )
