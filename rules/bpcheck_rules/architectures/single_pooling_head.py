"""A new head on a pretrained body keeps only the mean of each channel.

## What it does
Flags transfer learning in which a pretrained body without its own head feeds a global average pooling and that a new linear
layer, in a head built by the project. A pretrained network whose last layer alone is replaced keeps the pooling that it was
trained with and is not reported.

## Why is this bad?
The mean tells how much of a feature there is in the whole image; the maximum tells whether it is anywhere. A small
object barely moves the mean and is plainly seen by the maximum, a texture the other way round. A new head is
free to use both: they cost nothing to compute and twice the inputs of one linear layer.

## Example
```python
import torch
from torch import nn
from torchvision.models import resnet34


class Planet(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(*list(resnet34(weights="DEFAULT").children())[:-2])
        self.pool, self.head = nn.AdaptiveAvgPool2d(1), nn.Linear(512, 17)

    def forward(self, images):
        return self.head(self.pool(self.body(images)).flatten(1))


def train(loader):
    model = Planet()
    groups = [{"params": model.body.parameters(), "lr": 1e-4}, {"params": model.head.parameters(), "lr": 1e-3}]
    optimizer = torch.optim.AdamW(groups)
    for images, labels in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
```

## Use instead
```python
import torch
from torch import nn
from torchvision.models import resnet34


class Planet(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(*list(resnet34(weights="DEFAULT").children())[:-2])
        self.head = nn.Linear(2 * 512, 17)

    def forward(self, images):
        maps = self.body(images)
        return self.head(torch.cat([maps.amax((2, 3)), maps.mean((2, 3))], dim=1))


def train(loader):
    model = Planet()
    groups = [{"params": model.body.parameters(), "lr": 1e-4}, {"params": model.head.parameters(), "lr": 1e-3}]
    optimizer = torch.optim.AdamW(groups)
    for images, labels in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
```

## When not to follow it
Networks from scratch, intact pretrained networks with a new last layer, other poolings beside the mean, and heads that
are not linear are not reported. A head that has to take over the weights of an average-pooling one must keep its shape:
`# bpcheck: ignore[BP513] the head's weights are loaded`.

## Fix safety
Unsafe: the linear layer gets twice the inputs and has to be trained anew. No automatic fix is offered yet; the finding
shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1: `ConvnetBuilder` puts `AdaptiveConcatPool2d` on every pretrained
  body
- fastai documentation, `AdaptiveConcatPool2d`: https://docs.fast.ai/layers.html

## Evidence
Measured on small digits: a new linear head on a frozen body that was trained on other digits, and small networks from
scratch. With each head at its own best learning rate there was no difference. At low rates the head with both
poolings learns faster, at high ones it is the first to diverge: who changes to it should try the rate anew. The body
was tiny, and small objects in large photographs, for which the advice is meant, were not measured. The course's
library still has both poolings as its default (`concat_pool=True`).
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.layers import made_at
from bpcheck.facts.pooling import averaging_heads
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP513", severity=Severity.INFO, practice=("R12",), fix=Safety.UNSAFE, default=False)
def single_pooling_head(program: Program) -> Iterator[Violation]:
    known: set[tuple[str, int, int]] = set()
    for layers in program.layers:
        for head in averaging_heads(layers):
            site = made_at(head.pool)
            if program.site_key(site) in known:
                continue
            known.add(program.site_key(site))
            yield Violation(
                place(site),
                f"the new head of {layers.network.label} gets only the mean of each channel, and not its maximum",
                (
                    step(head.pool.site, "what the pretrained body gives is averaged here"),
                    step(head.linear.site, "and goes into a new linear layer"),
                ),
                manual=(
                    "Concatenate both: `torch.cat([maps.amax((2, 3)), maps.mean((2, 3))], dim=1)`, and double the "
                    "`in_features` of the linear layer."
                ),
            )
