"""A decision of the program is taken on the test set, which then says nothing about new data."""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.program import Program, place, step
from bpcheck.facts.selection import selections
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP102", severity=Severity.WARNING, practice=("D2",), fix=Safety.MANUAL)
def selection_on_test_set(program: Program) -> Iterator[Violation]:
    for found in selections(program):
        yield Violation(
            place(found.site),
            f"{found.what} is decided by a metric on the test set",
            (step(found.data_site, "the test samples come from here"), step(found.site, f"{found.what} depends on them")),
            manual="Split a validation set off the training data and decide on that; use the test set once, at the end.",
        )
