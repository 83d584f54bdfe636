"""After an evaluation the network stays in eval mode while it trains on."""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts import models
from bpcheck.facts.passes import subject
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP306", severity=Severity.ERROR, practice=(), fix=Safety.SAFE)
def missing_train_mode(program: Program) -> Iterator[Violation]:
    reported: set[int] = set()
    for event in program.passes.training:
        model = program.models.root(subject(event))
        cause = event.data["mode_site"]
        if event.data["mode"] not in ("eval", "mixed") or cause is None or id(cause.node) in reported:
            continue
        earlier = [e for e in program.passes.training if e.site.node is event.site.node and e.index < event.index and e.data["mode"] == "train"]
        switched = [e for e in program.of_kind("mode") if e.data["mode"] == "eval" and e.index < event.index and e.site.node is cause.node]
        if event.data["mode"] == "mixed":
            switched = [e for e in program.of_kind("mode") if e.data["mode"] == "eval" and e.index < event.index and program.models.related(e.subject, model)]
        if not earlier or not switched or switched[-1].index < earlier[-1].index or program.escaped(model):
            continue
        effect, layer = models.mode_effect(model)
        if effect is None:
            continue
        reported.add(id(cause.node))
        what = f"{layer.label} is off" if layer is not None and "BatchNorm" not in layer.label else "batch statistics are frozen"
        yield Violation(
            place(switched[-1].site),
            f"`{model.label}` is set to eval mode here and never back to train mode, so training goes on with {what}"
            if effect else f"`{model.label}` is set to eval mode here and never back to train mode",
            (step(earlier[-1].site, "trained in train mode at first"), step(switched[-1].site, "eval mode is switched on"),
             step(event.site, "the next iteration trains in eval mode")),
            severity=None if effect else Severity.INFO,
            manual="Call `model.train()` at the start of every epoch, or after every evaluation.",
        )  # fmt: skip
