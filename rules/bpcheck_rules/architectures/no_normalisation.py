"""A convolutional network of five or more layers is trained from scratch without any normalisation.

## What it does
Flags a classifier (of images, pixels or sequences) with at least five convolutions one behind the other, trained from
scratch, in which nothing is normalised. The layers are those that run in the forward pass of the network as it was
made, whatever its class defines.

## Why is this bad?
Each layer multiplies the scale of what it gets by a factor that depends on its weights, and over many layers the product
grows or vanishes. A network without normalisation trains only at low learning rates and with a careful initialisation, is slower
to converge, and often stops at a worse optimum. Batch normalisation sets the scale anew at every layer, which allows
learning rates several times higher, and regularises a little on the way.

## Example
```python
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        widths = [3, 32, 64, 64, 128, 128]
        blocks = []
        for before, after in zip(widths, widths[1:]):
            blocks += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU()]
        self.body, self.head = nn.Sequential(*blocks), nn.Linear(128, 10)

    def forward(self, images):
        return self.head(self.body(images).amax((2, 3)))


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
    def __init__(self):
        super().__init__()
        widths = [3, 32, 64, 64, 128, 128]
        blocks = []
        for before, after in zip(widths, widths[1:]):
            blocks += [nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
        self.body, self.head = nn.Sequential(*blocks), nn.Linear(128, 10)

    def forward(self, images):
        return self.head(self.body(images).amax((2, 3)))


def train(loader):
    model = Net()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for images, labels in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
```

Whether the normalisation stands before or after the ReLU matters little. With batches of fewer than about 16 samples,
`nn.GroupNorm` is the better choice.

## When not to follow it
Networks with SELU, with normalised weights (`weight_norm`, `spectral_norm`), with residual connections (which can be
made to train without), with statistics taken by hand, library networks, pretrained weights, GANs, reinforcement learning and
regression (super-resolution is better without) are not reported. Where the published network has none and is to be
reproduced, write at the convolution: `# bpcheck: ignore[BP509] AlexNet as published`.

## Fix safety
Unsafe: it is another network, which has to be trained anew and takes another learning rate. No automatic fix is offered yet; the
finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 7: `ConvNet` becomes `ConvBnNet`, which goes further
  in as many epochs
- S. Ioffe and C. Szegedy, Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift,
  2015, arXiv 1502.03167
- Y. Wu and K. He, Group Normalization, 2018, arXiv 1803.08494

## Evidence
Measured on small digits over a few epochs of AdamW, each network at its own best learning rate. Normalisation gains a
little at three convolutions and more at six; at twelve the network without it hardly trains at all. Most of that is a
matter of initialisation: with He's instead of PyTorch's default, the network without normalisation stays behind at
all three depths, but not far. Long trainings and networks of usual width were not measured; Ioffe and Szegedy claim
the accuracy of their network on ImageNet in 14 times fewer steps.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.depth import unnormalised
from bpcheck.facts.layers import made_at
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule

#: So many convolutions in a row are worth a normalisation.
FEWEST = 5


@rule(code="BP509", severity=Severity.WARNING, practice=("R8",), fix=Safety.UNSAFE)
def no_normalisation(program: Program) -> Iterator[Violation]:
    known: set[tuple[str, int, int]] = set()
    for layers in program.layers:
        if program.task.adversarial or program.task.reinforcement:
            return
        depth = unnormalised(program, layers)
        if depth is None or depth < FEWEST:
            continue
        first, last = layers.convolutions[0], layers.convolutions[-1]
        if program.site_key(made_at(first)) in known:
            continue
        known.add(program.site_key(made_at(first)))
        yield Violation(
            place(made_at(first)),
            f"{layers.network.label} has {depth} convolutions one behind the other, and nothing between them is normalised",
            (
                step(first.site, "the first convolution runs here"),
                step(last.site, "the last one here"),
                step(layers.event.site, f"{layers.network.label} is trained from scratch"),
            ),
            severity=Severity.INFO if program.task.toy_data else None,
            manual="Put `nn.BatchNorm2d(channels)` behind each convolution, and make that with `bias=False`.",
        )
