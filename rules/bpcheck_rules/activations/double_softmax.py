"""Softmax output goes into a loss that applies softmax itself."""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.losses import fed_with
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP403", severity=Severity.ERROR, practice=("A1",), fix=Safety.SAFE)
def double_softmax(program: Program) -> Iterator[Violation]:
    for loss in fed_with(program, ("cross_entropy",), ("softmax",)):
        yield Violation(
            place(loss.site),
            "the loss applies log-softmax itself, but its input is already a softmax",
            (*(step(site, f"{what} applied here") for what, site in loss.steps), step(loss.site, "the probabilities go into cross-entropy here")),
            manual="Return the logits; apply softmax only where probabilities are needed.",
        )
