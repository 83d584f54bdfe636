"""A loss that still hangs on its autograd graph is summed up over iterations."""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.loops import Retention, retentions
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP309", severity=Severity.ERROR, practice=(), fix=Safety.SAFE)
def retained_loss_graph(program: Program) -> Iterator[Violation]:
    found: list[Retention] = retentions(program)
    for retention in found:
        yield Violation(
            place(retention.site),
            f"`{retention.name}` keeps the autograd graph of every iteration alive: memory grows until it runs out",
            (step(retention.made, "this value requires grad"), step(retention.site, "and is kept across optimizer steps"),
             step(retention.stepped, "the optimizer steps in each of these iterations")),
            manual="Add `loss.item()`, or `loss.detach()` to keep a tensor.",
        )  # fmt: skip
