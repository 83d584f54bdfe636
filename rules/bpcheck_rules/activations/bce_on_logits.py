"""BCELoss wants probabilities and gets an unbounded output."""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.losses import fed_with
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP406", severity=Severity.ERROR, practice=("A2",), fix=Safety.SAFE)
def bce_on_logits(program: Program) -> Iterator[Violation]:
    for loss in fed_with(program, ("bce",), ("raw", "relu", "tanh", "log_softmax", "log_sigmoid")):
        yield Violation(
            place(loss.site),
            "binary cross-entropy gets an unbounded output; it is defined for probabilities only",
            (*(step(site, f"{what} applied here") for what, site in loss.steps), step(loss.site, "the output goes into the loss without a sigmoid")),
            manual="Use `BCEWithLogitsLoss`, which applies the sigmoid in a stable way.",
        )
