"""``bpcheck show``: what was understood of a program, with places. That is how a missing finding is explained."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bpcheck.facts.program import Program
    from bpcheck.project import Project


def show(project: Project, path: Path) -> str:
    """A description of the program that starts at ``path``."""
    from bpcheck.programs import config_program, entry_program

    program = None if getattr(project.source(path), "config", None) is None else config_program(project, path)
    if program is None:
        program = entry_program(project, path)
    return "\n".join(_lines(program, project.source(path).path)) + "\n"


def _lines(program: Program, path: str) -> Iterator[str]:
    yield f"program {path}"
    yield from _section("task", _task(program))
    yield from _section("networks", _networks(program))
    yield from _section("optimizers", _optimizers(program))
    yield from _section("schedulers", _schedulers(program))
    yield from _section("data", _data(program))
    yield from _section("forward passes", _passes(program))
    yield from _section("losses", _losses(program))
    if program.of_kind("framework"):
        yield from _section("done by a framework", _frameworks(program))
    if program.evaluator.words:
        yield from _section("in the user's own words", _words(program))
    yield from _section("not taken by default", _skipped(program))
    yield from _section("not understood", _gaps(program))


def _section(title: str, rows: Iterator[str]) -> Iterator[str]:
    found = list(dict.fromkeys(rows))
    yield ""
    yield title
    yield from (f"  {row}" for row in found or ["nothing"])


def _task(program: Program) -> Iterator[str]:
    task = program.task
    for word, holds in (
        ("supervised", task.supervised),
        ("adversarial (GAN)", task.adversarial),
        ("reinforcement learning", task.reinforcement),
        ("optimizes an input, not a network", task.images_optimized),
        ("trained on data made in the program", task.toy_data),
    ):
        if holds:
            yield word
    if not program.closed:
        yield "open: not all code was seen, so nothing is called absent"


def _frameworks(program: Program) -> Iterator[str]:
    from bpcheck.facts.program import place, words

    for event in program.of_kind("framework"):
        yield f"{words(event.data['framework'])} at {place(event.site)}: {words(event.data['what'])}"


def _networks(program: Program) -> Iterator[str]:
    from bpcheck.facts import models
    from bpcheck.facts.program import place

    for model in program.models.all:
        if program.models.root(model) is not model or model.site is None:
            continue
        effect, layer = models.mode_effect(model)
        mode = (
            f"train()/eval() matters ({layer.label})"
            if effect and layer
            else "mode unknown"
            if effect is None
            else "mode makes no difference"
        )
        cell = models.recurrent(model)
        notes = [mode, f"weights frozen: {models.frozen(model)}"]
        if cell is not None:
            notes.append(f"recurrent: {cell.label}")
        if model.state.get("pretrained"):
            notes.append("pretrained")
        if program.escaped(model):
            notes.append("escapes into code that is not seen")
        yield f"{model.label} at {place(model.site)}: {', '.join(notes)}"


def _optimizers(program: Program) -> Iterator[str]:
    from bpcheck.facts.optimizers import number
    from bpcheck.facts.program import place

    for optimizer in program.optimizers:
        where = place(optimizer.made.site) if optimizer.made else place(optimizer.steps[0].site)
        held = ", ".join(module.label for module in optimizer.modules) or "unknown parameters"
        groups = "; ".join(f"lr {number(g.lr)}, weight decay {number(g.weight_decay)}" for g in optimizer.groups)
        steps = ", ".join(dict.fromkeys(str(place(e.site)) for e in optimizer.steps)) or "never"
        yield f"{optimizer.name} at {where} over {held} [{groups}]; steps at {steps}"


def _schedulers(program: Program) -> Iterator[str]:
    from bpcheck.facts.program import place

    for schedule in program.schedules:
        steps = ", ".join(dict.fromkeys(str(place(e.site)) for e in schedule.steps)) or "never"
        yield f"{schedule.name} at {place(schedule.made.site)}; steps at {steps}"


def _data(program: Program) -> Iterator[str]:
    from bpcheck.facts.program import place

    for event in program.of_kind("dataset", "loader", "split"):
        what = getattr(event.subject, "label", "")
        yield f"{event.kind} {what} at {place(event.site)}"


def _passes(program: Program) -> Iterator[str]:
    from bpcheck.facts.passes import inputs
    from bpcheck.facts.program import place

    training = {e.index for e in program.passes.training}
    for event in program.of_kind("forward"):
        purpose = "training" if event.index in training else "evaluation"
        label = getattr(event.subject, "label", "object")
        sources = (
            ", ".join(sorted({f"{o.root().key}{' ' + o.split if o.split else ''}" for o in inputs(event)}))
            or "unknown data"
        )
        state = f"mode {event.data['mode']}, gradients {event.grad}"
        yield f"{label} at {place(event.site)}: {purpose}, {state}, on {sources}"


def _losses(program: Program) -> Iterator[str]:
    from bpcheck.evaluate.modules import kind_of
    from bpcheck.facts.program import place

    for event in program.of_kind("loss"):
        yield f"{event.data['loss']} at {place(event.site)}: output is {kind_of(event.data['output'])}"


def _words(program: Program) -> Iterator[str]:
    for name, word in program.evaluator.words.items():
        yield f"{name}: {word.meaning}" + ("" if name in program.evaluator.used else " (not used here)")


def _skipped(program: Program) -> Iterator[str]:
    from bpcheck.facts.program import place

    for setting, site in program.evaluator.skipped:
        yield f"{place(site)}: needs {setting}"


def _gaps(program: Program) -> Iterator[str]:
    from bpcheck.facts.program import place

    for why, site in program.evaluator.gaps:
        yield f"{why}" + (f" at {place(site)}" if site is not None else "")
