"""A scheduler is never stepped, stepped in the wrong order, or in the wrong unit."""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.misuse import misuses
from bpcheck.facts.program import Program, place
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP207", severity=Severity.ERROR, practice=("L3",), fix=Safety.SAFE)
def scheduler_misuse(program: Program) -> Iterator[Violation]:
    for schedule in program.schedules:
        for misuse in misuses(program, schedule):
            yield Violation(place(misuse.site), misuse.message, misuse.trace, manual=misuse.remedy)
