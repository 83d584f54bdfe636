"""A network is left in eval mode after an evaluation, and training goes on.

## What it does
Flags an `eval()` (or `train(False)`) inside the training cycle after which the next iteration trains without a
`train()` in between, in a network that began in train mode. Calls are followed: an evaluation function that puts train
mode back is fine, one that leaves eval mode on is not. Info where no layer of the network depends on the mode.

## Why is this bad?
From the first evaluation on, dropout is off, and batch normalisation goes on with statistics that no longer follow the
weights. The regularisation that you configured acts until then and no longer. Nothing crashes; the network just
overfits more, or trains worse, than the code says.

## Example
```python
import torch
from torch import nn


def train(train_loader, valid_loader, epochs):
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 10))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    model.train()
    for epoch in range(epochs):
        for x, y in train_loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
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

## When not to follow it
An `eval()` after the last epoch, a network that is in eval mode from the start, an averaged copy, and trainers that set
the mode themselves are not reported. Fine-tuning the last epochs with dropout and batch statistics switched off can be
meant; then write at the `eval()`: `# bpcheck: ignore[BP306] batch norm is frozen after the warm-up`. To freeze batch
normalisation only, call `eval()` on those layers, after each `model.train()`.

## Fix safety
Safe: it mends a plain bug. `train()` is called at the start of the turn that trains, under the program's own
name for the network; where it has none there, the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018): no item of its own; the course's library sets the mode before
  every training epoch and every validation (`Stepper.reset`)
- S. Ioffe and C. Szegedy, Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift,
  2015, arXiv 1502.03167
- PyTorch documentation, `Module.train`: https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html

## Evidence
A plain bug: the program trains otherwise than it says. Measured with small networks on few images of digits, each at
its own best learning rate, it cost no accuracy to go on in eval mode after the first epoch, neither with dropout nor
with batch normalisation. Dropout that is off costs what dropout was worth, and here that was nothing; large networks
and long trainings were not measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts import models
from bpcheck.facts.edits import receiver
from bpcheck.facts.passes import subject
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP306", severity=Severity.ERROR, practice=(), fix=Safety.SAFE)
def missing_train_mode(program: Program) -> Iterator[Violation]:
    reported: set[int] = set()
    for event in program.passes.training:
        model = program.models.root(subject(event))
        cause = event.data["mode_site"]
        if event.data["mode"] not in ("eval", "mixed") or cause is None or id(cause) in reported:
            continue
        earlier = [
            e
            for e in program.passes.training
            if e.site is event.site and e.index < event.index and e.data["mode"] == "train"
        ]
        switched = [
            e for e in program.of_kind("mode") if e.data["mode"] == "eval" and e.index < event.index and e.site is cause
        ]
        if event.data["mode"] == "mixed":
            modes = [e for e in program.of_kind("mode") if program.models.related(e.subject, model)]
            switched = [e for e in modes if e.data["mode"] == "eval" and e.index < event.index]
            if switched and any(
                switched[-1].index < e.index < event.index and e.data["mode"] == "train" for e in modes
            ):
                continue  # on the same condition, it may be
        if not earlier or not switched or switched[-1].index < earlier[-1].index or program.escaped(model):
            continue
        effect, layer = models.mode_effect(model)
        if effect is None:
            continue
        reported.add(id(cause))
        what = (
            f"{layer.label} off" if layer is not None and "BatchNorm" not in layer.label else "batch statistics frozen"
        )
        from bpcheck.fixes.modes import back_to_train

        name = receiver(switched[-1].site) or model.label
        yield Violation(
            place(switched[-1].site),
            f"`{name}` is set to eval mode here and never back to train mode, so training goes on with {what}"
            if effect
            else f"`{name}` is set to eval mode here and never back to train mode",
            (
                step(earlier[-1].site, "trained in train mode at first"),
                step(switched[-1].site, "eval mode is switched on"),
                step(event.site, "the next iteration trains in eval mode"),
            ),
            severity=None if effect else Severity.INFO,
            fix=back_to_train(program, switched[-1], event),
            manual="Call `model.train()` at the start of every epoch, or after every evaluation.",
        )
