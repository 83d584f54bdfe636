"""Operators, and what arithmetic does to the provenance of a value."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable

from bpcheck.evaluate import counts, enumerations, paths
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.events import Event
from bpcheck.evaluate.values import (
    PENALIZED,
    Choice,
    Class,
    Const,
    Counted,
    Grad,
    Map,
    Obj,
    Origin,
    Params,
    Seq,
    Site,
    Symbol,
    Tensor,
    Unknown,
    Value,
    choices,
    is_none,
    is_optional,
    same,
    truth,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow, ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_, ast.BitXor: operator.xor, ast.LShift: operator.lshift, ast.RShift: operator.rshift,
}  # fmt: skip
_COMPARE: dict[type, Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.Is: lambda a, b: a is b, ast.IsNot: lambda a, b: a is not b,
    ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b,
}  # fmt: skip
#: What is not known when a parameter is asked whether it is trained.
TRAINED = "requires_grad"
#: Kinds that stay what they are when scaled or shifted by a constant.
LINEAR = frozenset({"raw", "loss", "number", "data", "index"})
#: ``via`` of what is averaged or summed over several activations: what holds of each of them need not hold of it.
POOLED = "pooled"
#: What is this small keeps a logarithm or a quotient finite, and otherwise counts for nothing.
_EPSILON = 1e-3
_LIMIT = 1_000_000
#: Marks a number that stands for a whole column: what is scaled by it holds no more samples than before.
STATISTIC = "statistic"
#: What a value made by arithmetic tells of its parts.
_LASTING = ("gradient", PENALIZED)


class Flow:
    """What several values together depend on."""

    __slots__ = ("grad", "history", "known", "models", "origins", "passes", "tensors")

    def __init__(self) -> None:
        self.grad: bool | None = False
        self.models: frozenset[Obj] = frozenset()
        self.origins: frozenset[Origin] = frozenset()
        self.passes: frozenset[Event] = frozenset()
        self.history: frozenset[Event] = frozenset()
        self.tensors: list[Tensor] = []
        self.known = True

    def add(self, value: Value | None, depth: int = 0) -> None:
        """Take ``value`` in, and what containers hold."""
        if isinstance(value, Tensor):
            self.tensors.append(value)
            if value.grad is True:
                self.grad = True
            elif value.grad is None and self.grad is False:
                self.grad = None
            self.models |= value.models
            self.passes |= value.passes
            self.origins |= value.origins
            self.history |= value.history
        elif isinstance(value, Choice):
            for each in value.values:
                self.add(each, depth)
        elif isinstance(value, Seq) and depth < 4:
            for each in value.items if value.items is not None else (value.cell["elem"],):
                self.add(each, depth + 1)
        elif isinstance(value, Map) and depth < 4:
            for each in (*value.data.values(), value.cell["elem"]):
                self.add(each, depth + 1)
        elif isinstance(value, (Unknown, Obj)):
            self.known = False
            if isinstance(value, Unknown) and self.grad is False:
                self.grad = None
            if isinstance(value, Obj):
                origin = value.state.get("origin")
                if origin is not None:
                    self.origins |= {origin}


def flow(values: Iterable[Value | None]) -> Flow:
    """The joint dependencies of ``values``."""
    result = Flow()
    for value in values:
        result.add(value)
    return result


def mixed(values: Iterable[Value | None], kind: str = "unknown", via: str = "") -> Tensor:
    """A value of ``kind`` computed from ``values``."""
    f = flow(values)
    grad = False if kind in ("number", "index") else f.grad
    steps = f.tensors[0].steps if len(f.tensors) == 1 else ()
    return Tensor(kind, grad, f.models, f.origins, steps, via, f.passes, history=f.history)


def trainable(params: Params, test: Value | None) -> Params:
    """Those parameters for which ``test`` holds: a selection of them, where it asks which of them are trained."""
    if not (isinstance(test, Unknown) and test.why == TRAINED):
        return Params(params.parts, params.known, params.tensors)
    return Params(tuple([(module, False) for module, _ in params.parts]), params.known, params.tensors)


def text(values: Iterable[Value | None]) -> Tensor:
    """A text that is made of ``values``: what was done to numbers on the way says nothing of it."""
    return mixed(values, "data").but(history=frozenset())


def binary(ev: Evaluator, op: ast.operator, left: Value, right: Value, site: Site) -> Value:
    """``left op right``."""
    if isinstance(left, Const) and isinstance(right, Const):
        return _fold(op, left, right)
    if isinstance(left, Choice) or isinstance(right, Choice):
        return _choice_binary(ev, op, left, right, site)
    if isinstance(left, Seq) and isinstance(right, Seq) and isinstance(op, ast.Add):
        if left.items is not None and right.items is not None:
            return Seq(left.kind, left.items + right.items)
        return Seq(left.kind, None, _elem(left, right))
    if isinstance(left, Seq) and isinstance(op, ast.Mult):
        return _repeat(left, right)
    if isinstance(op, ast.Mod) and isinstance(left, Const) and isinstance(left.value, str):
        return _format(ev, left, right, site)
    if isinstance(left, Params) and isinstance(right, Params) and isinstance(op, ast.Add):
        return Params(left.parts + right.parts, left.known and right.known, left.tensors or right.tensors)
    if isinstance(left, Map) and isinstance(right, Map) and isinstance(op, ast.BitOr):
        return Map({**left.data, **right.data}, left.cell["open"] or right.cell["open"])
    if isinstance(left, Obj) or isinstance(right, Obj):
        counted = _counted(op, left, right)
        if counted is not None:
            return counted
    if isinstance(op, (ast.Div, ast.Add)) and _is_path(left, right):
        return paths.joined(ev, [left, right], "/" if isinstance(op, ast.Div) else "")
    made = counts.combined(op, left, right) or counts.scaled(ev, op, left, right) or _tensor_binary(op, left, right)
    return made if ev.tracer is None else ev.tracer.binary(op, left, right, made, site)


def _is_path(left: Value, right: Value) -> bool:
    """Whether a string meets something unknown that is no data."""
    words = [v for v in (left, right) if isinstance(v, Const) and isinstance(v.value, str)]
    return bool(words) and all(
        isinstance(v, (Const, Unknown, Symbol)) or (isinstance(v, Obj) and v.kind in ("reporter", "opaque"))
        for v in (left, right)
    )


def _counted(op: ast.operator, left: Value, right: Value) -> Obj | None:
    """A number of batches or samples: so many times as many, a fraction of them, or a few more. Not how often they go
    into another number."""
    size = next((v for v in (left, right) if isinstance(v, Obj) and v.kind == "size"), None)
    other = right if size is left else left
    if not isinstance(other, (Const, Unknown)) and not (isinstance(other, Obj) and other.kind in ("size", "opaque")):
        return None
    if isinstance(op, (ast.Mult, ast.Add, ast.Sub)):
        return size
    return size if size is left and isinstance(op, (ast.Div, ast.FloorDiv)) and isinstance(other, Const) else None


def _elem(left: Seq, right: Seq) -> Value:
    from bpcheck.evaluate.values import join

    return join(left.elem, right.elem)


def _repeat(left: Seq, right: Value) -> Value:
    count = right.value if isinstance(right, Const) else None
    if left.items is not None and isinstance(count, int) and 0 <= count * len(left.items) <= 256:
        return Seq(left.kind, left.items * count)
    return Seq(left.kind, None, left.elem)


def _format(ev: Evaluator, left: Const, right: Value, site: Site) -> Value:
    _examined().shown(ev, [right], site)
    items = right.items if isinstance(right, Seq) else (right,)
    if items is None or not all(isinstance(i, Const) for i in items):
        return Unknown("a formatted string")
    values = tuple(i.value for i in items if isinstance(i, Const))
    try:
        return Const(
            left.value % values,
            left.setting or next((i.setting for i in items if isinstance(i, Const) and i.setting), None),
        )
    except (TypeError, ValueError):
        return Unknown("a formatted string")


def _fold(op: ast.operator, left: Const, right: Const) -> Value:
    function = _BINARY.get(type(op))
    a, b = left.value, right.value
    if function is None or (isinstance(op, (ast.Pow, ast.LShift, ast.Mult)) and not _small(op, a, b)):
        return Unknown("arithmetic")
    if isinstance(op, ast.Div) and isinstance(a, str) and isinstance(b, str):
        return Const(f"{a.rstrip('/')}/{b}", left.setting or right.setting)
    try:
        return Const(function(a, b), left.setting or right.setting)
    except Exception:
        return Unknown("arithmetic that fails")


def _small(op: ast.operator, a: Any, b: Any) -> bool:
    if isinstance(op, ast.Mult):
        sizes = [len(x) for x in (a, b) if isinstance(x, (str, bytes, list, tuple))]
        counts = [x for x in (a, b) if isinstance(x, int)]
        return not sizes or not counts or sizes[0] * counts[0] < 10_000
    return isinstance(b, (int, float)) and abs(b) <= 128 and isinstance(a, (int, float)) and abs(a) <= _LIMIT


def _choice_binary(ev: Evaluator, op: ast.operator, left: Value, right: Value, site: Site) -> Value:
    from bpcheck.evaluate.values import join_all

    pairs = [(a, b) for a in choices(left) for b in choices(right)]
    if len(pairs) > 9:
        return mixed([left, right])
    return join_all([binary(ev, op, a, b, site) for a, b in pairs])


def _tensor_binary(op: ast.operator, left: Value, right: Value) -> Value:
    tensors = [v for v in (left, right) if isinstance(v, Tensor)]
    if isinstance(left, Grad) or isinstance(right, Grad):
        return Tensor("unknown", False, via="gradient")
    if not tensors:
        if isinstance(left, Params) or isinstance(right, Params):
            return Tensor("unknown", True)
        return Unknown("arithmetic")
    told = {t.via for t in tensors}
    via = next((each for each in _LASTING if each in told), "")
    kinds = {t.kind for t in tensors}
    other = right if left is tensors[0] else left
    kind = "unknown"
    if "loss" in kinds:
        kind = "loss"
        if isinstance(op, (ast.Add, ast.Sub)) and _adds_penalty(left, right):
            via = PENALIZED
    elif len(tensors) == 1 and tensors[0].kind in ("raw", "number", "data", "index", "log_softmax"):
        kind = "raw" if tensors[0].kind == "log_softmax" else tensors[0].kind
        if isinstance(other, Params):
            kind = "raw"
        elif kind == "raw" and not isinstance(other, (Const, Unknown)):
            kind = "unknown"
    elif len(kinds) == 1 and kinds <= LINEAR:
        kind = next(iter(kinds))
    elif isinstance(op, ast.Add) and len(tensors) == 1 and _is_epsilon(other):
        kind = tensors[0].kind
    elif kinds <= {"number", "index", "data"}:
        kind = "number"
    if isinstance(op, ast.MatMult):
        weighted = isinstance(left, Params) or isinstance(right, Params)
        kind = "raw" if weighted or any(t.models for t in tensors) else "data"
    result = mixed([left, right], kind)
    if told == {"total"}:
        via = "total"
    if isinstance(other, Const) and isinstance(other.value, str):
        result.history = frozenset()  # of a text
    if STATISTIC in told:
        samples = [t for t in tensors if t.via != STATISTIC]
        result.origins = flow(samples).origins or result.origins
        via = via if samples else STATISTIC
    alike = len({t.axes for t in tensors}) == 1 and not isinstance(op, ast.MatMult)
    if alike and (len(tensors) > 1 or isinstance(other, Const)):
        result.axes = tensors[0].axes
    if kind == "unknown" or len(tensors) != 1:
        return result.but(via=via, grad=_grad(tensors, left, right))
    return result.but(via=via or tensors[0].via, grad=_grad(tensors, left, right), steps=tensors[0].steps)


def _adds_penalty(*terms: Value) -> bool:
    """Whether the sum of a loss and something may be the loss with a penalty on weights or activations."""
    others = [v for v in terms if not (isinstance(v, Tensor) and v.kind == "loss")]
    return any(not (isinstance(v, Const) or (isinstance(v, Tensor) and v.grad is False)) for v in others)


def _is_epsilon(value: Value) -> bool:
    number = value.value if isinstance(value, Const) else None
    return isinstance(number, float) and 0 < number <= _EPSILON


def _grad(tensors: list[Tensor], left: Value, right: Value) -> bool | None:
    if any(t.grad is True for t in tensors) or isinstance(left, Params) or isinstance(right, Params):
        return True
    return None if any(t.grad is None for t in tensors) else False


def unary(ev: Evaluator, op: ast.unaryop, value: Value) -> Value:
    """``op value``."""
    if isinstance(op, ast.Not):
        known = truth(value)
        if known is None:
            return value if isinstance(value, (Tensor, Counted)) else Unknown("not")
        return Const(not known, value.setting if isinstance(value, Const) else None)
    if isinstance(value, Const) and isinstance(value.value, (int, float, complex)):
        number = value.value
        if isinstance(op, ast.USub):
            return Const(-number, value.setting)
        if isinstance(op, ast.UAdd):
            return value
        return Const(~number, value.setting) if isinstance(number, int) else Unknown("arithmetic")
    if isinstance(value, Tensor):
        if isinstance(op, ast.Invert) and not value.models:  # a mask turned round chooses the others
            value = value.but(origins=frozenset(ev.origin(o.key, o.site, o.split, o, "~") for o in value.origins))
        return value if value.kind in LINEAR else value.but(kind="unknown")
    return value if isinstance(value, Unknown) else Unknown("arithmetic")


def compare(ev: Evaluator, op: ast.cmpop, left: Value, right: Value, site: Site | None = None) -> Value:
    """``left op right`` of a comparison."""
    if isinstance(left, Const) and isinstance(right, Const) and paths.certain(left) and paths.certain(right):
        try:
            return Const(bool(_COMPARE[type(op)](left.value, right.value)), left.setting or right.setting)
        except Exception:
            return Unknown("comparison")
    if isinstance(op, (ast.Is, ast.IsNot, ast.Eq, ast.NotEq)) and (is_none(left) or is_none(right)):
        other = right if is_none(left) else left
        positive = isinstance(op, (ast.Is, ast.Eq))
        answers = {is_none(v) if not isinstance(v, Unknown) else None for v in choices(other)}
        if isinstance(other, Obj) and other.kind == "opaque":
            return Unknown("comparison with None")
        if len(answers) == 1 and None not in answers:
            return Const(answers.pop() == positive)
        return Unknown("comparison with None")
    if isinstance(op, (ast.In, ast.NotIn)):
        return _contains(ev, op, left, right)
    if isinstance(op, (ast.Is, ast.IsNot, ast.Eq, ast.NotEq)):
        alike = enumerations.equal(left, right)
        if alike is not None:
            return Const(alike == isinstance(op, (ast.Is, ast.Eq)))
    if (
        isinstance(left, Symbol)
        and isinstance(right, Symbol)
        and isinstance(op, (ast.Eq, ast.NotEq, ast.Is, ast.IsNot))
    ):
        return Const((left.name == right.name) == isinstance(op, (ast.Eq, ast.Is)))
    if isinstance(op, (ast.Is, ast.IsNot, ast.Eq, ast.NotEq)) and {left.__class__, right.__class__} == {Symbol, Class}:
        return Const(isinstance(op, (ast.IsNot, ast.NotEq)))  # a class of the project is none of a library's
    f = flow([left, right])
    if f.tensors and site is not None and isinstance(op, (ast.Eq, ast.NotEq)):
        _examined().compared(ev, left, right, site)
    counted = counts.compared(left, right)
    if counted is not None:
        return counted
    if f.history and site is not None:
        _tables().compared(ev, left, right, site)
    if site is not None and isinstance(op, (ast.Gt, ast.GtE, ast.Lt, ast.LtE)) and _thresholded(left, right):
        ev.emit("threshold", site, None, value=left)
    if f.tensors:
        return Tensor("index", False, f.models, f.origins, (), "comparison", f.passes, history=f.history)
    return Unknown("comparison")


def _examined() -> Any:
    """Imported late: it needs the operators."""
    from bpcheck.evaluate import examined

    return examined


def _tables() -> Any:
    """Imported late: it needs the operators."""
    from bpcheck.evaluate import tables

    return tables


def _thresholded(left: Value, right: Value) -> bool:
    """Whether probabilities are compared with a bound between 0 and 1."""
    if not isinstance(left, Tensor) or left.kind != "softmax":
        return False
    return isinstance(right, Const) and isinstance(right.value, float) and 0 < right.value < 1


def _contains(ev: Evaluator, op: ast.cmpop, left: Value, right: Value) -> Value:
    from bpcheck.evaluate import registries

    right = mapping_of(right)
    if _is_layer_class(left) and isinstance(right, Seq) and right.items and all(map(_is_layer_class, right.items)):
        return Const(any(same(left, item) for item in right.items) == isinstance(op, ast.In))
    if isinstance(left, Const) and paths.certain(left):
        inside: bool | None = None
        setting = left.setting
        try:
            if isinstance(right, Map):
                inside = registries.holds(ev, right, left.value)
            elif isinstance(right, Seq) and right.items is not None:
                if any(isinstance(i, Const) and i.value == left.value for i in right.items):
                    inside = True
                elif any(map(is_optional, right.items)):
                    pass
                elif all(isinstance(i, Const) for i in right.items):
                    inside = False
            elif isinstance(right, Obj) and right.kind == "settings":
                inside = left.value in right.attrs
        except TypeError:
            inside = None
        if inside is not None:
            return Const(inside == isinstance(op, ast.In), setting)
    return counts.compared(left, right) or Unknown("membership")


def _is_layer_class(value: Value) -> bool:
    return isinstance(value, Class) or (isinstance(value, Symbol) and value.name.startswith("torch.nn."))


def mapping_of(value: Value) -> Value:
    """What an object of a class that extends ``dict`` holds; any other value itself."""
    return value.state.get("mapping", value) if isinstance(value, Obj) else value


def conjunction(values: list[Value]) -> Value:
    """A chained comparison."""
    if any(truth(v) is False for v in values):
        return Const(False)
    if all(truth(v) is True for v in values):
        return Const(True)
    f = flow(values)
    return Tensor("index", False, f.models, f.origins, passes=f.passes) if f.tensors else Unknown("comparison")


def uses_gradient(value: Value) -> bool:
    """Whether a value is computed from the gradient of a parameter."""
    return any(isinstance(v, Grad) or (isinstance(v, Tensor) and v.via == "gradient") for v in choices(value))
