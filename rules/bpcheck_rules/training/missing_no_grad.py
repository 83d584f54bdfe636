"""An evaluation records an autograd graph that no backward pass uses.

## What it does
Flags forward passes of a trained network that run with gradients on, although nothing is ever back-propagated from
them. `eval()` does not switch gradients off, nor do `.data`, `.item()` or `no_grad` round a part of the network. Info
where the pass is not in a loop, as in a demo of one sample.

## Why is this bad?
It costs memory and time; the results are the same. Every activation is kept for a backward pass that does not come, so
the evaluation runs out of memory at a batch size that would fit, and outputs collected in a list keep the graph of
every batch alive.

## Example
```python
import torch
from torch import nn


def train(train_loader, valid_loader, epochs):
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 10))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        model.train()
        for x, y in train_loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
        model.eval()
        print(sum((model(x).argmax(1) == y).sum().item() for x, y in valid_loader))
```

## Use instead
```python
import torch
from torch import nn


def train(train_loader, valid_loader, epochs):
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 10))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        model.train()
        for x, y in train_loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            print(sum((model(x).argmax(1) == y).sum().item() for x, y in valid_loader))
```

`@torch.no_grad()` above an evaluation function does the same. `torch.inference_mode()` saves a little more; tensors
made under it cannot be used in autograd later.

## When not to follow it
Evaluations that need gradients of their own (adversarial examples, saliency, the inner loop of meta-learning),
reinforcement-learning roll-outs and trainers that switch gradients off are not reported. If a graph is used where
bpcheck cannot see it, write at the forward pass: `# bpcheck: ignore[BP308] explain() takes gradients of this output`.

## Fix safety
Safe: the numbers stay the same. The statements that evaluate go under `torch.no_grad()`; where a training pass or a
string over several lines stands among them, the finding shows what to write. The fix is unsafe in code whose callers are
not seen.

## Source
- fast.ai, Practical Deep Learning for Coders (2018): no item of its own
- PyTorch documentation, locally disabling gradient computation:
  https://docs.pytorch.org/docs/stable/notes/autograd.html
- PyTorch documentation, `torch.no_grad`: https://docs.pytorch.org/docs/stable/generated/torch.no_grad.html

## Evidence
Measured on a small convolutional network: what autograd keeps of one batch grows in proportion to the number of layers,
and under `no_grad` it is nothing. The predictions are the same. The bytes do not depend on the machine, the time beside
them does; on large networks and GPUs neither was measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts import models
from bpcheck.facts.evaluation import evaluations
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP308", severity=Severity.WARNING, practice=(), fix=Safety.SAFE)
def missing_no_grad(program: Program) -> Iterator[Violation]:
    for evaluation in evaluations(program):
        if evaluation.grad != "on" or evaluation.while_training or models.frozen(evaluation.model) == "all":
            continue
        from bpcheck.fixes.gradients import switched_off

        yield Violation(
            place(evaluation.site),
            f"this evaluation of `{evaluation.name}` builds an autograd graph that is never used",
            (step(evaluation.site, "the forward pass records every operation for a backward pass that does not come"),),
            severity=None if evaluation.in_loop and not program.task.toy_data else Severity.INFO,
            fix=switched_off(program, evaluation),
            manual="Run it under `torch.no_grad()` or `torch.inference_mode()`.",
        )
