"""An evaluation records gradients that nobody uses."""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts import models
from bpcheck.facts.evaluation import evaluations
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP308", severity=Severity.WARNING, practice=(), fix=Safety.SAFE)
def missing_no_grad(program: Program) -> Iterator[Violation]:
    for evaluation in evaluations(program):
        if evaluation.grad != "on" or evaluation.while_training or models.frozen(evaluation.model) == "all":
            continue
        yield Violation(
            place(evaluation.site),
            f"this evaluation of `{evaluation.model.label}` builds an autograd graph that is never used",
            (step(evaluation.site, "the forward pass records every operation for a backward pass that does not come"),),
            severity=None if evaluation.in_loop else Severity.INFO,
            manual="Run it under `torch.no_grad()` or `torch.inference_mode()`.",
        )
