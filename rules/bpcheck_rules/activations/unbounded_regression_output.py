"""The range of the target is known, and the network has to learn it: its output is unbounded.

## What it does
Advises where a network is trained with a regression loss on the plain output of a linear layer or of embeddings, and its
predictions are cut to a range afterwards (`pred.clamp(0.5, 5.0)`, `np.clip`): so the program knows the range. It is
reported once for each network: where the layer is made that gives the output, or at the loss where several give it.

## Why is this bad?
The first epochs go into learning where the targets lie, and what the network predicts beyond the range is thrown away
only after the training, in which it counted. A sigmoid scaled to the range puts every output into it from the first step.
The range needs a margin: the sigmoid reaches its ends for infinite scores only, so extreme targets stay out of reach of a
range that ends there.

## Example
```python
import torch
from torch import nn


def train(loader, valid_loader):
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for features, rating in loader:
        optimizer.zero_grad()
        nn.functional.mse_loss(model(features), rating).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        return [model(features).clamp(0.5, 5.0) for features, _ in valid_loader]
```

## Use instead
```python
import torch
from torch import nn


class SigmoidRange(nn.Module):
    def __init__(self, low, high):
        super().__init__()
        self.low, self.high = low, high

    def forward(self, x):
        return torch.sigmoid(x) * (self.high - self.low) + self.low


def train(loader, valid_loader):
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1), SigmoidRange(0.0, 5.5))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for features, rating in loader:
        optimizer.zero_grad()
        nn.functional.mse_loss(model(features), rating).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        return [model(features) for features, _ in valid_loader]
```

## When not to follow it
Where most targets sit at an end of the range, which a sigmoid reaches slowly, or where the range is a safeguard rather
than a property of the target (prices, sales of next year). Standardised targets, or a bias that starts at their mean, give
much of the same start.

## Fix safety
Unsafe: the output layer changes, and with it the training. No automatic fix is offered yet; the finding shows what to
write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 5: `F.sigmoid(res) * (max_rating - min_rating + 1) +
  min_rating - 0.5` for ratings from 0.5 to 5; lesson 3 with `y_range`
- fastai documentation, `SigmoidRange`: https://docs.fast.ai/layers.html

## Evidence
Measured on generated ratings with few epochs, each way at its own best learning rate: the scaled sigmoid is far
better than a linear output that begins at zero, the more so the fewer the epochs. Most of that is the start: a linear
output whose bias begins at the mean of the targets comes close to it, and after the fewest epochs is as good. Exactly
the range of the targets is worse than a little more, since a sigmoid cannot reach its ends. Real ratings were not
measured. Lesson 5 of the course reports a validation loss of 0.801 on MovieLens for a dot product of embeddings with
biases and a scaled sigmoid, and 0.781 for a small network that ends in one.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.program import Program, place, step
from bpcheck.facts.ranges import known_ranges
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule

#: How far beyond the range the sigmoid goes on each side, as a part of it.
_MARGIN = 0.05


@rule(code="BP409", severity=Severity.INFO, practice=("A3",), fix=Safety.UNSAFE)
def unbounded_regression_output(program: Program) -> Iterator[Violation]:
    for known in known_ranges(program):
        margin = _MARGIN * (known.high - known.low)
        yield Violation(
            place(known.site),
            f"predictions are cut to the range from {known.low:g} to {known.high:g}, but this output is unbounded",
            (
                step(known.loss.site, "the network is trained on its plain output"),
                step(known.cut.site, "and what it predicts is cut here"),
            ),
            manual=f"End the network in `SigmoidRange({known.low - margin:g}, {known.high + margin:g})`, the range and a margin.",
        )
