"""The learning rate never changes over a training of several epochs."""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.loops import epochs, turns
from bpcheck.facts.program import Program, place, step
from bpcheck.facts.schedules import Driver, driver
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP204", severity=Severity.WARNING, practice=("L3",), fix=Safety.UNSAFE)
def constant_lr(program: Program) -> Iterator[Violation]:
    if not program.closed or program.task.reinforcement or program.task.adversarial or program.task.images_optimized:
        return
    for optimizer in program.optimizers:
        pair = turns(optimizer.steps)
        if pair is None or optimizer.escaped() or not optimizer.trained_by_gradients() or optimizer.by_hand:
            continue
        if optimizer.api is None or optimizer.api.facts.get("adaptive") or optimizer.api.facts.get("unknown"):
            continue
        count = epochs(program, optimizer)
        if count is not None and count < 2:
            continue
        cause: Driver | None = driver(program, optimizer)
        if cause is None or optimizer.made is None:
            continue
        short = count is not None and count < 3
        yield Violation(
            place(optimizer.made.site),
            f"the learning rate of {optimizer.name} {cause.message}",
            (step(optimizer.made.site, "the learning rate is set here"), *cause.trace, step(pair[0].site, "and is the same at every step")),
            severity=Severity.INFO if short or program.task.toy_data else None,
            manual="Anneal it, for example with `CosineAnnealingLR(optimizer, T_max=epochs)` stepped once an epoch.",
        )
