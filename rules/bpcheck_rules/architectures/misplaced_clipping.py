"""Gradients are clipped at the wrong place: before `backward()`, after `step()`, or before they are unscaled.

## What it does
Flags a call that clips gradients where clipping does nothing, or not what its limit says: before the backward pass that makes the
gradients, after the step that uses them (they are cleared before the next one), or between `scaler.scale(loss).backward()`
and `scaler.step(optimizer)` without `scaler.unscale_(optimizer)`.

## Why is this bad?
The first two leave every step unclipped, and nothing tells: the call runs, the code looks protected. The third clips
gradients that are still multiplied by the scale of the loss, 65536 at the start. A limit of 1 on those is a limit of
1/65536, about 0.000015, on what is applied: nearly every gradient is cut down, Adam loses the differences between large and
small batches, and SGD all but stops. When the scaler changes its scale, the limit changes with it.

## Example
```python
import torch
from torch import nn


def train(loader):
    model = nn.Linear(64, 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for x, y in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        loss.backward()
        optimizer.step()
```

## Use instead
```python
import torch
from torch import nn


def train(loader):
    model = nn.Linear(64, 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for x, y in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
```

With a gradient scaler: `scaler.scale(loss).backward()`, `scaler.unscale_(optimizer)`, clip, `scaler.step(optimizer)`,
`scaler.update()`. `step()` sees that the gradients are unscaled already and does not divide twice.

## When not to follow it
Wrappers that unscale by themselves (Accelerate, Fabric, Lightning), gradients that are divided by the scale by hand, limits so
large that the call only measures the norm, clipping after each of several accumulated batches, and the clipping of
weights (WGAN) are not reported. If gradients are unscaled where bpcheck cannot see it, write at the call:
`# bpcheck: ignore[BP504] our engine unscales in its backward hook`.

## Fix safety
Safe: it mends a plain bug. Training changes, since the limit is in force from then on. No automatic fix is offered yet; the
finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 4: `learner.clip = 0.3`; the training step of the
  course's library (`Stepper.step`) clips between `backward` and `step`, after it has divided by the loss scale
- PyTorch documentation, Automatic Mixed Precision examples, "Gradient clipping":
  https://docs.pytorch.org/docs/stable/notes/amp_examples.html
- PyTorch documentation, `clip_grad_norm_`:
  https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html

## Evidence
A plain bug. In our measurement with SGD, a plain recurrent network whose scaled gradients were clipped learned
nothing at any learning rate: the limit is too strict by the documented initial scale of `torch.amp.GradScaler`, the
factor above. Clipping before `backward()` trains as if nothing were clipped; that costs little at a low rate and
everything at a high one. Adam, which divides by the size of the gradients, was not measured here.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.program import Program, place, step
from bpcheck.facts.step_order import Misplaced, misplaced_clips
from bpcheck.findings import Safety, Severity, TraceStep, Violation
from bpcheck.rule import rule


@rule(code="BP504", severity=Severity.ERROR, practice=("R3",), fix=Safety.SAFE)
def misplaced_clipping(program: Program) -> Iterator[Violation]:
    for found in misplaced_clips(program):
        message, trace, remedy = _PROOFS[found.kind](found)
        yield Violation(place(found.event.site), message, trace, manual=remedy)


def _early(found: Misplaced) -> tuple[str, tuple[TraceStep, ...], str]:
    trace = [step(found.event.site, "there are no gradients of this step yet")]
    trace += [step(found.backward.site, "they are made here, and not clipped")] if found.backward is not None else []
    trace.append(step(found.step.site, "and applied here"))
    return (
        "gradients are clipped before `backward()` makes them, so the step applies them as they come",
        tuple(trace),
        f"Clip between `backward()` and `{found.name}.step()`.",
    )


def _late(found: Misplaced) -> tuple[str, tuple[TraceStep, ...], str]:
    return (
        "gradients are clipped after the step that uses them, and cleared before the next one: no step is clipped",
        (step(found.step.site, "the gradients are applied here"), step(found.event.site, "and only then clipped")),
        f"Clip between `backward()` and `{found.name}.step()`.",
    )


def _scaled(found: Misplaced) -> tuple[str, tuple[TraceStep, ...], str]:
    made = [step(found.backward.site, "gradients of the scaled loss")] if found.backward is not None else []
    return (
        "gradients are clipped while they carry the scaler's factor, so the limit is thousands of times tighter than it says",
        (
            *made,
            step(found.event.site, "clipped as they are"),
            step(found.step.site, "and only here divided by the factor"),
        ),
        f"Call `scaler.unscale_({found.name})` before clipping.",
    )


_PROOFS = {"early": _early, "late": _late, "scaled": _scaled}
