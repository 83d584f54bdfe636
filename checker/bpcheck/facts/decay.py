"""Learning rates that fall in steps, by a schedule or by hand."""

from __future__ import annotations

from bpcheck.evaluate import calls, counts
from bpcheck.evaluate.values import Const, Counted, Function, Site, Value, choices
from bpcheck.facts.program import step
from bpcheck.findings import TraceStep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.program import Program
    from bpcheck.facts.schedules import Schedule

_SHAPES = {"step": counts.STEPS, "exponential": counts.POWER}


class Decay:
    """A rate that is multiplied by a constant: at some epochs (``steps``) or at each (``power``)."""

    __slots__ = ("by", "shape", "site", "trace")

    def __init__(self, site: Site, by: str, shape: str, trace: tuple[TraceStep, ...]) -> None:
        self.site = site
        self.by = by
        self.shape = shape
        self.trace = trace


def decays(program: Program) -> list[Decay]:
    """The decays by constant factors that are in force, one for each optimizer at most."""
    found: dict[int, Decay] = {}
    for schedule in program.schedules:
        if schedule.steps and not schedule.constant():
            shape = _SHAPES.get(schedule.shape) or _of_lambda(program, schedule)
            if shape:
                trace = (
                    step(schedule.made.site, "the schedule is made here"),
                    step(schedule.steps[0].site, "and stepped"),
                )
                found.setdefault(id(schedule.optimizer), Decay(schedule.made.site, schedule.name, shape, trace))
    for event in program.of_kind("lr-write"):
        shape = _of_value(event.data["value"])
        if shape and event.loops:
            written = step(event.site, "the rate is set here by how often the loop has turned")
            found.setdefault(id(event.subject), Decay(event.site, "hand", shape, (written,)))
    return list(found.values())


def _of_value(value: Value) -> str:
    """How a rate falls that is written by hand: as all that is known of what it may be says."""
    shapes = {each.shape for each in choices(value) if isinstance(each, Counted)}
    known = shapes <= {counts.STEPS, counts.POWER} and all(isinstance(v, (Counted, Const)) for v in choices(value))
    return min(shapes) if known and shapes else ""


def _of_lambda(program: Program, schedule: Schedule) -> str:
    """How the rate falls by a function of the epoch."""
    function = schedule.obj.args.get("lr_lambda")
    if schedule.name != "LambdaLR" or not isinstance(function, Function):
        return ""
    ev = program.evaluator
    events, gaps, mark = len(ev.events), len(ev.gaps), ev.store.mark()
    value = calls.call(ev, function, [Counted()], {}, schedule.made.site)
    ev.store.take_back(mark)
    del ev.events[events:], ev.gaps[gaps:]
    return _of_value(value)
