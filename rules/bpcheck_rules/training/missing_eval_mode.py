"""A trained network is evaluated or used in train mode.

## What it does
Flags a forward pass whose result is measured, printed or returned, not learned from, and that provably runs in train
mode. An error where a layer depends on the mode: batch normalisation, or dropout that is active (`nn.Dropout` with
p > 0, `F.dropout(..., training=self.training)`, the dropout of a recurrent network of two or more layers). Info where
none does.

## Why is this bad?
Dropout deletes part of the network at random: the metric is too low, as a rule, and differs from call to call. Batch
normalisation normalises each sample by the others of its batch: predictions depend on batch size and order. It also
updates its running statistics with the evaluation data, under `torch.no_grad()` as well. `no_grad` is no replacement
for `eval()`: it leaves the mode alone.

## Example
```python
import torch
from torch import nn


def train(train_loader, valid_loader, epochs):
    model = nn.Sequential(nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 10))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        for x, y in train_loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
        with torch.no_grad():
            print(sum((model(x).argmax(1) == y).sum().item() for x, y in valid_loader))
```

## Use instead
```python
import torch
from torch import nn


def train(train_loader, valid_loader, epochs):
    model = nn.Sequential(nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 10))
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

## When not to follow it
Samples drawn from a generator while a GAN trains, reinforcement learning, and trainers that set the mode are not
reported; nor is Monte-Carlo dropout that first calls `eval()` and then switches only the dropout layers on, which is
the way to do it. Where train mode is meant for other reasons (test-time adaptation, recomputing batch statistics),
write at the forward pass: `# bpcheck: ignore[BP307] recomputes the batch statistics`.

## Fix safety
Safe: it mends a plain bug. `eval()` is called before the evaluation and, where nothing else does it, `train()`
before the training goes on.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 7: batch normalisation, like dropout, is not done
  in test mode
- S. Ioffe and C. Szegedy, Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift,
  2015, arXiv 1502.03167
- N. Srivastava et al., Dropout: A Simple Way to Prevent Neural Networks from Overfitting, JMLR 15, 2014
- The exception: Y. Gal and Z. Ghahramani, Dropout as a Bayesian Approximation, 2015, arXiv 1506.02142
- PyTorch documentation, `Module.eval`: https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html

## Evidence
Measured with one hidden layer on small digits, the same trained network asked in both modes. With dropout, train mode
costs some accuracy. With batch normalisation it costs hardly any as long as test batches are large and in random order,
like those of the training; sorted by class, as a folder of images comes without shuffling, most predictions are wrong.
That case is the headline. What the evaluation data do to the running statistics was not measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts import models
from bpcheck.facts.evaluation import evaluations
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP307", severity=Severity.ERROR, practice=("R8",), fix=Safety.SAFE)
def missing_eval_mode(program: Program) -> Iterator[Violation]:
    for evaluation in evaluations(program):
        model = evaluation.model
        if evaluation.mode != "train" or evaluation.while_training or not evaluation.mode_is_known(program):
            continue
        effect, layer = models.mode_effect(model)
        if effect is None or (not effect and program.of_kind("mode")):
            continue  # without effect it is only advice, for programs that know no modes at all
        if effect and layer is not None:
            message = f"`{evaluation.name}` is evaluated in train mode, with {layer.label} active"
            trace = (
                (step(layer.site or evaluation.site, f"{layer.label} behaves differently in training"),)
                if layer.site
                else ()
            )
        else:
            message, trace = (
                f"`{evaluation.name}` is evaluated without eval(); it makes no difference for its present layers",
                (),
            )
        from bpcheck.fixes.modes import eval_before

        yield Violation(
            place(evaluation.site),
            message,
            (*trace, step(evaluation.site, "this forward pass runs in train mode")),
            severity=None if effect else Severity.INFO,
            fix=eval_before(program, evaluation),
            manual="Call `model.eval()` before evaluating, and `model.train()` before training goes on.",
        )
