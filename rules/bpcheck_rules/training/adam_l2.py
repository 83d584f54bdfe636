"""Adam's weight_decay is L2 regularisation, which Adam rescales away; AdamW decouples it."""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.optimizers import number
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP304", severity=Severity.WARNING, practice=("T4",), fix=Safety.UNSAFE)
def adam_l2(program: Program) -> Iterator[Violation]:
    for optimizer in program.optimizers:
        api = optimizer.api
        if api is None or optimizer.made is None or not api.facts.get("adam") or api.facts.get("weight_decay") != "l2":
            continue
        if optimizer.given("decoupled_weight_decay") and optimizer.option("decoupled_weight_decay") is not False:
            continue
        decays = [value for group in optimizer.groups if (value := number(group.weight_decay)) is not None and value > 0]
        if not decays:
            continue
        yield Violation(
            place(optimizer.made.site),
            f"{optimizer.name} with weight_decay={max(decays):g} adds L2 to the gradient, where the adaptive step undoes most of it",
            (step(optimizer.made.site, f"weight decay {max(decays):g} is in force here"),),
            manual="Use `torch.optim.AdamW`, whose decay is decoupled from the gradient.",
        )
