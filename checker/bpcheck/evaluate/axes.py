"""The axes of a tensor, where they are known: which of them is the batch, and how many there are.

``Tensor.axes`` has one character for each axis, ``b`` for the batch and ``.`` for any other; it is empty where not even
their number is known. Whatever is not described here leaves them unknown.
"""

from __future__ import annotations

from bpcheck.apis.spec import Api
from bpcheck.evaluate.values import SLICE, Const, Obj, Seq, Tensor, Value, constant

_SAME = (
    "relu relu_ relu6 gelu silu elu selu leaky_relu prelu softplus mish hardswish hardsigmoid tanh sigmoid sigmoid_ logsigmoid "
    "softmax log_softmax softmin exp log dropout layer_norm batch_norm instance_norm group_norm linear normalize "
    "clone contiguous float half double bfloat16 long int bool cpu cuda to type type_as detach masked_fill masked_fill_ "
    "clamp clamp_ clamp_min clip flip roll requires_grad_ triu tril"
)
_ELEMENTWISE = frozenset(_SAME.split())
_REDUCING = frozenset({"mean", "sum", "max", "min", "argmax", "argmin", "all", "any", "select", "median"})


def of(value: Value | None) -> str:
    """The axes of a value."""
    return value.axes if isinstance(value, Tensor) else ""


def after_layer(api: Api, layer: Obj, given: Value) -> str:
    """What the axes are behind a library layer."""
    before = of(given)
    spatial = str(api.facts.get("convolution", ""))[-2:-1]
    if spatial:
        full = int(spatial) + 2
        return "b".ljust(full, ".") if len(before) in (0, full) else ""
    if api.facts.get("recurrent") and api.facts.get("returns") in ("lstm", "rnn"):
        if constant(layer.args.get("batch_first")) is True:
            return "b.." if len(before) in (0, 3) else before
        return ".b." if len(before) == 3 else before
    if api.facts.get("embedding"):
        return before and before + "."
    if api.facts.get("reshapes"):
        whole = constant(layer.args.get("start_dim")) == 1 and constant(layer.args.get("end_dim")) == -1
        return _flattened(before) if whole and api.facts["reshapes"] == "flatten" else ""
    return before


def of_state(output: str) -> str:
    """The axes of a recurrent layer's last states, by those of its output."""
    return ".b." if len(output) == 3 else ""


def after(name: str, given: Value, args: list[Value], kwargs: dict[str, Value]) -> str:
    """What the axes are behind the operation ``name``, a method of ``given`` or a function of it."""
    before = of(given)
    if name in _ELEMENTWISE:
        return before
    if name in ("add", "sub", "mul", "div"):
        return before if all(isinstance(arg, Const) for arg in args) else ""
    if "*" in kwargs or "**" in kwargs:
        return ""
    if name in ("view", "reshape"):
        return "." * _count(args)
    if name == "bmm":
        return "b.."
    if name == "mm":
        return ".."
    if name == "flatten":
        start = args[0] if args else kwargs.get("start_dim")
        return _flattened(before) if len(args) < 2 and "end_dim" not in kwargs and constant(start) == 1 else ""
    if name == "cat" and isinstance(given, Seq) and given.items:
        found = {of(each) for each in given.items}
        return found.pop() if len(found) == 1 else ""
    return _moved(name, before, args, kwargs) if before else ""


def after_function(name: str, given: Value, bound: dict[str, Value]) -> str:
    """What the axes are behind a library function, by the arguments that its table names."""
    named = {key: value for key, value in bound.items() if key != "*" and value is not given}
    rest = bound.get("*")
    positional = list(rest.items or ()) if isinstance(rest, Seq) else []
    first = named.pop("dim", None)
    if first is not None and constant(first) is not None:
        positional.insert(0, first)
    return after(name.rpartition(".")[2], given, positional, named)


def on(value: Value, axes: str) -> Value:
    """``value`` with these axes, and what is in it (a maximum and its place)."""
    if isinstance(value, Seq) and value.items is not None:
        return Seq(value.kind, [on(each, axes) for each in value.items]) if axes else value
    return value.but(axes=axes) if axes and isinstance(value, Tensor) else value


def _flattened(before: str) -> str:
    return f"{before[0]}." if before else ".."


def _count(args: list[Value]) -> int:
    """How many axes a shape has; 0 where that is not known."""
    if len(args) != 1:
        return len(args)
    shape = args[0]
    if isinstance(shape, Seq):
        return len(shape.items or ())
    return 1 if isinstance(constant(shape), int) else 0


def _moved(name: str, before: str, args: list[Value], kwargs: dict[str, Value]) -> str:
    if name == "t":
        return before[::-1]
    places = _places(args[:1] or [kwargs.get("dim", Const(None))], len(before) + (name == "unsqueeze"))
    if name in ("transpose", "swapaxes", "permute"):
        every = args[0].items if len(args) == 1 and isinstance(args[0], Seq) else tuple(args)
        order = _places(list(every or ()), len(before))
        if name != "permute" and order is not None and len(order) == 2:
            order = [{order[0]: order[1], order[1]: order[0]}.get(axis, axis) for axis in range(len(before))]
        return "".join(before[axis] for axis in order) if order is not None and len(order) == len(before) else ""
    if places is None:
        return ""
    if name == "unsqueeze":
        return f"{before[: places[0]]}.{before[places[0] :]}"
    if name == "squeeze" or name in _REDUCING:
        keep = args[1] if len(args) > 1 else kwargs.get("keepdim", Const(False))
        if name in _REDUCING and constant(keep) is not False and name != "select":
            return before if constant(keep) is True else ""
        return "".join(kind for axis, kind in enumerate(before) if axis not in places)
    return ""


def _places(values: list[Value], count: int) -> list[int] | None:
    """Axes as numbers from the first; ``None`` where one is not known."""
    if len(values) == 1 and isinstance(values[0], Seq):
        values = list(values[0].items or ())
    numbers = [constant(value) for value in values]
    if not numbers or not all(isinstance(n, int) and not isinstance(n, bool) and -count <= n < count for n in numbers):
        return None
    return [number % count for number in numbers]


def of_item(value: Tensor, key: Value) -> str:
    """What the axes are of ``value[key]``."""
    keys = list(key.items or ()) if isinstance(key, Seq) else [key]
    left, result = value.axes, ""
    if not left:
        return ""
    for each in keys:
        if each is SLICE or (isinstance(each, Const) and isinstance(each.value, slice)):
            result, left = result + left[:1], left[1:]
        elif isinstance(each, Const) and isinstance(each.value, int):
            left = left[1:]
        else:
            return ""
    return result + left
