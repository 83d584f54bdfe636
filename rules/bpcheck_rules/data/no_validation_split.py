"""A network is trained and never looked at on samples that it was not trained on."""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.heldout import unvalidated
from bpcheck.facts.program import Program, header, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP101", severity=Severity.WARNING, practice=("D2",), fix=Safety.UNSAFE)
def no_validation_split(program: Program) -> Iterator[Violation]:
    for found in unvalidated(program):
        yield Violation(
            header(found.site),
            f"`{found.model.label}` is trained and never evaluated on samples held out from training",
            (step(found.data_site, "all data goes into training"), step(found.pass_site, "the network is trained on it here"),
             step(found.site, "and this loop never evaluates it on other data")),
            severity=Severity.INFO if found.minor else None,
            manual="Hold out 10-20 % of the data with a seeded split and evaluate on it after every epoch.",
        )
