"""Objects that nothing is known of but what is done to them: parameters of uncalled functions, results of unknown
calls."""

from __future__ import annotations

from bpcheck.evaluate import examined, memo, operators
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.values import (
    NONE,
    Choice,
    Const,
    Map,
    Obj,
    Params,
    Seq,
    Site,
    Tensor,
    Unknown,
    Value,
    truth,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SAME = frozenset(
    {
        "to",
        "cuda",
        "cpu",
        "float",
        "half",
        "double",
        "long",
        "contiguous",
        "requires_grad_",
        "__enter__",
        "eval_",
        "type",
        "int",
    }
)


def new(ev: Evaluator, name: str, site: Site) -> Obj:
    """A fresh unknown object."""
    return Obj("opaque", name, None, site)


def result(ev: Evaluator, name: str, values: list[Value], site: Site) -> Tensor | Obj:
    """What a call of a name that is not opened gives: a tensor, if it is given any and is no class; else an object."""
    f = operators.flow(values)
    if f.tensors and not name.rpartition(".")[2][:1].isupper():
        return Tensor("unknown", None if ev.flow["grad"] != "off" else False, f.models, f.origins, passes=f.passes)
    made = new(ev, name, site)
    if f.origins:  # some of that data, or what goes with it: other calls may choose others
        from bpcheck.evaluate.objects import at

        whole = next(iter(f.origins))
        asked = [value.value for value in values if isinstance(value, Const)]
        made.state["origin"] = ev.origin(whole.key, site, whole.split, whole, f"{at(site)} for {asked}")
    return made


def attribute(ev: Evaluator, obj: Obj, name: str, site: Site) -> Value:
    """``obj.name``: always the same object, which remembers where it hangs."""
    child = Obj("opaque", f"{obj.name}.{name}" if obj.name else name, None, site)
    child.state["parent"] = obj
    child.state["attribute"] = name
    whole = obj.state.get("origin")
    if whole is not None:
        chosen = name.startswith("[")
        child.state["origin"] = ev.origin(whole.key, site, whole.split, whole, name) if chosen else whole
    child.belong_to(obj)
    obj.attrs[name] = child
    return child


def call_method(
    ev: Evaluator, name: str, args: list[Value], kwargs: dict[str, Value], site: Site, label: str = ""
) -> Value:
    """Calling a method of something that is not known at all."""
    return _method(ev, new(ev, label, site), name, args, kwargs, site)


def call(ev: Evaluator, obj: Obj | None, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    """Calling something unknown: its arguments escape; calling an unknown object with data may be a forward pass."""
    if obj is not None and "attribute" in obj.state:
        return _method(ev, obj.state["parent"], obj.state["attribute"], args, kwargs, site)
    return _apply(ev, obj, args, kwargs, site)


def _apply(ev: Evaluator, obj: Obj | None, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    escape_all(ev, [*args, *kwargs.values()], site)
    if ev.forwards:
        memo.mark_running(ev, "unseen", "called")
    f = operators.flow([*args, *kwargs.values()])
    if obj is None or any(tensor.kind == "loss" for tensor in f.tensors):
        note_handed(ev, f, site)
    if obj is not None:
        return _forward(ev, obj, "forward", args, kwargs, site)
    ev.gap("a call could not be followed", site)
    if f.tensors:
        return Tensor("unknown", None if ev.flow["grad"] != "off" else False, f.models, f.origins, passes=f.passes)
    return new(ev, "", site)


def note_handed(ev: Evaluator, given: operators.Flow, site: Site) -> None:
    """Write down that code which is not seen gets a value with a graph: it may run the backward pass."""
    if given.passes and given.grad is not False and not ev.forwards:
        ev.emit("handed", site, None)
    if given.passes:
        examined.shown(ev, given.tensors, site)


def _method(ev: Evaluator, obj: Obj, name: str, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    if name in ("train", "eval") and not kwargs.keys() - {"mode"} and len(args) <= 1 and _is_mode(args):
        known = True if not args and not kwargs else truth([*args, *kwargs.values()][0])
        mode = "unknown" if known is None else "train" if known == (name == "train") else "eval"
        ev.emit("mode", site, obj, mode=mode)
        ev.store.set(obj.state, "mode", mode)
        ev.store.set(obj.state, "mode-site", site)
        return obj
    if name == "zero_grad":
        ev.emit("zero-grad", site, obj)
        return NONE
    if name == "step":
        return _step(ev, obj, args, kwargs, site)
    if name in ("backward", "manual_backward"):
        value = args[0] if args and not (isinstance(args[0], Const)) else obj
        ev.emit("backward", site, value, models=operators.flow([value]).models)
        return NONE
    if name in ("unscale_", "get_scale"):
        ev.emit("unscale", site, args[0] if args and name == "unscale_" else Unknown())
        return NONE
    if ev.sampling:
        ev.emit("unseen-method", site, obj, name=name, args=args)
    if name in ("parameters", "named_parameters"):
        params = Params(((obj, True),))
        return Seq("generator", None, Seq("tuple", [Unknown("name"), params])) if name.startswith("named") else params
    if name in _SAME:
        return obj
    if name == "item":
        return operators.mixed([obj], "number")
    if name in ("detach", "numpy", "cpu", "size", "dim", "tolist"):
        return operators.mixed([obj], "unknown").but(grad=False)
    if name in ("state_dict", "get_last_lr", "keys"):
        return Unknown(name)
    if name == "load_state_dict":
        return NONE
    escape_all(ev, [*args, *kwargs.values()], site)
    if name in ("forward", "sample", "predict", "encode", "decode", "forward_features"):
        return _forward(ev, obj, name, args, kwargs, site)
    f = operators.flow([*args, *kwargs.values()])
    if name == "scale" and f.grad is not False:
        ev.store.set(obj.state, "scales", True)  # a gradient scaler: what it is told to step is an optimizer
    else:
        note_handed(ev, f, site)
    if f.tensors:
        return Tensor("unknown", None if ev.flow["grad"] != "off" else False, f.models, f.origins, passes=f.passes)
    result = new(ev, f"{obj.name}.{name}()" if obj.name else "", site)
    if "origin" in obj.state:
        result.state["origin"] = obj.state["origin"]
    return result


def _forward(ev: Evaluator, obj: Obj, name: str, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    f = operators.flow([*args, *kwargs.values()])
    event = ev.emit(
        "forward",
        site,
        obj,
        args=[*args, *kwargs.values()],
        mode=str(obj.state.get("mode", "unknown")),
        opaque=True,
        mode_site=obj.state.get("mode-site"),
        method=name,
    )
    grad = None if ev.flow["grad"] != "off" else False
    result = Tensor("unknown", grad, f.models | {obj}, f.origins, passes=f.passes | {event})
    event.data["result"] = result
    return result


def _is_mode(args: list[Value]) -> bool:
    return (
        not args
        or (isinstance(args[0], Const) and isinstance(args[0].value, bool))
        or isinstance(args[0], (Unknown, Tensor))
    )


def _step(ev: Evaluator, obj: Obj, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    from bpcheck.evaluate import calls

    for arg in [*args, *kwargs.values()]:
        if calls.of_project(arg):
            calls.call(ev, arg, [], {}, site)
    kinds = ("optimizer", "opaque") if obj.state.get("scales") else ("optimizer",)
    optimizers = [a for a in args if isinstance(a, Obj) and a.kind in kinds]
    if optimizers:
        ev.emit("step", site, optimizers[0], scaled=True, scaler=obj)
        return NONE
    ev.emit("step", site, obj, args=args, opaque=True)
    return new(ev, "", site)


def escape_all(ev: Evaluator, values: list[Any], site: Site, depth: int = 0) -> None:
    """Everything with an identity in ``values`` is handed to code that is not seen."""
    from bpcheck.evaluate.classes import escape

    for value in values:
        if isinstance(value, Obj):
            escape(ev, value, site)
        elif isinstance(value, Tensor):
            if value.history:
                from bpcheck.evaluate import tables

                tables.escaped(ev, value, site)
        elif isinstance(value, (Seq, Choice)) and depth < 3:
            items = value.values if isinstance(value, Choice) else value.items or (value.cell["elem"],)
            escape_all(ev, [v for v in items if v is not None], site, depth + 1)
        elif isinstance(value, Map) and depth < 3:
            escape_all(ev, list(value.data.values()), site, depth + 1)
        elif isinstance(value, Params) and depth < 3:
            for module, _ in value.parts:
                escape(ev, module, site)
