"""A trained network is evaluated in train mode."""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts import models
from bpcheck.facts.evaluation import evaluations
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP307", severity=Severity.ERROR, practice=("R8",), fix=Safety.SAFE)
def missing_eval_mode(program: Program) -> Iterator[Violation]:
    for evaluation in evaluations(program):
        model = evaluation.model
        if evaluation.mode != "train" or evaluation.while_training:
            continue
        effect, layer = models.mode_effect(model)
        if effect is None:
            continue
        if effect and layer is not None:
            message = f"`{model.label}` is evaluated in train mode, with {layer.label} active"
            trace = (step(layer.site or evaluation.site, f"{layer.label} behaves differently in training"),) if layer.site else ()
        else:
            message, trace = f"`{model.label}` is evaluated without eval(); it makes no difference for its present layers", ()
        yield Violation(
            place(evaluation.site),
            message,
            (*trace, step(evaluation.site, "this forward pass runs in train mode")),
            severity=None if effect else Severity.INFO,
            manual="Call `model.eval()` before evaluating, and `model.train()` before training goes on.",
        )
