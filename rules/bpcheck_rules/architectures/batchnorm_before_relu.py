"""Batch normalisation stands before the ReLU and not after it.

## What it does
Off by default, since the advice is contested (see below). Flags networks trained from scratch in which a convolution feeds a
batch normalisation and that a rectifier (ReLU and its relatives), read off the forward pass. Each network is reported
once.

## Why is this bad?
It may not be. The course's advice is to normalise what the next layer gets: after a ReLU that is no longer centred, half of
it being cut off. Against it stand the paper that introduced batch normalisation and most published networks since,
which normalise before the activation, and the measurements disagree with each other. Before the ReLU the bias of the
convolution is redundant, after it the bias counts. Turn this rule on if you want to try the other order, and compare
validation losses; do not change a network that works.

## Example
```python
import torch
from torch import nn

model = nn.Sequential(
    nn.Conv2d(3, 32, kernel_size=3, padding=1, bias=False),
    nn.BatchNorm2d(32),
    nn.ReLU(),
    nn.AdaptiveMaxPool2d(1),
    nn.Flatten(),
    nn.Linear(32, 10),
)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)


def train(loader):
    for images, labels in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
```

## Use instead
```python
import torch
from torch import nn

model = nn.Sequential(
    nn.Conv2d(3, 32, kernel_size=3, padding=1),
    nn.ReLU(),
    nn.BatchNorm2d(32),
    nn.AdaptiveMaxPool2d(1),
    nn.Flatten(),
    nn.Linear(32, 10),
)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)


def train(loader):
    for images, labels in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
```

## When not to follow it
Wherever a published network is reproduced or weights are loaded: another order makes another network. Networks with
pre-activation (normalise and activate the sum of the residual branches, then convolve), normalisation in front of a
sigmoid or softmax, and pretrained weights are not reported. The rule stays silent unless it is selected:
`--extend-select BP510`.

## Fix safety
Unsafe: another order is another network, which has to be trained anew, and there is no consistent gain to expect. No
automatic fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 7: `BnLayer` normalises after the ReLU. The same
  course's part 2 puts batch normalisation before the activation in its Darknet
- S. Ioffe and C. Szegedy, Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift,
  2015, arXiv 1502.03167: normalisation before the nonlinearity
- D. Mishkin, N. Sergievskiy and J. Matas, Systematic evaluation of CNN advances on the ImageNet, 2016, arXiv 1606.02228, and
  its continuation https://github.com/ducha-aiki/caffenet-benchmark

## Evidence
Measured on small digits with four convolutions, each order at its own best learning rate: no difference, so there is
no reason to change a network for it. Deep networks and such with shortcuts were not measured. The caffenet-benchmark
reports both signs: top-1 accuracy 0.499 after the ReLU against 0.474 before it for CaffeNet, but 0.596 after against
0.603 before for GoogLeNet.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.layer_order import normalised_before_activation
from bpcheck.facts.layers import made_at
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP510", severity=Severity.INFO, practice=("R9",), fix=Safety.UNSAFE, default=False)
def batchnorm_before_relu(program: Program) -> Iterator[Violation]:
    known: set[tuple[str, int, int]] = set()
    for layers in program.layers:
        triples = list(normalised_before_activation(layers))
        sites = {program.site_key(made_at(norm)) for _, norm, _ in triples}
        if not sites or not known.isdisjoint(sites):
            continue
        known |= sites
        convolution, norm, activation = triples[0]
        yield Violation(
            place(made_at(norm)),
            f"{layers.network.label} normalises before the ReLU, {len(triples)} times; after it may work better (contested)",
            (
                step(convolution.site, "the convolution"),
                step(norm.site, "its output is normalised"),
                step(activation.site, "and only then rectified"),
            ),
            manual="Try convolution, ReLU, BatchNorm in this order, and compare the validation losses of both.",
        )
