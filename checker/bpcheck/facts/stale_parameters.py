"""What an optimizer does not hold although it is trained: parts that came or were unfrozen later; and state that is thrown away."""

from __future__ import annotations

from bpcheck.evaluate.events import Event, Loop
from bpcheck.evaluate.modules import children, descendants, has_weights
from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.values import Const, Obj, Params, Seq, Value, same
from bpcheck.facts.loops import repeated
from bpcheck.facts.optimizers import Optimizer
from bpcheck.facts.step_order import exclusive, over_parameters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.program import Program


class Stale:
    """Weights that take part in training and are in no optimizer. ``kind`` says how that came."""

    __slots__ = ("event", "kind", "made", "part", "step")

    def __init__(self, kind: str, event: Event, made: Event, step: Event, part: Obj) -> None:
        self.kind = kind
        self.event = event
        self.made = made
        self.step = step
        self.part = part


def stale(program: Program) -> list[Stale]:
    """Parts that no optimizer holds: attached, or unfrozen, after the one that trains the rest was made; each place once."""
    found: dict[tuple[str, int, int], Stale] = {}
    for kind, event in _changes(program):
        key = program.site_key(event.site)
        each = _unheld(program, kind, event) if key not in found else None
        if each is not None:
            found[key] = each
    return list(found.values())


def _changes(program: Program) -> list[tuple[str, Event]]:
    changes = [("attached", event) for event in program.of_kind("attach")]
    for event in program.of_kind("freeze"):
        by_name = event.data["guarded"] and event.loops and over_parameters(event.loops[-1][0].iterable)
        if event.data["value"] is True and not by_name:
            changes.append(("unfrozen", event))
    return changes


def _unheld(program: Program, kind: str, event: Event) -> Stale | None:
    finished = [e.index for e in program.of_kind("make") if e.subject is event.subject]
    if kind == "attached" and any(event.index < index for index in finished):
        return None  # in its own constructor
    mine: list[tuple[Optimizer, Event]] = []
    for optimizer in program.optimizers:
        made = optimizer.made
        if made is None or not isinstance(optimizer.obj, Obj) or not optimizer.known or optimizer.escaped():
            return None
        if made.index > event.index or "added" in optimizer.obj.state:
            return None
        step = next((s for s in optimizer.steps if s.index > event.index and not exclusive(event, s)), None)
        if step is not None:
            mine.append((optimizer, step))
    for optimizer, step in mine:
        part = (
            _attached(program, event, optimizer) if kind == "attached" else _unfrozen(program, event, optimizer, step)
        )
        if part is None or any(part in _held(other) for other, _ in mine if kind == "unfrozen"):
            continue
        if optimizer.made is not None and _trained(program, event, step, part):
            return Stale(kind, event, optimizer.made, step, part)
    return None


def _attached(program: Program, event: Event, optimizer: Optimizer) -> Obj | None:
    """The first new layer with weights that was put into the network that the optimizer holds, and is not frozen."""
    assert isinstance(event.subject, Obj)
    if program.escaped(event.subject) or not optimizer.trains(event.subject):
        return None
    return next((layer for layer in event.data["new"] if layer.state.get("frozen", "no") == "no"), None)


def _held(optimizer: Optimizer) -> list[Obj]:
    left = optimizer.obj.state.get("left-out", ()) if isinstance(optimizer.obj, Obj) else ()
    return [inner for module in optimizer.modules for inner in descendants(module) if inner not in left]


def _unfrozen(program: Program, event: Event, optimizer: Optimizer, step: Event) -> Obj | None:
    """The first layer that was frozen when the optimizer was made, is none of its own, and stays unfrozen until it steps."""
    if not isinstance(event.subject, Params) or optimizer.made is None:
        return None
    freezes = program.of_kind("freeze")
    if any(e.data["value"] is not True for e in freezes if event.index < e.index < step.index):
        return None
    held = set(map(id, _held(optimizer)))
    network = {program.models.root(module) for module in optimizer.modules}
    for module, whole in event.subject.parts:
        if not whole or program.models.root(module) not in network:
            continue
        for inner in descendants(module):
            weighty = has_weights(inner) or (
                inner.cls is None and not children(inner) and inner.name.startswith("torchvision.")
            )
            if weighty and id(inner) not in held and _was_frozen(freezes, inner, optimizer.made):
                return inner
    return None


def _was_frozen(freezes: list[Event], layer: Obj, made: Event) -> bool:
    """Whether the last that was done to a layer before the optimizer was made is that it was frozen."""
    before = [
        event
        for event in freezes
        if event.index < made.index
        and isinstance(event.subject, Params)
        and any(inner is layer for module, _ in event.subject.parts for inner in descendants(module))
    ]
    return bool(before) and before[-1].data["value"] is False and not before[-1].data["guarded"]


def _trained(program: Program, event: Event, step: Event, part: Obj) -> bool:
    """Whether the network that the part belongs to is trained from then on."""
    for backward in program.of_kind("backward"):
        for run in flow([backward.subject]).passes:
            if (
                run.index > event.index
                and isinstance(run.subject, Obj)
                and id(part) in program.models.parts(run.subject)
            ):
                return True
    return False


class Rebuilt:
    """An optimizer that is made anew in every turn of a loop over epochs."""

    __slots__ = ("loop", "made", "name", "step")

    def __init__(self, name: str, made: Event, loop: Loop, step: Event) -> None:
        self.name = name
        self.made = made
        self.loop = loop
        self.step = step


def rebuilt(program: Program) -> list[Rebuilt]:
    """Optimizers with a memory that begin anew with each pass over the same data, for the same network at the same rate."""
    found: dict[tuple[str, int, int], Rebuilt] = {}
    made = [o for o in program.optimizers if o.made is not None and o.steps and o.known and _remembers(o)]
    for number, first in enumerate(made):
        for second in made[number + 1 :]:
            each = _again(program, first, second)
            if each is not None:
                found.setdefault(program.site_key(each.made.site), each)
    return list(found.values())


def _remembers(optimizer: Optimizer) -> bool:
    """Whether it carries averages of the gradients from step to step."""
    api = optimizer.api
    if api is None or optimizer.by_hand:
        return False
    return bool(api.facts.get("adam") or optimizer.option("momentum"))


def _again(program: Program, first: Optimizer, second: Optimizer) -> Rebuilt | None:
    made, later = first.made, second.made
    if made is None or later is None or made.site is not later.site or first.modules != second.modules:
        return None
    loop = repeated(made, later)
    own = [each for each, _ in made.loops if not each.unrolled]
    if (
        loop is None
        or not own
        or own[-1] is not loop
        or len(made.guards) > loop.guard_depth
        or not _counts(loop.iterable)
    ):
        return None
    inner = [_batches(o.steps[0], len(own)) for o in (first, second)]
    if inner[0] is None or inner[1] is None or inner[0] is not inner[1]:
        return None
    if [g.lr for g in first.groups] and not all(
        isinstance(a.lr, Const) and isinstance(b.lr, Const) and same(a.lr, b.lr)
        for a, b in zip(first.groups, second.groups, strict=False)
    ):
        return None
    changes = program.of_kind("freeze", "load-weights", "attach", "make", "pretrained")
    if any(any(each is loop for each, _ in event.loops) for event in changes) or first.escaped():
        return None  # every turn is a training of its own: a fold, a task, a client
    return Rebuilt(first.name, made, loop, first.steps[0])


def _counts(iterable: Value | None) -> bool:
    """Whether a loop runs over plain numbers."""
    if isinstance(iterable, Const):
        return isinstance(iterable.value, range)
    return isinstance(iterable, Seq) and "bounds" in iterable.cell


def _batches(step: Event, depth: int) -> Obj | None:
    """The data that the one loop round a step runs over, inside the outer ``depth`` loops."""
    loops = [loop for loop, _ in step.loops if not loop.unrolled]
    if len(loops) != depth + 1:
        return None
    value = loops[-1].iterable
    while isinstance(value, Seq) and value.cell.get("over") is not None:
        value = value.cell["over"]
    return value if isinstance(value, Obj) and value.kind in ("loader", "dataset", "opaque") else None
