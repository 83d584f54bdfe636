"""Softmax makes classes compete where several may be true."""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.losses import fed_with, one_hot_target
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP402", severity=Severity.ERROR, practice=("A2",), fix=Safety.UNSAFE)
def softmax_for_multilabel(program: Program) -> Iterator[Violation]:
    for loss in fed_with(program, ("bce", "bce_logits", "multilabel_soft_margin"), ("softmax",)):
        if one_hot_target(loss.event):
            continue
        yield Violation(
            place(loss.site),
            "softmax output goes into a per-class binary loss: its classes sum to one and cannot all be true",
            (*(step(site, f"{what} applied here") for what, site in loss.steps), step(loss.site, "and judged class by class here")),
            manual="Return logits and use `BCEWithLogitsLoss`; threshold `sigmoid(logits)` per class.",
        )
