"""Log-softmax output goes into a loss that applies log-softmax itself.

## What it does
Flags `cross_entropy` or `CrossEntropyLoss` whose input has been through a log-softmax: in `forward`, at the end of a
`Sequential`, or in a helper. A layer that is built and never called does not count.

## Why is this bad?
Log-softmax of a log-softmax is the same again, so nothing is computed wrongly: the work is done twice, and whoever reads
the program has to know that. Often it shows that one of the two was chosen by mistake. Harm comes with the next change:
a temperature, a label smoothing by hand or a weighted sum behind the first log-softmax means something else than on
scores.

## Example
```python
import torch
from torch import nn


def train(loader):
    model = nn.Sequential(nn.Linear(512, 10), nn.LogSoftmax(dim=1))
    criterion = nn.CrossEntropyLoss()
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


def train(loader):
    model = nn.Linear(512, 10)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for features, labels in loader:
        optimizer.zero_grad()
        criterion(model(features), labels).backward()
        optimizer.step()
```

Or keep the log-softmax and use `nn.NLLLoss`.

## When not to follow it
Where the network has to give log-probabilities and the loss is chosen by a setting that offers more than this one; then
write at the loss: `# bpcheck: ignore[BP404] the loss is configurable`.

## Fix safety
Safe: without the first log-softmax the loss and its gradients are the same up to rounding; `NLLLoss` in place of
`CrossEntropyLoss` gives the same, too, and leaves the network's output as it is. The fix leaves the log-softmax out; it is
unsafe where code that is not seen may count on log-probabilities, and there is none where the program uses them.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 6: `log_softmax` goes with `nll_loss`; part 2 returns
  logits and uses `CrossEntropyLoss`
- PyTorch documentation, `CrossEntropyLoss`, "equivalent to applying LogSoftmax on an input, followed by NLLLoss":
  https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html

## Evidence
That log-softmax repeats itself is arithmetic, and the measurement agrees: the same accuracy in every run. The finding is
about clarity and a little time, not about what is learned.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.activations import one_per_activation
from bpcheck.facts.losses import fed_with
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP404", severity=Severity.INFO, practice=("A1",), fix=Safety.SAFE, default=False)
def log_softmax_into_cross_entropy(program: Program) -> Iterator[Violation]:
    for loss in one_per_activation(program, fed_with(program, ("cross_entropy",), ("log_softmax",))):
        from bpcheck.fixes.activations import without_activation

        yield Violation(
            place(loss.site),
            "the loss applies log-softmax itself, and its input is a log-softmax already",
            (
                *(step(site, f"{what} applied here") for what, site in loss.steps),
                step(loss.site, "the log-probabilities go into cross-entropy here"),
            ),
            fix=without_activation(program, loss),
            manual="Use `NLLLoss` here, or leave out the log-softmax.",
        )
