"""Gradients are never cleared between optimizer steps."""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.loops import backwards_of, turns
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP305", severity=Severity.ERROR, practice=(), fix=Safety.SAFE)
def missing_zero_grad(program: Program) -> Iterator[Violation]:
    for optimizer in program.optimizers:
        pair = turns(optimizer.steps)
        if pair is None or optimizer.escaped() or not optimizer.trained_by_gradients():
            continue
        first, second = pair
        backwards = [b for b in backwards_of(program, optimizer) if first.index < b.index < second.index]
        if not backwards or any(optimizer.touches(e.subject) is not False for e in program.of_kind("zero-grad")):
            continue
        if program.fragment and not optimizer.known:
            continue
        yield Violation(
            place(second.site),
            f"gradients of `{optimizer.name}` are never cleared, so each step also applies those of all earlier batches",
            (step(backwards[0].site, "gradients are added to those already there"), step(second.site, "and used for the next step")),
            manual="Call `optimizer.zero_grad()` before `backward()` in every iteration.",
        )
