"""A convolution adds a bias that the batch normalisation after it subtracts again.

## What it does
Flags convolutions with a bias (the default) whose output goes into a batch normalisation and nowhere else, in a network
that is trained from scratch. What feeds what is read off the forward pass, not off the order in which layers were made.
Each network is reported once, at its first such convolution.

## Why is this bad?
Batch normalisation subtracts each channel's mean over the batch, and the bias is a part of that mean: whatever its value,
the result is the same, and its gradient is zero but for rounding. The normalisation has a shift of its own. Such biases
are parameters, optimizer state and memory traffic for nothing, and with weight decay they drift to zero while logs and
histograms show them as if they were learned.

## Example
```python
import torch
from torch import nn

model = nn.Sequential(
    nn.Conv2d(3, 32, kernel_size=3, padding=1),
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

## When not to follow it
With an activation between the two the bias counts, and nothing is reported; nor is it where the convolution also feeds
something else, where the normalisation is frozen or has no shift of its own, or where the weights are loaded from
elsewhere: there `bias=False` changes the keys of the state dictionary. If checkpoints of this network exist, keep the bias, or
subtract it from `running_mean` when you convert them; or write at the convolution:
`# bpcheck: ignore[BP514] checkpoints of earlier runs are loaded`.

## Fix safety
Safe: what the network computes is the same, in training as in evaluation. The state dictionary loses the bias, and a seeded
run draws other initial weights. There is no fix where the program touches biases itself, or where
the same call also makes a convolution that nothing normalises.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 7: the convolution in front of the hand-written batch
  normalisation is made with `bias=False`
- S. Ioffe and C. Szegedy, Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift,
  2015, arXiv 1502.03167, section 3.2: the bias can be ignored, since its effect is cancelled by the subtraction of the mean
- PyTorch documentation, performance tuning guide, "Disable bias for convolutions directly followed by a batch norm":
  https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html

## Evidence
Measured on small digits, with weight decay, from the same weights with and without the biases: the same accuracy for
each seed. Leaving the bias out is a matter of parameters and tidiness, not of accuracy. That the bias has no effect
is arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.layer_order import biased_before_batchnorm
from bpcheck.facts.layers import made_at
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP514", severity=Severity.INFO, practice=("R8",), fix=Safety.SAFE, default=False)
def conv_bias_before_batchnorm(program: Program) -> Iterator[Violation]:
    known: set[tuple[str, int, int]] = set()
    for layers in program.layers:
        pairs = biased_before_batchnorm(layers)
        sites = {program.site_key(made_at(convolution)): (convolution, norm) for convolution, norm in reversed(pairs)}
        if not sites or not known.isdisjoint(sites):
            continue
        known.update(sites)
        convolution, norm = pairs[0]
        label = convolution.name.rpartition(".")[2]
        others = [pair for key, pair in reversed(sites.items()) if key != program.site_key(made_at(convolution))]
        more = f" (and {len(pairs) - 1} more in {layers.network.label})" if len(pairs) > 1 else ""
        from bpcheck.fixes.arguments import without_bias

        yield Violation(
            place(made_at(convolution)),
            f"the bias of this {label} has no effect: the batch normalisation after it subtracts it again{more}",
            (
                step(convolution.site, f"the {label} runs here"),
                step(norm.site, "and all that it gives goes into a batch normalisation here"),
                *[step(made_at(other), "this one's bias is subtracted, too") for other, _ in others],
            ),
            fix=without_bias(program, layers, [each for each, _ in pairs]),
            manual=f"Write `{label}(..., bias=False)` where a batch normalisation follows directly.",
        )
