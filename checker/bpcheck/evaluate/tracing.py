"""One forward pass of a network, evaluated again to see which layer's output feeds which.

The evaluation of a program remembers equal calls, and its tensors know the networks that they went through but not the
layers. A trace remembers nothing: each call of a layer or operation is a node, its result carries that node in place of
its origins, and whatever gets the result is fed by it. All that the pass writes is taken back.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from bpcheck.apis import PYTHON, lookup
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.modules import RUNS
from bpcheck.evaluate.values import (
    BoundMethod,
    Choice,
    Class,
    Function,
    Map,
    Method,
    Obj,
    Origin,
    Partial,
    Seq,
    Site,
    Super,
    Symbol,
    Tensor,
    Unknown,
    Value,
    choices,
    join_all,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.apis.spec import Api
    from bpcheck.evaluate.events import Branch

#: Statements that one pass may take.
MOST_STEPS = 10_000
_CALLABLE = (Function, BoundMethod, Method, Partial, Class, Symbol)
_SIGNS: dict[type, str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.MatMult: "@"}
#: What of Python itself is an operation on tensors; and what runs a function that it is given.
_SUM = "builtins.sum"
_RUNS_OTHERS = ("torch.utils.checkpoint",)
#: Libraries whose functions hold no layers.
_PLAIN = ("torch.", "einops.", "numpy.", _SUM)
#: The name of a node of which nothing is known.
UNKNOWN = "?"


class Node:
    """A layer or operation at one place of a pass.

    ``name`` is the library's name of it (``torch.nn.Conv2d``, ``torch.cat``, ``+``, ``?``), empty for an input of the pass;
    ``layer`` the object, if it is one, and ``args`` its arguments by name. ``inputs`` has for each tensor that it gets the
    nodes which that may come from: one, unless a branch was not decided. ``guards`` are the undecided branches on the way,
    and ``repeated`` says that it stands in a loop of which the turns are not known.
    """

    __slots__ = ("api", "args", "guards", "inputs", "layer", "name", "number", "repeated", "site")

    def __init__(self, number: int, name: str, layer: Obj | None, args: dict[str, Value], site: Site) -> None:
        self.number = number
        self.name = name
        self.layer = layer
        self.args = args
        self.site = site
        self.api: Api | None = lookup(name) if name else None
        self.inputs: tuple[frozenset[Node], ...] = ()
        self.guards: tuple[Branch, ...] = ()
        self.repeated = False

    @property
    def known(self) -> bool:
        """Whether it is known what the node is: one layer, or an operation that holds none."""
        if self.layer is not None:
            return self.api is not None and self.api.what == "layer" and bool(self.inputs)
        return self.api is not None or self.name.startswith(_PLAIN) or ("." not in self.name and self.name != UNKNOWN)

    def __repr__(self) -> str:
        fed = [sorted(node.number for node in given) for given in self.inputs]
        return f"<{self.number} {self.name or 'input'} {fed} line {getattr(self.site.node, 'lineno', '?')}>"


class Trace:
    """The nodes of a pass in the order in which they ran, those that its result comes from, and what was not seen."""

    __slots__ = ("nodes", "outputs", "unseen")

    def __init__(self, nodes: list[Node], outputs: frozenset[Node], unseen: list[str]) -> None:
        self.nodes = nodes
        self.outputs = outputs
        self.unseen = unseen


class Tracer:
    """Watches a pass; see ``Evaluator.tracer``.

    ``stepwise`` says that loops are walked turn by turn, and that what is taken out of a tensor in one is a node (``[]``).
    """

    __slots__ = ("_by_origin", "_loops", "ev", "nodes", "stepwise")

    def __init__(self, ev: Evaluator, stepwise: bool = False) -> None:
        self.ev = ev
        self.stepwise = stepwise
        self.nodes: list[Node] = []
        self._by_origin: dict[Origin, Node] = {}
        self._loops = 0

    def call(self, function: Value, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value | None:
        """The result of calling a library layer, or an operation on tensors; ``None`` for any other call."""
        from bpcheck.evaluate import calls

        layer = _layer(function)
        values = [*args, *kwargs.values()]
        if layer is None and not self._operates(function, values):
            return None
        ev = self.ev
        ev.tracer = None
        try:
            result = calls.call(
                ev, layer if layer is not None and not _is_own_way(function) else function, args, kwargs, site
            )
        finally:
            ev.tracer = self
        if layer is not None:
            return self._noted(layer.name, layer, layer.args, values, result, site)
        name, bound = _operation(function, args, kwargs)
        if isinstance(function, Method) and isinstance(function.receiver, Tensor):
            values.insert(0, function.receiver)
        return self._noted(name, None, bound, values, result, site)

    def binary(self, op: ast.operator, left: Value, right: Value, result: Value, site: Site) -> Value:
        """The result of an operator."""
        operands = {"left": left, "right": right}
        return self._noted(_SIGNS.get(type(op), "operator"), None, operands, [left, right], result, site)

    def taken(self, value: Value, site: Site, always: bool = False) -> Value:
        """An element of something, in a loop: where that is a tensor, each turn gets its own."""
        if not (always or (self.stepwise and self.ev.loops)):
            return value
        return self._noted("[]", None, {}, [value], value, site)

    def given(self, value: Value, site: Site, depth: int = 0) -> Value:
        """An argument of the pass, as something that comes from outside."""
        if isinstance(value, Seq) and value.items is not None and depth < 3:
            return Seq(value.kind, [self.given(item, site, depth + 1) for item in value.items])
        if isinstance(value, Map) and depth < 3:
            return Map({key: self.given(item, site, depth + 1) for key, item in value.data.items()}, value.cell["open"])
        if isinstance(value, (Tensor, Unknown)) or (isinstance(value, Obj) and value.kind in ("opaque", "dataset")):
            return self._stamped(Tensor("data", False), self._node("", None, {}, site))
        return value

    def sources(self, value: Value) -> list[frozenset[Node]]:
        """For each tensor in a value, the nodes that it may come from."""
        if isinstance(value, Tensor):
            found = frozenset(
                node for origin in value.origins if (node := self._by_origin.get(_whole(origin))) is not None
            )
            return [found] if found else []
        if isinstance(value, Choice):
            ways = [given for each in value.values for given in self.sources(each)]
            return [frozenset().union(*ways)] if ways else []
        if isinstance(value, Seq):
            items = value.items if value.items is not None else (value.cell["elem"],)
            return [given for item in items if item is not None for given in self.sources(item)]
        if isinstance(value, Map):
            return [given for item in value.data.values() for given in self.sources(item)]
        return []

    def _operates(self, function: Value, values: list[Value]) -> bool:
        if isinstance(function, Method):
            if isinstance(function.receiver, Tensor):
                return function.name != "apply"
            return isinstance(function.receiver, Obj) and _is_opaque(function.receiver)
        if isinstance(function, (Unknown, Obj)):
            return _is_opaque(function)
        if not isinstance(function, Symbol) or function.name in self.ev.words:
            return False
        root = function.name.partition(".")[0]
        if function.name != _SUM and (root in PYTHON or root == "builtins"):
            return False
        return not function.name.startswith(_RUNS_OTHERS) and not any(map(_runs, values))

    def _noted(
        self, name: str, layer: Obj | None, args: dict[str, Value], values: list[Value], result: Value, site: Site
    ) -> Value:
        inputs = tuple([given for value in values for given in self.sources(value)])
        if not inputs and layer is None:
            return result
        if layer is None and not _holds_tensor(result):
            return result
        node = self._node(name, layer, args, site)
        node.inputs = inputs
        return self._stamped(result if _holds_tensor(result) else Tensor("unknown"), node)

    def _node(self, name: str, layer: Obj | None, args: dict[str, Value], site: Site) -> Node:
        ev = self.ev
        node = Node(len(self.nodes), name, layer, args, site)
        node.guards = ev.guards
        node.repeated = any(not loop.unrolled for loop, _ in ev.loops[self._loops :])
        self.nodes.append(node)
        return node

    def _stamped(self, value: Value, node: Node) -> Value:
        """``value`` with the node for what it comes from."""
        if isinstance(value, Tensor):
            origin = Origin("layer", node.site)
            self._by_origin[origin] = node
            return value.but(origins=frozenset({origin}))
        if isinstance(value, Seq):
            if value.items is None:
                return Seq(value.kind, None, self._stamped(value.elem, node))
            return Seq(value.kind, [self._stamped(item, node) for item in value.items])
        if isinstance(value, Map):
            return Map({key: self._stamped(item, node) for key, item in value.data.items()}, value.cell["open"])
        if isinstance(value, Choice):
            return join_all([self._stamped(each, node) for each in value.values])
        return value


def trace(ev: Evaluator, network: Obj, method: str, args: list[Value], kwargs: dict[str, Value], site: Site) -> Trace:
    """Run a pass of ``network`` again, as it trains, and take back whatever it does."""
    from bpcheck.evaluate import modules

    def run(tracer: Tracer) -> Value:
        own = modules.mode_of(network)
        for inner in list(modules.descendants(network)) if own != "train" else ():
            if modules.mode_of(inner) == own:
                ev.store.set(inner.state, "mode", "train")
        given = [tracer.given(value, site) for value in args]
        named = {word: tracer.given(value, site) for word, value in kwargs.items()}
        alone = (
            tracer.call(network, given, named, site) if method == "forward" else None
        )  # a library's network is one node
        return alone or modules.forward(ev, network, given, named, site, method)

    tracer = Tracer(ev)
    result, unseen = watched(tracer, run)
    return Trace(tracer.nodes, frozenset().union(*tracer.sources(result)), unseen)


def watched(tracer: Tracer, run: Callable[[Tracer], Value]) -> tuple[Value, list[str]]:
    """What ``run`` gives with ``tracer`` watching, and what was not seen in it; all else that it does is taken back."""
    ev = tracer.ev
    store = ev.store
    kept = (ev.loops, ev.guards, ev.stack, ev.functions, ev.forwards, ev.exits, ev.depth, ev.steps, ev.limit, ev.trail)
    events, gaps, skipped, barrier = len(ev.events), len(ev.gaps), len(ev.skipped), store.barrier
    oldest, since, called = store.oldest_write, store.since, set(ev.called)
    mark = store.mark()
    ev.loops, ev.guards, ev.stack, ev.functions, ev.forwards, ev.exits, ev.depth = (), (), (), [], [], [], 0
    ev.steps, ev.limit, ev.trail = 0, MOST_STEPS, None
    ev.tracer = tracer
    try:
        result = run(tracer)
        unseen = [why for why, _ in ev.gaps[gaps:]]
    finally:
        ev.tracer = None
        (ev.loops, ev.guards, ev.stack, ev.functions, ev.forwards, ev.exits, ev.depth, ev.steps, ev.limit, ev.trail) = (
            kept
        )
        del ev.events[events:], ev.gaps[gaps:], ev.skipped[skipped:]
        store.take_back(mark)
        store.barrier, store.oldest_write, store.since = barrier, oldest, since
        ev.called = called
    return result, unseen


def _layer(function: Value) -> Obj | None:
    """The layer or network that runs when ``function`` is called, if its code is not looked into."""
    if isinstance(function, Method) and (function.name in ("forward", "__call__") or function.name in RUNS):
        if isinstance(function.receiver, Super):
            extended = function.receiver
            known = any(_is_layer(name) for name in extended.owner.library_bases())
            return extended.receiver if known and isinstance(extended.receiver, Obj) else None
        function = function.receiver
    if not isinstance(function, Obj) or function.kind != "module":
        return None
    layer: Obj = function
    while isinstance(layer.state.get("wraps"), Obj):
        layer = layer.state["wraps"]
    if layer.name == "torch.nn.Sequential" and layer.state.get("children") is not None:
        return None
    if layer.cls is not None and isinstance(layer.cls.find("forward"), Function):
        return None
    return layer


def _is_own_way(function: Value) -> bool:
    """Whether a layer is not simply called: by its class's ``super()``, or by another method that runs it."""
    return isinstance(function, Method) and (isinstance(function.receiver, Super) or function.name in RUNS)


def _is_opaque(function: Value) -> bool:
    return isinstance(function, Unknown) or (
        isinstance(function, Obj) and function.kind == "opaque" and function.cls is None
    )


def _is_layer(name: str) -> bool:
    api = lookup(name)
    return api is not None and api.what == "layer"


def _runs(value: Value) -> bool:
    """Whether a value is something that runs when it is called."""
    return any(
        (isinstance(each, _CALLABLE) and not (isinstance(each, Symbol) and lookup(each.name) is None))
        or (isinstance(each, Obj) and each.kind == "module")
        for each in choices(value)
    )  # fmt: skip


def _operation(function: Value, args: list[Value], kwargs: dict[str, Value]) -> tuple[str, dict[str, Value]]:
    """The qualified name of an operation, and its arguments by name."""
    from bpcheck.evaluate import library

    if isinstance(function, Method) and isinstance(function.receiver, Tensor):
        plain = function.name.rstrip("_")
        known = (f"torch.nn.functional.{plain}", f"torch.{plain}")
        name = next((each for each in known if lookup(each) is not None), f"torch.Tensor.{plain}")
        args = [function.receiver, *args]
    elif isinstance(function, Symbol):
        name = function.name
    else:
        return UNKNOWN, {}
    api = lookup(name)
    return name, library.bind(api, args, kwargs) if api is not None else {str(i): arg for i, arg in enumerate(args)}


def _holds_tensor(value: Value) -> bool:
    if isinstance(value, Choice):
        return any(map(_holds_tensor, value.values))
    if isinstance(value, Seq):
        return any(map(_holds_tensor, value.items if value.items is not None else (value.elem,)))
    return isinstance(value, Tensor)


def _whole(origin: Origin) -> Origin:
    return origin.root()
