"""Pretrained layers are fine-tuned with the learning rate of the new head."""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.finetuning import uniform_rates
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP202", severity=Severity.WARNING, practice=("L2",), fix=Safety.UNSAFE)
def uniform_finetuning_lr(program: Program) -> Iterator[Violation]:
    for found in uniform_rates(program):
        yield Violation(
            place(found.optimizer_site),
            f"the pretrained `{found.model.label}` is fine-tuned with one learning rate for all its layers",
            (step(found.pretrained_site, "pretrained weights are loaded here"), step(found.optimizer_site, "all layers get the same learning rate")),
            severity=Severity.INFO if found.language_model else None,
            manual="Give earlier layers a smaller rate: parameter groups with lr / 10 for the body (lr / 3 where the data differ much).",
        )
