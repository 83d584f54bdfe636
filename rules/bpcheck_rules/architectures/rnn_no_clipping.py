"""A recurrent network is trained and its gradients are never clipped."""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.loops import turns
from bpcheck.facts.program import Program, place, step
from bpcheck.facts.recurrence import recurrent_part
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP503", severity=Severity.WARNING, practice=("R3",), fix=Safety.UNSAFE)
def rnn_no_clipping(program: Program) -> Iterator[Violation]:
    if not program.closed or program.task.reinforcement:
        return
    for optimizer in program.optimizers:
        pair = turns(optimizer.steps)
        if pair is None or not optimizer.known or optimizer.escaped() or not optimizer.trained_by_gradients():
            continue
        cell = next((part for module in optimizer.modules if (part := recurrent_part(program, module)) is not None), None)
        if cell is None or any(optimizer.touches(e.subject) is not False for e in program.of_kind("clip")):
            continue
        if program.skipped_arm("clip_grad", "clip_"):
            continue
        yield Violation(
            place(pair[0].site),
            f"{cell.label} is trained without gradient clipping: one exploding gradient can undo the training",
            (*((step(cell.site, f"the recurrent network holds {cell.label}"),) if cell.site else ()), step(pair[0].site, "steps with the gradients as they come")),
            manual="Call `torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm)` between `backward()` and `step()`.",
        )
