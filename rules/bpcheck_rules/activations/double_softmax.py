"""Softmax output goes into a loss that applies softmax itself.

## What it does
Flags `cross_entropy` or `CrossEntropyLoss` whose input has been through a softmax: in `forward`, in a replaced last
layer, in one head of several, or in a helper between the two. Only the input counts, not the target.

## Why is this bad?
The loss takes its input for logits. Probabilities lie between 0 and 1, so after the second softmax no class can get
more than e times the weight of another: with 10 classes the loss cannot fall below 1.461, however right the network is,
with 1000 not below 5.910; in general log(1 + (C - 1) / e). The gradient is squeezed through both. The network still
learns something, so it looks like a hard task rather than a bug.

## Example
```python
import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(512, 10)

    def forward(self, features):
        return torch.softmax(self.head(features), dim=1)


def train(loader):
    model, criterion = Classifier(), nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for features, labels in loader:
        optimizer.zero_grad()
        criterion(model(features), labels).backward()
        optimizer.step()
```

## Use instead
```python
import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(512, 10)

    def forward(self, features):
        return self.head(features)


def train(loader):
    model, criterion = Classifier(), nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for features, labels in loader:
        optimizer.zero_grad()
        criterion(model(features), labels).backward()
        optimizer.step()
```

Apply softmax where probabilities are read: `torch.softmax(model(features), dim=1)` at prediction time.

## When not to follow it
Softmax on the *target* (distillation, soft labels), beside the loss (a metric, a Dice term, sampling), and a project's
own loss that only shares the name are not reported. `log_softmax` before `cross_entropy` is redundant but not wrong and
not this rule's business. A second softmax that is meant to flatten the distribution is better written as a temperature
on the logits; or write at the loss: `# bpcheck: ignore[BP403] bounded loss on purpose, noisy labels`.

## Fix safety
Safe: it mends a plain bug; code that reads the model's output as probabilities then needs the softmax in its own
place. The fix is unsafe where code that is not seen may count on probabilities, and there is none where the program
compares them with a threshold, takes their logarithm or exports the network.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 6: models end in `log_softmax` and are trained with
  `nll_loss`; part 2 returns logits and uses `CrossEntropyLoss`. Either normalises once
- PyTorch documentation, `CrossEntropyLoss`:
  https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html

## Evidence
The bound above is arithmetic. Measured with a small network on digits: at a common learning rate the network hardly
learns. Part of that is a rate that is too low for its small gradients; with the rate chosen anew for each, a clear loss of
accuracy remains. Long trainings were not measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.losses import fed_with
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP403", severity=Severity.ERROR, practice=("A1",), fix=Safety.SAFE)
def double_softmax(program: Program) -> Iterator[Violation]:
    for loss in fed_with(program, ("cross_entropy",), ("softmax",)):
        from bpcheck.fixes.activations import without_activation

        yield Violation(
            place(loss.site),
            "the loss applies log-softmax itself, but its input is already a softmax",
            (
                *(step(site, f"{what} applied here") for what, site in loss.steps),
                step(loss.site, "the probabilities go into cross-entropy here"),
            ),
            fix=without_activation(program, loss),
            manual="Return the logits; apply softmax only where probabilities are needed.",
        )
