"""Recurrences that a program writes by hand: learned weights that are applied, turn by turn, to what they gave before.

Where the same weights get their own earlier result together with something new, the network is a recurrent cell, however
it is written: a loop in its own pass, or a pass for each step in a loop outside.
"""

from __future__ import annotations

import ast
import itertools

from bpcheck.evaluate import modules
from bpcheck.evaluate.modules import descendants
from bpcheck.evaluate.tracing import Node, Tracer, watched
from bpcheck.evaluate.values import Class, Function, Obj, Params, Seq, Site, Tensor, Value
from bpcheck.facts.loops import repeated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from bpcheck.evaluate.evaluator import Evaluator
    from bpcheck.evaluate.events import Event
    from bpcheck.facts.program import Program

#: Operations that add up, rearrange or leave out, which keeps a map linear.
_LINEAR = frozenset({
    "+", "-", "[]", "add", "sub", "cat", "concat", "stack", "hstack", "vstack", "sum", "mean", "squeeze", "unsqueeze", "view",
    "reshape", "flatten", "transpose", "permute", "t", "clone", "contiguous", "to", "cuda", "cpu", "float", "type", "expand",
    "expand_as", "repeat", "narrow", "select", "index_select", "chunk", "split", "unbind", "dropout",
})  # fmt: skip
_PRODUCTS = frozenset({"@", "linear", "matmul", "mm", "addmm", "bmm", "einsum"})
_SQUASHING = {"tanh": "tanh", "sigmoid": "sigmoid", "relu": "relu", "relu_": "relu"}


class Cell:
    """A recurrence: ``weight`` (a layer, or a parameter of its own) is applied at ``site`` to a state that comes from it.

    ``activation`` is what lies between one application and the next: ``none``, ``tanh``, ``sigmoid`` or ``relu``, applied
    at ``activated``. ``network`` is the trained network that it is a part of, and ``run`` where that is called.
    """

    __slots__ = ("activated", "activation", "network", "run", "site", "weight")

    def __init__(
        self, network: Obj, run: Site, weight: Obj, site: Site, activation: str, activated: Site | None
    ) -> None:  # fmt: skip
        self.network = network
        self.run = run
        self.weight = weight
        self.site = site
        self.activation = activation
        self.activated = activated

    @property
    def name(self) -> str:
        """What the author calls the weights."""
        for inner in descendants(self.network):
            for name, value in inner.attrs.items():
                if value is self.weight or (isinstance(value, Params) and value.parts[:1] == ((self.weight, True),)):
                    return name
        return self.weight.label


def cells(program: Program) -> list[Cell]:
    """The hand-written recurrences without gates that are trained, each place once."""
    found: dict[tuple[str, int, int], Cell] = {}
    seen: set[tuple[Obj, str]] = set()
    for event in program.passes.training:
        network = event.subject
        if not isinstance(network, Obj) or network.kind != "module":
            continue
        fed = _fed(program, event)
        key = network, str(event.data["method"])
        if fed is None and (key in seen or not _loops(program, network)):
            seen.add(key)
            continue
        seen.add(key)
        nodes = _nodes(program.evaluator, event, network, fed)
        for cell in _recurrences(nodes, event, network):
            found.setdefault(program.site_key(cell.site), cell)
    return list(found.values())


def _fed(program: Program, event: Event) -> tuple[int, int] | None:
    """Which argument of a pass is which result of the same network's pass a turn before, next to something new."""
    args = event.data["args"]
    for number, arg in enumerate(args):
        for past in arg.passes if isinstance(arg, Tensor) else ():
            if past.subject is not event.subject or repeated(past, event) is None:
                continue
            if any(past.index < step.index < event.index for step in program.of_kind("step")):
                continue
            result = past.data["result"]
            items = list(result.items) if isinstance(result, Seq) and result.items is not None else [result]
            same = [place for place, item in enumerate(items) if item is arg] or ([0] if len(items) == 1 else [])
            before = past.data["args"]
            if same and any(
                isinstance(other, Tensor) and other is not arg and all(other is not old for old in before)
                for other in args
            ):
                return number, same[0]
    return None


def _loops(program: Program, network: Obj) -> bool:
    """Whether some pass in the network may loop over something other than its layers."""
    loops: dict[Class, list[ast.For | ast.While]] = {}
    for inner in program.models.inside(network):
        for cls in _own_classes(inner):
            if cls not in loops:
                loops[cls] = list(_loops_of(cls))
            if any(isinstance(loop, ast.While) or not _over_layers(inner, loop.iter) for loop in loops[cls]):
                return True
    return False


def _own_classes(module: Obj) -> list[Class]:
    """The project's classes of a module; what stands for a framework's loops as it has to."""
    return [cls for cls in module.cls.lineage() if not cls.scope.framework] if module.cls is not None else []


def _loops_of(cls: Class) -> Iterator[ast.For | ast.While]:
    """The loops in the methods of a class, other than those that make its layers."""
    for name, function in cls.names.items():
        if name != "__init__" and isinstance(function, Function):
            yield from (part for part in ast.walk(function.node) if isinstance(part, (ast.For, ast.While)))


def _over_layers(module: Obj, iterable: ast.expr) -> bool:
    for part in ast.walk(iterable):
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
            held = module.attrs.get(part.attr)
            if isinstance(held, Obj) and held.kind == "module":
                return True
    return False


def _nodes(ev: Evaluator, event: Event, network: Obj, fed: tuple[int, int] | None) -> list[Node]:
    """The nodes of the pass, or of two passes of which the second gets a result of the first."""
    values = list(event.data["args"])
    names = event.data.get("named", ())
    method = str(event.data["method"])

    def run_with(given: list[Value]) -> Value:
        plain = given[: len(given) - len(names)]
        return modules.forward(
            ev, network, plain, dict(zip(names, given[len(plain) :], strict=True)), event.site, method
        )

    def run(tracer: Tracer) -> Value:
        given = [tracer.given(value, event.site) for value in values]
        if fed is None:
            return run_with(given)
        place, item = fed
        result = run_with([tracer.taken(value, event.site, always=True) for value in given])
        state = result.items[item] if isinstance(result, Seq) and result.items is not None else result
        again = [tracer.taken(value, event.site, always=True) for value in given]
        again[place] = state
        return run_with(again)

    tracer = Tracer(ev, stepwise=True)
    watched(tracer, run)
    return tracer.nodes


def _recurrences(nodes: list[Node], event: Event, network: Obj) -> Iterator[Cell]:
    applied: dict[Obj, list[Node]] = {}
    for node in nodes:
        weight = _weight(node)
        if weight is not None:
            applied.setdefault(weight, []).append(node)
    again = {weight: places for weight, places in applied.items() if len(places) > 1}
    if not again:
        return
    before = _ancestors(nodes)
    for weight, places in again.items():
        pair = next(((one, two) for one, two in itertools.pairwise(places) if one in before[two]), None)
        if pair is None or weight.state.get("frozen") == "all":
            continue
        first, second = pair
        cycle = [node for node in before[second] if first in before[node]]
        new = any(node.name == "[]" and first not in before[node] for node in before[second])
        activation, activated = _activation(cycle)
        if new and activation is not None:
            yield Cell(network, event.site, weight, second.site, activation, activated)


def _ancestors(nodes: list[Node]) -> dict[Node, set[Node]]:
    """For each node, those that it comes from."""
    before: dict[Node, set[Node]] = {}
    for node in nodes:
        direct = frozenset().union(*node.inputs)
        before[node] = set(direct).union(*(before.get(each, ()) for each in direct))
    return before


def _weight(node: Node) -> Obj | None:
    """What a node multiplies its input with: a layer, or a parameter that belongs to none."""
    if node.layer is not None:
        return node.layer if node.name in ("torch.nn.Linear", "torch.nn.LazyLinear") else None
    if node.name.rpartition(".")[2] not in _PRODUCTS:
        return None
    given = [each for value in node.args.values() for each in _parameters(value)]
    if not given:
        return None
    factor = given[0] if node.name.endswith("linear") else given[-1]
    return factor.parts[0][0] if len(factor.parts) == 1 else None


def _parameters(value: Value) -> list[Params]:
    if isinstance(value, Params):
        return [value]
    return (
        [each for item in value.items for each in _parameters(item)] if isinstance(value, Seq) and value.items else []
    )


def _activation(cycle: list[Node]) -> tuple[str | None, Site | None]:
    """The one activation in a cycle that is linear otherwise; ``None`` where it may be anything else (gates, norms)."""
    found: dict[str, Site] = {}
    for node in cycle:
        kind = _kind(node)
        if kind is None:
            return None, None
        if kind:
            found.setdefault(kind, node.site)
    for kind in ("tanh", "sigmoid", "relu"):
        if kind in found:
            return kind, found[kind]
    return "none", None


def _kind(node: Node) -> str | None:
    """The activation that a node is, empty if it is linear."""
    last = node.name.rpartition(".")[2]
    if node.layer is None:
        if last in _SQUASHING:
            return _SQUASHING[last]
        return "" if last in _LINEAR or _weight(node) is not None else None
    if last in ("Tanh", "Sigmoid", "ReLU"):
        return last.lower()
    return "" if last in ("Linear", "LazyLinear", "Dropout", "Identity", "Flatten", "Unflatten") else None
