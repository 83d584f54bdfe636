"""Validation or test images are randomly augmented."""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.evaluated_data import augmented
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP104", severity=Severity.WARNING, practice=("D5",), fix=Safety.UNSAFE)
def augmented_evaluation(program: Program) -> Iterator[Violation]:
    for found in augmented(program):
        yield Violation(
            place(found.dataset_site),
            f"{found.transform.label} changes the images that the model is evaluated on at random",
            (*((step(found.transform.site, "this transform is random"),) if found.transform.site else ()), step(found.dataset_site, "and part of the evaluation data")),
            manual="Give the evaluation data a transform without random operations.",
        )
