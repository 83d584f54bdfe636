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
    Counted,
    Function,
    Map,
    Method,
    Module,
    Obj,
    Origin,
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
_REPEATED = frozenset({
    "accumulate", "bounded", "converted", "draw", "dropout-in-eval", "examined", "functional-dropout", "handed",
    "image-read", "implicit-axis", "keep", "log", "loss", "make", "matched", "pretrained", "sample", "threshold",
    "transformed", "unseen-method", "volatile",
})  # fmt: skip
_MOST_OUTCOMES = 4
#: Containers with more in them are not compared, and calls in which more happens are not remembered.
_LARGEST = 32
_CLOSED = (Const, Symbol, Function, Class, Module, Tensor, Unknown)
#: Kinds of objects whose signature says how they are made, and not which they are.
_BY_STRUCTURE = ("module", "opaque")
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

    __slots__ = ("born", "depth", "marks", "outer", "placed", "reads", "running")

    def __init__(self, born: int, depth: int, outer: Trail | None) -> None:
        self.born = born
        self.outer = outer
        #: How many networks were running when it began.
        self.depth = depth
        #: Whether data is made in it, which is told apart by the calls that lead there.
        self.placed = False
        self.marks: dict[tuple[int, str], tuple[Obj, str, Any]] = {}
        #: What happens in it that is noted about all networks that run it.
        self.running: dict[tuple[str, str], None] = {}
        self.reads: dict[tuple[int, str], tuple[dict[str, Value], str, Any]] = {}


class Outcome:
    """How a call ended, and under which conditions it would do so again."""

    __slots__ = ("born", "call", "events", "gaps", "inner_calls", "marks", "parts", "place", "portable", "reads", "result",
                 "running", "skipped", "start", "unchanged")  # fmt: skip

    def __init__(self, ev: Evaluator, call: Call, result: Value, trail: Trail, start: _Start) -> None:
        self.call = call
        self.born = trail.born
        #: A result with objects in it is copied when it is asked for again, as long as nothing has happened to them.
        self.unchanged = signature(ev, result) if _holds_objects(result) else None
        self.result = result if self.unchanged is not None else _Copy(trail.born).of(result)
        self.reads = tuple(trail.reads.values())
        self.marks = tuple(trail.marks.values())
        self.running = tuple(trail.running)
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
        if self.unchanged is not None:
            return False
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
    if ev.tracer is not None:
        return run()
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
    happened = ev.events[start.events :]
    repeatable = pure and len(happened) <= _LARGEST and all(event.kind in _REPEATED for event in happened)
    if repeatable and len(outcomes) < _MOST_OUTCOMES and _is_own(ev, result, trail.born):
        outcomes.append(Outcome(ev, call, result, trail, start))
    return result


def context(ev: Evaluator) -> tuple[Any, ...]:
    """What a call depends on besides its arguments and what it reads."""
    counted = any(not loop.unrolled for loop, _ in ev.loops)  # lists grow by an unknown number of elements
    inside = len(ev.loops) > ev.forward_loops
    return ev.flow["grad"], counted, bool(ev.forwards), inside, bool(ev.guards), bool(ev.sampling)


def are_closed(values: Iterable[Value], *kinds: str) -> bool:
    """Whether ``values`` are worth comparing: a call with them may be remembered. ``kinds`` of objects count, too."""
    for value in values:
        if isinstance(value, (Seq, Choice)):
            if not are_closed(_within(value), *kinds):
                return False
        elif not isinstance(value, _CLOSED) and not (isinstance(value, Obj) and value.kind in kinds):
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


def mark_running(ev: Evaluator, key: str, value: str) -> None:
    """Note something that happens in each of the networks that are running (a functional dropout in their forward)."""
    trail = ev.trail
    for number, network in enumerate(ev.forwards):
        if trail is None or number >= trail.depth:
            mark(ev, network, key, value)
        else:
            ev.store.bind(network.state, key, value)
    if trail is not None:
        trail.running[key, value] = None


def _absorb(ev: Evaluator, outer: Trail, inner: Trail) -> None:
    """What an inner call depends on and leaves behind, the outer one does."""
    outer.reads.update(inner.reads)
    outer.marks.update(inner.marks)
    outer.placed = outer.placed or inner.placed
    for key, value in inner.running:
        outer.running[key, value] = None
        for network in ev.forwards[outer.depth : inner.depth]:
            outer.marks[id(network), key] = (network, key, value)


def _holds(ev: Evaluator, outcome: Outcome, call: Call) -> bool:
    if outcome.place is not None and outcome.place != (call.site, ev.whereabouts()):
        return False
    if outcome.call.subject is not call.subject or outcome.call.models != call.models:
        subject = call.subject
        if not outcome.portable or (subject is not None and not call.models.isdisjoint(parts_of(ev, subject))):
            return False
    if outcome.unchanged is not None and signature(ev, outcome.result) != outcome.unchanged:
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

    copy = _Copy(outcome.born, exchanged if twins or first.models != call.models else None)
    copy.later = len(ev.events) - outcome.start.events
    result = copy.of(outcome.result)
    twins |= copy.made
    for obj, key, value in outcome.marks:
        mark(ev, twins.get(obj, obj), key, value)
    for key, value in outcome.running:
        mark_running(ev, key, value)
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
        _happen_again(ev, event, outcome.start, copy)
    return result


def _happen_again(ev: Evaluator, event: Event, start: _Start, copy: _Copy) -> None:
    data, subject = event.data, event.subject
    if copy.change is not None:
        data = {**data, "value": copy.of(data["value"])}
    if isinstance(subject, Obj):
        subject = copy.of(subject)
    ev.events.append(Event(
        event.kind, event.site, subject, data, len(ev.events), (*ev.loops, *event.loops[start.loops :]),
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


def _is_own(ev: Evaluator, value: Any, born: int) -> bool:
    """Whether all of a result was made by the call itself, or cannot be told from an equal one."""
    if isinstance(value, Const):
        return paths.certain(value)
    if isinstance(value, Obj):
        return _is_own_object(ev, value, born)
    if isinstance(value, (Tensor, Unknown, Symbol, Class, Module)):
        return True
    if isinstance(value, (Seq, Map)):
        return _is_own_container(ev, value, born)
    if isinstance(value, Choice):
        return all(_is_own(ev, each, born) for each in value.values)
    if isinstance(value, Function):
        return value.closure is None
    if isinstance(value, Params):
        return all(_is_own_object(ev, module, born) for module, _ in value.parts)
    if isinstance(value, (BoundMethod, Method)):
        return _is_own(ev, value.receiver, born)
    if isinstance(value, tuple):
        return all(_is_own(ev, part, born) for part in value)
    return value is None or isinstance(value, (str, int, float, frozenset, Site, Origin))


def _is_own_container(ev: Evaluator, value: Seq | Map, born: int) -> bool:
    made = [value.cell.born]
    if isinstance(value, Map):  # what it holds may be the attributes of an object, or a module's names
        made.append(value.data.born if isinstance(value.data, Cell) else 0)
    if min(made) < born or value in ev.within:
        return False
    ev.within.add(value)
    own = all(_is_own(ev, part, born) for part in _within(value))
    ev.within.discard(value)
    return own


def _is_own_object(ev: Evaluator, obj: Obj, born: int) -> bool:
    if not isinstance(obj.state, Cell) or obj.state.born < born:
        return obj.kind not in _BY_STRUCTURE  # its signature says which one it is
    number = signature(ev, obj)
    if ev.own.get(obj) == number:  # found so when a call within this one made it
        return True
    ev.own[obj] = number
    parts = (*obj.attrs.values(), *obj.args.values(), *obj.state.values())
    if all(_is_own(ev, part, born) for part in parts):
        return True
    del ev.own[obj]
    return False


def _holds_objects(value: Value) -> bool:
    return isinstance(value, (Obj, Params, BoundMethod, Method)) or any(map(_holds_objects, _within(value)))


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


class _Copy:
    """Copies results: whoever gets one may change it, and objects that a call made are made anew by the next."""

    def __init__(self, born: int, change: Callable[[Tensor], Tensor] | None = None) -> None:
        self.born = born
        self.change = change
        #: By how many events the copy is later than what it is a copy of.
        self.later = 0
        self.made: dict[Obj, Obj] = {}

    def of(self, value: Value) -> Value:
        """``value``, with everything new in it that could be told from the old."""
        copy = _COPIES.get(value.__class__)
        return value if copy is None else copy(self, value)

    def tensor(self, value: Tensor) -> Tensor:
        return value if self.change is None else self.change(value)

    def sequence(self, value: Seq) -> Seq:
        copy = Seq(value.kind, None if value.items is None else map(self.of, value.items))
        copy.cell.update({key: self.note(kept) for key, kept in value.cell.items() if key != "items"})
        return copy

    def mapping(self, value: Map) -> Map:
        copy = Map({key: self.of(part) for key, part in value.data.items()})
        copy.cell.update({key: self.note(kept) for key, kept in value.cell.items()})
        copy.setting = value.setting
        return copy

    def object(self, value: Obj) -> Obj:
        if not isinstance(value.state, Cell) or value.state.born < self.born:
            return value
        copy = self.made.get(value)
        if copy is None:
            copy = self.made[value] = Obj(value.kind, value.name, value.cls, value.site)
            if "made" in value.state:
                copy.state["made"] = value.state["made"] + self.later
            copy.args = {name: self.of(part) for name, part in value.args.items()}
            for name, part in value.attrs.items():
                copy.attrs[name] = self.of(part)
            for key, note in value.state.items():
                if key not in NOTES:
                    copy.state[key] = self.note(note)
        return copy

    def note(self, note: Any) -> Any:
        """A copy of what is noted about an object: a value, several, or nothing that could change."""
        if note.__class__ is tuple:
            return tuple([self.note(part) for part in note])
        copy = _COPIES.get(note.__class__)
        return note if copy is None else copy(self, note)


_COPIES: dict[type, Callable[[_Copy, Any], Any]] = {
    Tensor: _Copy.tensor,
    Seq: _Copy.sequence,
    Map: _Copy.mapping,
    Obj: _Copy.object,
    Choice: lambda copy, value: Choice(tuple([copy.of(each) for each in value.values])),
    Params: lambda copy, value: Params(
        tuple([(copy.object(module), whole) for module, whole in value.parts]), value.known, value.tensors, value.name
    ),
    BoundMethod: lambda copy, value: BoundMethod(copy.of(value.receiver), value.function),
    Method: lambda copy, value: Method(copy.of(value.receiver), value.name),
}


def copied(value: Value) -> Value:
    """A copy of a value and of all in it."""
    return _Copy(0).of(value)


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
    return (value.kind, value.grad, value.passes, models, value.origins, value.via, steps, value.axes, value.history)


def _of_seq(ev: Evaluator, value: Seq) -> Any:
    if len(value.items or ()) > _LARGEST or value in ev.within:
        return object()  # equal to nothing
    ev.within.add(value)
    parts = [(key, _of_note(ev, note)) for key, note in value.cell.items()]
    ev.within.discard(value)
    return ("sequence", value.kind, *parts)


def _of_map(ev: Evaluator, value: Map) -> Any:
    if len(value.data) > _LARGEST or value in ev.within:
        return object()
    ev.within.add(value)
    data = [(key, signature(ev, part)) for key, part in value.data.items()]
    rest = [(key, _of_note(ev, note)) for key, note in value.cell.items()]
    ev.within.discard(value)
    return ("map", value.setting, *data, "", *rest)


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
    Counted: lambda ev, value: ("counted", value.shape),
    Symbol: lambda ev, value: (value.name,),
    BoundMethod: lambda ev, value: ("bound", signature(ev, value.receiver), value.function),
    Method: lambda ev, value: ("method", value.name, signature(ev, value.receiver)),
    Module: lambda ev, value: value.scope,
    Params: lambda ev, value: (value.known, value.tensors, value.name, *[(signature(ev, m), whole) for m, whole in value.parts]),
    Partial: lambda ev, value: (
        "partial", signature(ev, value.function), *[signature(ev, v) for v in (*value.args, *value.kwargs.values())],
        *value.kwargs,
    ),
    Choice: lambda ev, value: ("choice", *[signature(ev, each) for each in value.values]),
}  # fmt: skip
