"""Training loops: pairs of consecutive steps, the backward passes between them, what outlives an iteration."""

from __future__ import annotations

import itertools

from bpcheck.evaluate.events import Event, Loop
from bpcheck.evaluate.modules import descendants
from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.values import Const, Obj, Seq, Site, Tensor, Value
from bpcheck.facts.program import name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.optimizers import Optimizer
    from bpcheck.facts.program import Program


def turns(steps: list[Event]) -> tuple[Event, Event] | None:
    """Two steps that follow each other in consecutive turns of a loop; ``None`` where nothing is repeated."""
    for first, second in itertools.pairwise(steps):
        if repeated(first, second) is not None:
            return first, second
    for number, first in enumerate(steps):
        for second in steps[number + 1 :]:
            if first.site.node is second.site.node and repeated(first, second) is not None:
                return first, second
    return None


def repeated(first: Event, second: Event) -> Loop | None:
    """The loop in whose consecutive turns both events happen."""
    for (loop, turn), (other, later) in zip(first.loops, second.loops, strict=False):
        if loop is not other:
            return None
        if later == turn + 1:
            return loop
        if later != turn:
            return None
    return None


def backwards_of(program: Program, optimizer: Optimizer) -> list[Event]:
    """The backward passes that give gradients to what ``optimizer`` holds (or may: where that is not known)."""
    found: list[Event] = []
    for event in program.of_kind("backward"):
        models = flow([event.subject]).models
        if (
            not models
            or not optimizer.known
            or any(optimizer.trains(m) or optimizer.trains(program.models.root(m)) for m in models)
        ):
            found.append(event)
    return found


def all_cleared(program: Program, optimizer: Optimizer, first: Event, second: Event) -> bool:
    """Whether the gradients of all that ``optimizer`` trains are (or may be) cleared in the loop of these two steps."""
    loop = repeated(first, second)
    cleared: set[int] = set()
    for event in program.of_kind("zero-grad"):
        if not any(each is loop for each, _ in event.loops):
            continue
        touched = optimizer.touches(event.subject)
        if touched is None or not optimizer.known:
            return True
        if touched and not (isinstance(event.subject, Obj) and event.subject.kind == "module"):
            return True
        if touched and isinstance(event.subject, Obj):
            cleared |= {id(inner) for inner in descendants(event.subject)}
    trained = {
        id(program.models.root(m)): m
        for b in program.passes.backwards
        for m in flow([b.subject]).models
        if optimizer.trains(m)
    }
    return bool(cleared) and all(id(module) in cleared for module in trained.values())


def epochs(program: Program, optimizer: Optimizer) -> int | None:
    """How often the outermost loop round the steps turns, where that is known."""
    loops = optimizer.loops()
    return count(loops[0].iterable) if loops else None


def count(iterable: Value | None) -> int | None:
    """The length of what a loop runs over."""
    if isinstance(iterable, Const) and isinstance(iterable.value, (range, list, tuple)):
        return len(iterable.value)
    if isinstance(iterable, Seq):
        if iterable.items is not None:
            return len(iterable.items)
        bounds = iterable.cell.get("bounds")
        if bounds and len(bounds) == 2:
            low, high = (b.value if isinstance(b, Const) else None for b in bounds)
            if isinstance(low, int) and isinstance(high, int):
                return max(high - low, 0)
        over = iterable.cell.get("over")
        return count(over) if over is not None else None
    return None


def setting_of(iterable: Value | None) -> str | None:
    """The option that decides how often a loop turns."""
    return iterable.setting if isinstance(iterable, Const) else None


class Retention:
    """A value with its graph that is kept from one optimizer step to the next."""

    __slots__ = ("made", "name", "site", "stepped")

    def __init__(self, site: Site, name: str, made: Site, stepped: Site) -> None:
        self.site = site
        self.name = name
        self.made = made
        self.stepped = stepped


def retentions(program: Program) -> list[Retention]:
    """Sums and lists that keep the graphs of several iterations, each place once."""
    steps = program.of_kind("step")
    found: dict[int, Retention] = {}
    for event in program.of_kind("accumulate"):
        value = event.data["value"]
        if id(event.site.node) in found or not isinstance(value, Tensor) or event.grad == "off":
            continue
        if value.grad is not True or not value.passes or event.data["carried_grad"] is not True:
            continue
        carried = event.data["carried"]
        earlier = [p for p in carried if any(repeated(p, now) is not None for now in value.passes)]
        stepped = _stepped_between(steps, earlier, event, program)
        if stepped is None or _back_propagated(program, earlier, value):
            continue
        made = value.steps[-1][1] if value.steps else next(iter(value.passes)).site
        found[id(event.site.node)] = Retention(event.site, _name(event), made, stepped.site)
    return list(found.values())


def _name(event: Event) -> str:
    """How the author calls what grows: the object whose method it happens in, where that is a library's."""
    if event.functions and event.functions[-1].scope.framework:
        return name_of(event.site, "a sum")
    return str(event.data["name"])


def _stepped_between(steps: list[Event], earlier: list[Event], event: Event, program: Program) -> Event | None:
    for past in earlier:
        for step in steps:
            if past.index < step.index < event.index:
                return step
    return None


def _back_propagated(program: Program, earlier: list[Event], value: Tensor) -> bool:
    """Whether passes of both turns go into one backward pass: then the sum is a loss over several steps."""
    past = set(map(id, earlier))
    now = set(map(id, value.passes)) - past
    for backward in program.passes.backwards:
        fed = {id(p) for p in flow([backward.subject]).passes}
        if fed & past and fed & now:
            return True
    return False
