"""The order within a training step: clearing, backward, unscaling, clipping, step; and what comes at the wrong place."""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.evaluate.events import Event, Loop
from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.values import Choice, Const, Obj, Params, Seq, Symbol, Value
from bpcheck.facts.edits import stepped
from bpcheck.facts.loops import backwards_of
from bpcheck.facts.optimizers import Optimizer, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.program import Program

#: What makes gradients, or may: also code that is not seen and gets the loss, and gradients that are written by hand.
_SOURCES = ("backward", "gradients", "grad-write", "handed", "unseen-call", "closure")
#: Above this, the norm of the gradients is measured rather than limited.
_NO_LIMIT = 1e4


class Order:
    """What happens to gradients in a program, in program order."""

    def __init__(self, program: Program) -> None:
        self.program = program
        kinds = (*_SOURCES, "step", "zero-grad", "clip", "unscale", "escape")
        self.events = sorted(program.of_kind(*kinds), key=lambda event: event.index)
        self.sources = [event for event in self.events if event.kind in _SOURCES]
        self.stepping = [optimizer for optimizer in program.optimizers if optimizer.steps]

    def between(self, first: Event | None, last: Event, *kinds: str) -> list[Event]:
        """The events of these kinds after ``first`` (or the beginning) and before ``last`` that may be on one path with it."""
        start = first.index if first is not None else -1
        return [
            event
            for event in self.events
            if start < event.index < last.index and event.kind in kinds and not exclusive(event, last)
        ]

    def graded(self, first: Event | None, last: Event, optimizer: Optimizer) -> bool:
        """Whether gradients of the optimizer's parameters may be made in between."""
        if self.between(first, last, *_SOURCES):
            return True
        return any(_concerns(event, optimizer) for event in self.between(first, last, "escape"))

    def clearing(self, optimizer: Optimizer) -> list[Event]:
        """What surely clears all gradients that the optimizer steps with."""
        return [event for event in self.events if event.kind == "zero-grad" and _clears(event, optimizer)]

    def last_clearing(self, optimizer: Optimizer, event: Event) -> Event | None:
        """The last clearing before ``event`` that is on every path to it."""
        return next(
            (z for z in reversed(self.clearing(optimizer)) if z.index < event.index and precedes(z, event)), None
        )

    def of_parameters(self, subject: Value | Obj | None) -> list[Optimizer]:
        """The optimizers that surely hold some of these parameters; none where that is not known."""
        modules = _modules(subject)
        if modules is None:
            return []
        found = [o for o in self.stepping if o.known and any(o.trains(module) for module in modules)]
        if found or any(o.known for o in self.stepping):
            return found
        return self.stepping if len(self.stepping) == 1 else []


def exclusive(a: Event, b: Event) -> bool:
    """Whether two events are in different arms of one branch, so that never both of them happen."""
    for x, y in zip(a.guards, b.guards, strict=False):
        if x is not y:
            return x.site is y.site and x.arm != y.arm and _one_turn(a, b)
    return False


def precedes(first: Event, then: Event) -> bool:
    """Whether ``first``, which comes earlier, has happened wherever ``then`` happens."""
    return first.guards == then.guards[: len(first.guards)] and not exclusive(first, then)


def _one_turn(a: Event, b: Event) -> bool:
    return all(x[0] is y[0] and x[1] == y[1] for x, y in zip(a.loops, b.loops, strict=False))


def same_turn(a: Event, b: Event) -> bool:
    """Whether ``b`` is in the same turn of the innermost loop that ``a`` is in."""
    own, other = _loops(a), _loops(b)
    return len(other) >= len(own) and all(x[0] is y[0] and x[1] == y[1] for x, y in zip(own, other, strict=False))


def _loops(event: Event) -> list[tuple[Loop, int]]:
    """The loops round it, without those over parameters: what is done to each of them is done once."""
    return [(loop, turn) for loop, turn in event.loops if not (loop.unrolled or over_parameters(loop.iterable))]


def over_parameters(value: Value | None) -> bool:
    if isinstance(value, Seq):
        items = value.items if value.items is not None else (value.cell["elem"],)
        return any(over_parameters(item) for item in items)
    return isinstance(value, Params)


def _clears(event: Event, optimizer: Optimizer) -> bool:
    subject = event.subject
    if subject is optimizer.obj:
        return True
    wholes = [subject] if isinstance(subject, Obj) and subject.kind == "module" else []
    if isinstance(subject, Params) and subject.known:
        wholes = [module for module, whole in subject.parts if whole]
    if not optimizer.known or not wholes:
        return False
    cleared = frozenset().union(*[optimizer.program.models.parts(whole) for whole in wholes])
    return bool(optimizer.modules) and all(id(module) in cleared for module in optimizer.modules)


def _concerns(event: Event, optimizer: Optimizer) -> bool:
    """Whether what is done may be done to the optimizer or to its parameters (an unknown object of its own is neither)."""
    subject = event.subject
    if isinstance(subject, Obj) and subject is not optimizer.obj and subject.kind not in ("module", "optimizer"):
        return subject.kind == "scaler"
    return optimizer.touches(subject) is not False


def _modules(value: Value | Obj | None) -> list[Obj] | None:
    """The networks whose parameters these are; ``None`` where that is not all known."""
    if isinstance(value, Params):
        return [module for module, _ in value.parts] if value.known and value.parts else None
    if isinstance(value, (Seq, Choice)):
        items = value.values if isinstance(value, Choice) else value.items if value.items is not None else (value.elem,)
        found = [_modules(item) for item in items]
        if not found or any(each is None for each in found):
            return None
        return [module for each in found for module in each or ()]
    return None


def feeds(event: Event, optimizer: Optimizer) -> bool:
    """Whether a backward pass surely gives gradients to what the optimizer holds (or does so for all that is known of it)."""
    if event.kind != "backward":
        return False
    models = flow([event.subject]).models
    if not optimizer.known or not models:
        return len(optimizer.program.optimizers) == 1 or not optimizer.known
    return any(optimizer.trains(model) or optimizer.trains(optimizer.program.models.root(model)) for model in models)


class Misplaced:
    """Something that is done at the wrong place of a training step. ``kind`` says which."""

    __slots__ = ("backward", "event", "kind", "name", "step")

    def __init__(self, kind: str, event: Event, backward: Event | None, step: Event, name: str) -> None:
        self.kind = kind
        self.event = event
        self.backward = backward
        self.step = step
        #: How the author calls the optimizer.
        self.name = name


def wrong_orders(program: Program) -> Iterator[Misplaced]:
    """Optimizers that step without gradients: those were cleared just before, or are only made afterwards."""
    if not program.of_kind("backward") or program.skipped_arm("backward("):
        return
    order = Order(program)
    for optimizer in order.stepping:
        if optimizer.by_hand or _has_closure(optimizer) or optimizer.of_unknown_make():
            continue
        found = next(
            (each for update in optimizer.steps if (each := _without_gradients(order, optimizer, update))), None
        )
        if found is not None:
            yield found


def _has_closure(optimizer: Optimizer) -> bool:
    api = optimizer.api
    return (api is not None and bool(api.facts.get("closure"))) or any(e.data.get("args") for e in optimizer.steps)


def _without_gradients(order: Order, optimizer: Optimizer, update: Event) -> Misplaced | None:
    if not any(not loop.unrolled for loop, _ in update.loops) and not order.program.fragment:
        return None  # once, before or after a training: to prepare the optimizer's state
    name = stepped(update) or "optimizer"
    cleared = order.last_clearing(optimizer, update)
    mine = [b for b in backwards_of(order.program, optimizer) if feeds(b, optimizer)]
    later = next((b for b in mine if b.index > update.index and same_turn(update, b) and precedes(update, b)), None)
    earlier = [b for b in mine if b.index < update.index and same_turn(b, update)]
    if cleared is not None:
        if order.graded(cleared, update, optimizer) or optimizer.escaped():
            return None
        lost = [
            b for b in earlier if b.index < cleared.index and not _stepped(order, b, cleared) and precedes(b, update)
        ]
        if lost and same_turn(cleared, update):
            return Misplaced("cleared", cleared, lost[-1], update, name)
        return Misplaced("early", update, later, update, name) if later is not None and not earlier else None
    if later is None or not any(p.index < update.index for p in flow([later.subject]).passes):
        return None  # each step applies the gradients of the iteration before, which is in order
    if not order.program.closed or optimizer.escaped() or order.graded(None, update, optimizer):
        return None
    return Misplaced("early", update, later, update, name) if update is optimizer.steps[0] else None


def _stepped(order: Order, first: Event, last: Event) -> bool:
    return bool(order.between(first, last, "step"))


def misplaced_clips(program: Program) -> Iterator[Misplaced]:
    """Clipping that acts on gradients which are not there yet, which are used already, or which still carry a scale."""
    clips = [event for event in program.of_kind("clip") if _limits(event)]
    if not clips:
        return
    order = Order(program)
    seen: set[tuple[str, int, int]] = set()
    for clip in clips:
        owners = order.of_parameters(clip.subject)
        if not owners or program.site_key(clip.site) in seen or any(map(_has_closure, owners)):
            continue
        for optimizer in owners:
            found = (
                _early(order, optimizer, clip)
                or _late(order, owners, optimizer, clip)
                or _scaled(order, optimizer, clip)
            )
            if found is not None:
                seen.add(program.site_key(clip.site))
                yield found
                break


def _limits(clip: Event) -> bool:
    """Whether it limits gradients at the place where it stands (and not in a hook, or by a scaling that may be an average)."""
    if clip.data.get("by_hand") not in (None, False, "clamp_", "clip_"):
        return False
    given = clip.data.get("limit")
    limit = number(given)
    if isinstance(given, Symbol):
        return False  # a library's constant: infinity
    return limit is None or limit < _NO_LIMIT


def _early(order: Order, optimizer: Optimizer, clip: Event) -> Misplaced | None:
    """Clipped after the gradients were cleared (or before there ever were any), and only then come those of the step."""
    cleared = order.last_clearing(optimizer, clip)
    if (cleared is None and not order.program.closed) or order.graded(cleared, clip, optimizer):
        return None
    update = next((s for s in optimizer.steps if s.index > clip.index and not exclusive(clip, s)), None)
    if update is None or not same_turn(clip, update):
        return None
    sources = [b for b in order.between(clip, update, *_SOURCES) if precedes(clip, b) or precedes(b, update)]
    made = next((b for b in sources if feeds(b, optimizer)), None)
    if (
        made is None
        or sources[0] is not made
        or any(optimizer.touches(other.subject) is not False for other in order.between(made, update, "clip"))
    ):
        return None
    return Misplaced("early", clip, made, update, stepped(update) or "optimizer")


def _late(order: Order, owners: list[Optimizer], optimizer: Optimizer, clip: Event) -> Misplaced | None:
    """Clipped when the step has used the gradients, which are cleared before the next one."""
    update = next((s for s in reversed(optimizer.steps) if s.index < clip.index and not exclusive(s, clip)), None)
    if update is None or not same_turn(update, clip) or not precedes(update, clip):
        return None
    if order.graded(update, clip, optimizer):
        return None
    for event in order.events:
        if event.index <= clip.index or exclusive(clip, event):
            continue
        if event.kind in ("step", "handed", "unseen-call", "closure", "escape"):
            return None
        if event.kind == "zero-grad" and all(_clears(event, owner) for owner in owners):
            after = next((s for s in optimizer.steps if s.index > event.index), None)
            sure = precedes(event, clip) if after is None else precedes(event, after)
            return Misplaced("late", clip, None, update, stepped(update) or "optimizer") if sure else None
        if event.kind in _SOURCES:
            return None  # the next gradients are added to the clipped ones
    return Misplaced("late", clip, None, update, stepped(update) or "optimizer") if order.program.closed else None


def _scaled(order: Order, optimizer: Optimizer, clip: Event) -> Misplaced | None:
    """Clipped while the gradients carry the scale that a gradient scaler takes off in its ``step``."""
    update = next(
        (s for s in optimizer.steps if s.index > clip.index and s.data.get("scaled") and not exclusive(clip, s)), None
    )
    if update is None or not (precedes(clip, update) or clip.guards[: len(update.guards)] == update.guards):
        return None
    if not same_turn(clip, update) and not same_turn(update, clip):
        return None
    before = [s for s in optimizer.steps if s.index < clip.index and not exclusive(clip, s)]
    start = before[-1] if before else None
    made = [b for b in order.between(start, clip, "backward") if feeds(b, optimizer)]
    if not made or order.between(clip, update, "backward") or _may_unscale(order, optimizer, start, clip):
        return None
    scaler = update.data.get("scaler")
    if not isinstance(scaler, Obj) or order.program.escaped(scaler) or optimizer.escaped() or not _enabled(scaler):
        return None
    return Misplaced("scaled", clip, made[-1], update, stepped(update) or "optimizer")


def _enabled(scaler: Obj) -> bool:
    """Whether a gradient scaler works, as far as is known; one that an option switches on works for who does so."""
    value = scaler.args.get("enabled")
    return not (isinstance(value, Const) and not value.value and value.setting is None)


def _may_unscale(order: Order, optimizer: Optimizer, start: Event | None, clip: Event) -> bool:
    if any(_concerns(event, optimizer) for event in order.between(start, clip, "unscale", "escape")):
        return True
    by_hand = [e for e in order.between(start, clip, "clip") if e.data.get("by_hand")]
    return bool(order.between(start, clip, "grad-write", "handed", "unseen-call") or by_hand)
