"""What is known already: the same code on the same values does the same.

Training code runs the same network over and over: twelve equal blocks, two turns of each of two loops, training and
validation. A call is remembered under the signature of everything that goes into it, along with what it read elsewhere
and what it left behind besides its result. A call that changed anything older than itself is never remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bpcheck.evaluate import paths
from bpcheck.evaluate.events import Event
from bpcheck.evaluate.store import NOTES
from bpcheck.evaluate.values import (
    BoundMethod,
    Cell,
    Choice,
    Class,
    Const,
    Function,
    Map,
    Method,
    Module,
    Obj,
    Params,
    Partial,
    Seq,
    Site,
    Symbol,
    Tensor,
    Unknown,
    Value,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bpcheck.evaluate.evaluator import Evaluator

#: Events that a call may have inside: they happen again each time. The first kind names no network.
_REPEATED = frozenset({"accumulate", "loss", "sample", "threshold", "volatile"})
_MOST_OUTCOMES = 4
#: Containers with more in them are not compared.
_LARGEST = 32
_CLOSED = (Const, Symbol, Function, Class, Module, Tensor, Unknown)
_ABSENT = Symbol("<absent>")
_NOBODY: frozenset[Obj] = frozenset()


class Call:
    """A call that may be known: the network that is called (none for a function), from where, and with what.

    ``models`` are the networks that the arguments went through. Equal blocks differ in nothing else, one being fed by
    the other, so the result for one is that for the other with these exchanged.
    """

    __slots__ = ("args", "kwargs", "models", "site", "subject")

    def __init__(self, subject: Obj | None, site: Site, args: list[Value], kwargs: dict[str, Value]) -> None:
        self.subject = subject
        self.site = site
        self.args = args
        self.kwargs = kwargs
        self.models = _NOBODY

    def signature(self, ev: Evaluator) -> tuple[Any, ...]:
        """The signature of the arguments, without ``models`` where all have the same or none."""
        values = (*self.args, *self.kwargs.values())
        if self.subject is not None:
            found = {value.models for value in values if isinstance(value, Tensor) and value.models}
            if len(found) == 1:
                self.models = found.pop()
            parts = [_of_tensor(ev, v, self.models) if isinstance(v, Tensor) else signature(ev, v) for v in values]
        else:
            parts = [v if isinstance(v, Unknown) else signature(ev, v) for v in values]
        return (*parts, *self.kwargs)


class Trail:
    """A call in progress that may be remembered: what it depends on and leaves behind."""

    __slots__ = ("born", "depth", "dropout", "marks", "outer", "placed", "reads")

    def __init__(self, born: int, depth: int, outer: Trail | None) -> None:
        self.born = born
        self.outer = outer
        #: How many networks were running when it began.
        self.depth = depth
        #: Whether data is made in it, which is told apart by the calls that lead there.
        self.placed = False
        self.marks: dict[tuple[int, str], tuple[Obj, str, Any]] = {}
        #: What a functional dropout in it means to the networks that run it.
        self.dropout: dict[str, None] = {}
        self.reads: dict[tuple[int, str], tuple[dict[str, Value], str, Any]] = {}


class Outcome:
    """How a call ended, and under which conditions it would do so again."""

    __slots__ = ("call", "dropout", "events", "gaps", "inner_calls", "marks", "parts", "place", "portable", "reads",
                 "result", "skipped", "start")  # fmt: skip

    def __init__(self, ev: Evaluator, call: Call, result: Value, trail: Trail, start: _Start) -> None:
        self.call = call
        self.result = _copied(result)
        self.reads = tuple(trail.reads.values())
        self.marks = tuple(trail.marks.values())
        self.dropout = tuple(trail.dropout)
        self.place = (call.site, ev.whereabouts()) if trail.placed else None
        self.start = start
        self.events = ev.events[start.events :]
        self.gaps = ev.gaps[start.gaps :]
        self.skipped = ev.skipped[start.skipped :]
        self.inner_calls = ev.inner_calls - start.inner_calls
        self.parts = parts_of(ev, call.subject) if call.subject is not None else ()
        self.portable = self._is_portable()

    def _is_portable(self) -> bool:
        """Whether the like holds for an equal network that other networks feed."""
        if not self.call.models.isdisjoint(self.parts) or any(event.kind != "accumulate" for event in self.events):
            return False
        values = [self.result, *(event.data["value"] for event in self.events)]
        return all(self._is_exchangeable(tensor.models) for value in values for tensor in _tensors(value))

    def _is_exchangeable(self, models: frozenset[Obj]) -> bool:
        given = self.call.models
        return models - given <= set(self.parts) and (given <= models or given.isdisjoint(models))


class _Start:
    """Where the evaluation stood when a call began."""

    __slots__ = ("events", "functions", "gaps", "guards", "inner_calls", "loops", "skipped", "stack")

    def __init__(self, ev: Evaluator) -> None:
        self.events = len(ev.events)
        self.gaps = len(ev.gaps)
        self.skipped = len(ev.skipped)
        self.inner_calls = ev.inner_calls
        self.loops = len(ev.loops)
        self.stack = len(ev.stack)
        self.guards = len(ev.guards)
        self.functions = len(ev.functions)


def remembered(ev: Evaluator, key: tuple[Any, ...], call: Call, run: Callable[[], Value]) -> Value:
    """The result of ``run``, or that of an equal call. ``key`` is all that the outcome depends on, but for names."""
    outcomes = ev.memo.setdefault(key, [])
    for outcome in outcomes:
        if _holds(ev, outcome, call):
            return _repeat(ev, outcome, call)
    Cell.now += 1
    store = ev.store
    trail = Trail(Cell.now, len(ev.forwards), ev.trail)
    oldest, since = store.oldest_write, store.since
    store.oldest_write = store.since = trail.born
    ev.trail = trail
    start = _Start(ev)
    try:
        result = run()
    finally:
        ev.trail = trail.outer
        pure = store.oldest_write >= trail.born
        store.oldest_write, store.since = min(store.oldest_write, oldest), since
        if trail.outer is not None:
            _absorb(ev, trail.outer, trail)
    repeatable = pure and all(event.kind in _REPEATED for event in ev.events[start.events :])
    if repeatable and len(outcomes) < _MOST_OUTCOMES and _is_plain(result, trail.born):
        outcomes.append(Outcome(ev, call, result, trail, start))
    return result


def context(ev: Evaluator) -> tuple[Any, ...]:
    """What a call depends on besides its arguments and what it reads."""
    counted = any(not loop.unrolled for loop, _ in ev.loops)  # lists grow by an unknown number of elements
    return ev.flow["grad"], counted, bool(ev.forwards), len(ev.loops) > ev.forward_loops, bool(ev.guards)


def are_closed(values: Iterable[Value]) -> bool:
    """Whether nothing can change about ``values``, so that a call of a function with them may be remembered."""
    for value in values:
        if isinstance(value, (Seq, Choice)):
            if not are_closed(_within(value)):
                return False
        elif not isinstance(value, _CLOSED) and not (isinstance(value, Obj) and value.kind == "opaque"):
            return False
    return True


def note_read(ev: Evaluator, names: dict[str, Value], name: str) -> None:
    """The call in progress depends on a name from outside."""
    trail = ev.trail
    if trail is not None and (id(names), name) not in trail.reads:
        trail.reads[id(names), name] = (names, name, signature(ev, names.get(name, _ABSENT)))


def mark(ev: Evaluator, obj: Obj, key: str, value: Any) -> None:
    """Note something about ``obj`` that has no bearing on what calls of it give."""
    if ev.trail is not None:
        ev.trail.marks[id(obj), key] = (obj, key, value)
    if obj.state.get(key) != value:
        ev.store.bind(obj.state, key, value)


def mark_dropout(ev: Evaluator, value: str) -> None:
    """A functional dropout runs in each of the networks that are running."""
    trail = ev.trail
    for number, network in enumerate(ev.forwards):
        if trail is None or number >= trail.depth:
            mark(ev, network, "functional-dropout", value)
        else:
            ev.store.bind(network.state, "functional-dropout", value)
    if trail is not None:
        trail.dropout[value] = None


def _absorb(ev: Evaluator, outer: Trail, inner: Trail) -> None:
    """What an inner call depends on and leaves behind, the outer one does."""
    outer.reads.update(inner.reads)
    outer.marks.update(inner.marks)
    outer.placed = outer.placed or inner.placed
    for value in inner.dropout:
        outer.dropout[value] = None
        for network in ev.forwards[outer.depth : inner.depth]:
            outer.marks[id(network), "functional-dropout"] = (network, "functional-dropout", value)


def _holds(ev: Evaluator, outcome: Outcome, call: Call) -> bool:
    if outcome.place is not None and outcome.place != (call.site, ev.whereabouts()):
        return False
    if outcome.call.subject is not call.subject or outcome.call.models != call.models:
        subject = call.subject
        if not outcome.portable or (subject is not None and not call.models.isdisjoint(parts_of(ev, subject))):
            return False
    return all(signature(ev, names.get(name, _ABSENT)) == known for names, name, known in outcome.reads)


def _repeat(ev: Evaluator, outcome: Outcome, call: Call) -> Value:
    """Do again what the call does; its result."""
    first = outcome.call
    twins: dict[Obj, Obj] = {}
    if call.subject is not None and call.subject is not first.subject:
        twins = dict(zip(outcome.parts, parts_of(ev, call.subject), strict=False))

    def exchanged(tensor: Tensor) -> Tensor:
        if not tensor.models:
            return tensor
        own = tensor.models - first.models
        given = call.models if first.models and first.models <= tensor.models else _NOBODY
        return tensor.but(models=given | frozenset(twins.get(model, model) for model in own))

    exchange = exchanged if twins or first.models != call.models else None
    for obj, key, value in outcome.marks:
        mark(ev, twins.get(obj, obj), key, value)
    for value in outcome.dropout:
        mark_dropout(ev, value)
    trail = ev.trail
    if trail is not None:
        for names, name, known in outcome.reads:
            trail.reads.setdefault((id(names), name), (names, name, known))
        trail.placed = trail.placed or outcome.place is not None
    for why, site in outcome.gaps:
        ev.gap(why, site)
    ev.skipped.extend(outcome.skipped)
    ev.inner_calls += outcome.inner_calls
    for event in outcome.events:
        _happen_again(ev, event, outcome.start, exchange)
    return _copied(outcome.result, exchange)


def _happen_again(ev: Evaluator, event: Event, start: _Start, exchange: Callable[[Tensor], Tensor] | None) -> None:
    data = event.data
    if exchange is not None:
        data = {**data, "value": _copied(data["value"], exchange)}
    ev.events.append(Event(
        event.kind, event.site, event.subject, data, len(ev.events), (*ev.loops, *event.loops[start.loops :]),
        (*ev.stack, *event.stack[start.stack :]), (*ev.guards, *event.guards[start.guards :]), event.grad,
        (*ev.functions, *event.functions[start.functions :]),
    ))  # fmt: skip


def parts_of(ev: Evaluator, network: Obj) -> tuple[Obj, ...]:
    """The network and all in it, in an order that depends on its structure only."""
    if ev.parts_at != ev.store.shape:
        ev.parts.clear()
        ev.parts_at = ev.store.shape
    known = ev.parts.get(network)
    if known is None:
        from bpcheck.evaluate.modules import descendants

        known = ev.parts[network] = tuple(descendants(network))
    return known


def _is_plain(value: Value, born: int) -> bool:
    """Whether a result is no object that anybody could tell from an equal one."""
    if isinstance(value, Const):
        return paths.certain(value)
    if isinstance(value, (Seq, Map)):
        return value.cell.born >= born and all(_is_plain(part, born) for part in _within(value))
    if isinstance(value, Choice):
        return all(_is_plain(each, born) for each in value.values)
    if isinstance(value, Function):
        return value.closure is None
    return isinstance(value, (Tensor, Unknown, Symbol, Class, Module))


def _within(value: Value) -> tuple[Value, ...]:
    """What a container holds."""
    if isinstance(value, Choice):
        return value.values
    if isinstance(value, Seq):
        return tuple([v for v in (*(value.items or ()), value.cell["elem"]) if v is not None])
    if isinstance(value, Map):
        return tuple([v for v in (*value.data.values(), value.cell["elem"]) if v is not None])
    return ()


def _tensors(value: Value) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    return [tensor for part in _within(value) for tensor in _tensors(part)]


def _copied(value: Value, change: Callable[[Tensor], Tensor] | None = None) -> Value:
    """``value`` with containers of its own, since whoever gets it may change them."""
    if isinstance(value, Tensor):
        return value if change is None else change(value)
    if isinstance(value, Choice):
        return Choice(tuple([_copied(each, change) for each in value.values]))
    if isinstance(value, Seq):
        elem = value.cell["elem"]
        items = None if value.items is None else [_copied(item, change) for item in value.items]
        copy = Seq(value.kind, items, None if elem is None else _copied(elem, change))
        copy.cell.update({key: kept for key, kept in value.cell.items() if key not in ("items", "elem")})
        return copy
    if isinstance(value, Map):
        made = Map({key: _copied(part, change) for key, part in value.data.items()})
        made.cell.update(value.cell)
        made.setting = value.setting
        return made
    return value


def signature(ev: Evaluator, value: Value) -> Any:
    """Equal for values on which a call does the same.

    Networks, and objects that nothing is known of, are equal by structure: no result that is remembered names them, and
    nothing may happen to them on the way. All other objects are equal by identity.
    """
    maker = _SIGNATURES.get(value.__class__)
    return value if maker is None else maker(ev, value)


def _of_const(ev: Evaluator, value: Const) -> Any:
    try:
        hash(value.value)
    except TypeError:
        return value
    return (value.value.__class__, value.value, value.setting)


def _of_tensor(ev: Evaluator, value: Tensor, given: frozenset[Obj] = _NOBODY) -> Any:
    steps = tuple([(name, site.node) for name, site in value.steps]) if value.steps else ()
    models = given is not _NOBODY if value.models == given else value.models
    return (value.kind, value.grad, value.passes, models, value.origins, value.via, steps)


def _of_seq(ev: Evaluator, value: Seq) -> Any:
    if len(value.items or ()) > _LARGEST:
        return object()  # equal to nothing
    return ("sequence", value.kind, *[(key, _of_note(ev, note)) for key, note in value.cell.items()])


def _of_map(ev: Evaluator, value: Map) -> Any:
    if len(value.data) > _LARGEST:
        return object()
    data = [(key, signature(ev, part)) for key, part in value.data.items()]
    return ("map", value.setting, *data, "", *[(key, _of_note(ev, note)) for key, note in value.cell.items()])


def _of_object(ev: Evaluator, obj: Obj) -> Any:
    if ev.signed_at != ev.store.version:
        ev.signed.clear()
        ev.signed_at = ev.store.version
    known = ev.signed.get(obj)
    if known is not None:
        return known
    ev.signed[obj] = obj  # where it holds itself
    attrs = [(name, signature(ev, value)) for name, value in obj.attrs.items()]
    args = [(name, signature(ev, value)) for name, value in obj.args.items()]
    state = [(key, _of_note(ev, note)) for key, note in obj.state.items() if key not in NOTES and key != "parent"]
    whole = (
        None if obj.kind in ("module", "opaque") else obj,
        obj.kind,
        obj.name,
        obj.cls,
        *attrs,
        "",
        *args,
        "",
        *state,
    )
    number = ev.signed[obj] = ev.numbers.setdefault(whole, len(ev.numbers))
    return number


def _of_note(ev: Evaluator, note: Any) -> Any:
    if note.__class__ is tuple:
        return tuple([_of_note(ev, part) for part in note])
    maker = _SIGNATURES.get(note.__class__)
    if maker is not None:
        return maker(ev, note)
    try:
        hash(note)
    except TypeError:
        return ("unhashable", id(note))
    return note


_SIGNATURES: dict[type, Callable[[Evaluator, Any], Any]] = {
    Const: _of_const,
    Tensor: _of_tensor,
    Seq: _of_seq,
    Map: _of_map,
    Obj: _of_object,
    Unknown: lambda ev, value: "unknown",
    Symbol: lambda ev, value: (value.name,),
    BoundMethod: lambda ev, value: ("bound", signature(ev, value.receiver), value.function),
    Method: lambda ev, value: ("method", value.name, signature(ev, value.receiver)),
    Module: lambda ev, value: value.scope,
    Params: lambda ev, value: (value.known, value.tensors, *[(signature(ev, m), whole) for m, whole in value.parts]),
    Partial: lambda ev, value: (
        "partial", signature(ev, value.function), *[signature(ev, v) for v in (*value.args, *value.kwargs.values())],
        *value.kwargs,
    ),
    Choice: lambda ev, value: ("choice", *[signature(ev, each) for each in value.values]),
}  # fmt: skip
