"""Learning-rate schedules: what each does to the rate, and when it is stepped."""

from __future__ import annotations

from bpcheck.apis import lookup
from bpcheck.evaluate.events import Event, Loop
from bpcheck.evaluate.iterate import unrolled
from bpcheck.evaluate.modules import descendants
from bpcheck.evaluate.values import Const, Function, Obj, Seq, Site, Value, choices, same
from bpcheck.facts.loops import epochs
from bpcheck.facts.program import step
from bpcheck.findings import TraceStep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bpcheck.facts.optimizers import Optimizer
    from bpcheck.facts.program import Program


class Schedule:
    """One scheduler."""

    def __init__(self, program: Program, made: Event) -> None:
        assert isinstance(made.subject, Obj)
        self.program = program
        self.made = made
        self.obj = made.subject
        self.steps: list[Event] = []

    @property
    def name(self) -> str:
        return self.obj.label

    @property
    def shape(self) -> str:
        """``step``, ``cosine``, ``one-cycle``, ``plateau`` ... or an empty string."""
        api = lookup(self.obj.name)
        return str(api.facts.get("shape", "")) if api is not None else ""

    @property
    def optimizer(self) -> Value | None:
        return self.obj.args.get("optimizer")

    def argument(self, name: str) -> Any:
        """A constant argument, or ``None``."""
        value = self.obj.args.get(name)
        return value.value if isinstance(value, Const) else None

    def drives(self, optimizer: Obj) -> bool | None:
        """Whether this schedule is that optimizer's (``None``: not known)."""
        held = self.optimizer
        if held is None:
            return None
        if any(each is optimizer or _holds(each, optimizer) for each in choices(held)):
            return True
        return False if all(isinstance(each, Obj) and each.kind == "optimizer" for each in choices(held)) else None

    def combined(self) -> bool:
        """Whether another scheduler steps this one (``SequentialLR``, ``ChainedScheduler``)."""
        for event in self.program.of_kind("make-scheduler"):
            if isinstance(event.subject, Obj) and event.subject is not self.obj:
                for value in event.subject.args.values():
                    items = value.items if isinstance(value, Seq) else None
                    if value is self.obj or (items and any(item is self.obj for item in items)):
                        return True
        return False

    def constant(self) -> bool:
        """Whether it provably never changes the rate."""
        api = lookup(self.obj.name)
        if api is not None and api.facts.get("constant"):
            return True
        if self.name in ("LambdaLR", "MultiplicativeLR"):
            return _constant_one(self.obj.args.get("lr_lambda"))
        if self.name in ("StepLR", "MultiStepLR", "ExponentialLR"):
            return bool(self.argument("gamma") == 1)
        if self.name == "ConstantLR":
            return bool(self.argument("factor") == 1)
        if self.name == "LinearLR":
            return bool(self.argument("start_factor") == 1 and self.argument("end_factor") == 1)
        if api is not None and api.facts.get("named"):
            return bool(self.argument(str(api.facts["named"])) == "constant")
        return False

    def too_late(self, turns: int | None) -> bool:
        """Whether all its decay lies after the last epoch."""
        if turns is None or not self.steps or any(len(loops_of(e)) > 1 for e in self.steps):
            return False
        if self.name == "MultiStepLR":
            items = unrolled(self.obj.args.get("milestones") or Const(None))
            numbers = [item.value for item in items or () if isinstance(item, Const)]
            return bool(numbers) and len(numbers) == len(items or ()) and min(numbers) >= turns
        if self.name == "StepLR":
            size = self.argument("step_size")
            return isinstance(size, int) and size >= turns
        return False


def _holds(wrapper: Value, optimizer: Obj) -> bool:
    """Whether an optimizer of the project works on the groups of another one that it holds."""
    return isinstance(wrapper, Obj) and wrapper.cls is not None and optimizer in wrapper.attrs.values()


def loops_of(event: Event) -> list[Loop]:
    """The loops round an event that are walked as loops."""
    return [loop for loop, _ in event.loops if not loop.unrolled]


def _constant_one(value: Value | None) -> bool:
    import ast

    if not isinstance(value, Function) or not isinstance(value.node, ast.Lambda):
        return False
    body = value.node.body
    return isinstance(body, ast.Constant) and body.value in (1, 1.0)


def schedules(program: Program) -> list[Schedule]:
    """Every scheduler that is made."""
    found: dict[int, Schedule] = {}
    for event in program.of_kind("make-scheduler"):
        found.setdefault(id(event.subject), Schedule(program, event))
    for event in program.of_kind("scheduler-step"):
        if id(event.subject) in found:
            found[id(event.subject)].steps.append(event)
    return list(found.values())


class Driver:
    """Why the learning rate of an optimizer stays as it is; ``site`` is where a reviewer would point."""

    __slots__ = ("message", "site", "trace")

    def __init__(self, site: Site, message: str, trace: tuple[TraceStep, ...] = ()) -> None:
        self.site = site
        self.message = message
        self.trace = trace


def driver(program: Program, optimizer: Optimizer) -> Driver | None:
    """Why the learning rate provably never changes; ``None`` where it does, or may."""
    obj = optimizer.obj
    if not isinstance(obj, Obj) or (obj.cls is not None and obj.cls.find("step") is not None) or optimizer.made is None:
        return None
    writes = [event for event in program.of_kind("lr-write") if optimizer.touches(event.subject) is not False]
    if writes and not _without_effect(optimizer, writes):
        return None
    mine = [s for s in program.schedules if s.drives(obj) is not False]
    if any(s.drives(obj) is None or s.combined() or program.escaped(s.obj) for s in mine):
        return None
    if _trained_otherwise(program, optimizer):
        return None
    turns = epochs(program, optimizer)
    inert = [s for s in mine if s.constant() or s.too_late(turns)]
    if len(inert) < len(mine):
        return None
    made = optimizer.made.site
    if inert:
        why = "has a factor of one" if inert[0].constant() else f"first acts after the last of the {turns} epochs"
        where = (step(inert[0].made.site, "this schedule leaves it as it is"),)
        return Driver(inert[0].made.site, f"never changes: {inert[0].name} {why}", where)
    trace = [step(writes[-1].site, "this writes back the rate that was there")] if writes else []
    words = ("lr_scheduler", "scheduler", "param_groups", "get_lr", "adjust_l")
    trace += program.switched_off("change it", *words, beside=writes)
    return Driver(made, "never changes during training", tuple(trace))


def _trained_otherwise(program: Program, optimizer: Optimizer) -> bool:
    """Whether another optimizer trains the same network at another rate, or that or one built like it under a schedule."""
    for other in program.optimizers:
        if other is optimizer or not other.steps or not isinstance(other.obj, Obj):
            continue
        shared = bool(other.holds & optimizer.holds)
        if not shared and _networks(other).isdisjoint(_networks(optimizer)):
            continue
        rate, *rates = [group.lr for group in (*optimizer.groups, *other.groups)] or [None]
        alike = isinstance(rate, Const) and all(isinstance(each, Const) and same(each, rate) for each in rates)
        if (shared and not alike) or any(schedule.drives(other.obj) is not False for schedule in program.schedules):
            return True
    return False


def _networks(optimizer: Optimizer) -> set[tuple[str, ...]]:
    """How the networks that it trains are built, by the classes of their parts."""
    built = {tuple([inner.label for inner in descendants(module)]) for module in optimizer.modules}
    return {parts for parts in built if len(parts) > 1}


def _without_effect(optimizer: Optimizer, writes: list[Event]) -> bool:
    """Whether what is written is the rate that the optimizer has anyway, at the latest at the end of each iteration."""
    last: dict[tuple[object, ...], Event] = {}
    for event in writes:
        last[tuple((id(loop), turn) for loop, turn in event.loops)] = event
    start = optimizer.groups[0].lr if optimizer.groups else None
    for event in last.values():
        value = event.data["value"]
        if isinstance(value, Obj) and value.kind == "rate" and not event.guards:
            continue
        if isinstance(value, Const) and isinstance(start, Const) and value.value == start.value:
            continue
        return False
    return True
