"""Handlers for what trains: optimizers, schedulers, clipping, backward passes, scalers; and tensor operations."""

from __future__ import annotations

from collections.abc import Callable

from bpcheck.apis.spec import Api
from bpcheck.evaluate import calls, examined, initialisation, iterate, memo, modules, opaque, operators
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.values import (
    NONE,
    Choice,
    Const,
    Function,
    Grad,
    Map,
    Obj,
    Params,
    Seq,
    Site,
    Symbol,
    Tensor,
    Unknown,
    Value,
    choices,
    join_all,
    truth,
)

Kwargs = dict[str, Value]


def fill_container(ev: Evaluator, obj: Obj, bound: Kwargs) -> None:
    """The children of a ``Sequential``, ``ModuleList`` or ``ModuleDict``."""
    given = bound.get("children") or bound.get("modules")
    if (
        isinstance(given, Seq)
        and given.items is not None
        and len(given.items) == 1
        and isinstance(given.items[0], (Map, Seq))
    ):
        given = given.items[0]
    if isinstance(given, Map):
        named = {str(k): v for k, v in given.data.items()}
        obj.state["children"] = tuple(named.values()) if not given.cell["open"] else None
        obj.attrs.update(named)
        return
    items = iterate.entries(given) if given is not None else ()
    if items and all(isinstance(i, Seq) and i.items is not None and len(i.items) == 2 for i in items):
        pairs = [i.items for i in items if isinstance(i, Seq) and i.items is not None]
        items = tuple(pair[1] for pair in pairs)
        obj.attrs.update({str(pair[0].value): pair[1] for pair in pairs if isinstance(pair[0], Const)})
    if items is None:
        obj.state["children"] = None
        if isinstance(given, Seq) and given.cell["elem"] is not None:
            obj.attrs["0"] = given.cell["elem"]
        return
    obj.state["children"] = tuple(items)


def _parameters(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    free = Obj("module", name, None, site)
    free.state["parameter"] = True
    if "data" in bound:
        free.args["data"] = bound["data"]
    return Params(((free, True),), True, True)


def _optimizer(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    obj = Obj("optimizer", name, None, site)
    if api.facts.get("factory"):
        obj.state["factory"] = True
        given = bound.get("model_or_params")
        bound["params"] = Params(((given, True),)) if isinstance(given, Obj) else given or Unknown()
    obj.args = bound
    left = tuple([module for module in _selected_from(bound.get("params")) if module.state.get("frozen") == "all"])
    if left:
        obj.state["left-out"] = left
    ev.emit("make-optimizer", site, obj)
    return obj


def _selected_from(value: Value | None) -> list[Obj]:
    """The networks of whose parameters an optimizer gets a selection, and all in them."""
    if isinstance(value, Params):
        return [inner for module, whole in value.parts if not whole for inner in modules.descendants(module)]
    if isinstance(value, Seq):
        given = value.items if value.items is not None else (value.cell["elem"],)
        return [module for item in given for module in _selected_from(item)]
    return _selected_from(value.data.get("params")) if isinstance(value, Map) else []


def _scheduler(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    obj = Obj("scheduler", name, None, site)
    obj.args = bound
    ev.emit("make-scheduler", site, obj)
    return obj


def _given_table(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    """A table of vectors that is made from vectors."""
    table = Obj("module", name.rpartition(".")[0], None, site)
    table.args = bound
    frozen = truth(bound.get("freeze", Const(True)))
    table.state.update({"given-weights": True, "frozen": "unknown" if frozen is None else "all" if frozen else "no"})
    return table


def _clip(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    ev.emit("clip", site, bound.get("parameters"), limit=bound.get("max_norm", bound.get("clip_value")))
    return Tensor("number", False)


def _backward(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    value = bound.get("tensors", Unknown())
    ev.emit("backward", site, value, models=operators.flow([value]).models)
    return NONE


def _gradients(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    ev.emit("gradients", site, bound.get("outputs"), models=operators.flow(bound.values()).models)
    return Seq("tuple", None, Tensor("unknown", None, via="gradient"))


def _set_grad(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    known = truth(bound.get("mode", Unknown()))
    context = Obj("grad-mode", "torch.set_grad_enabled", None, site)
    context.args = bound
    context.state["before"] = ev.flow["grad"]
    ev.store.set(ev.flow, "grad", "mixed" if known is None else "on" if known else "off")
    return context


def _unpack(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    value = bound.get("sequence", Unknown())
    return Seq("tuple", [operators.mixed([value], modules.kind_of(value)), Unknown("lengths")])


def own_step(ev: Evaluator, obj: Obj, function: Function, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """``step()`` of an optimizer or scheduler of the project: it steps, unless it is seen to make another one do so."""
    from bpcheck.evaluate import calls

    kind, before = "step" if obj.kind == "optimizer" else "scheduler-step", len(ev.events)
    result = calls.call_function(ev, function, [obj, *args], kwargs, site)
    if not any(event.kind == kind for event in ev.events[before:]):
        ev.emit(kind, site, obj, args=[*args, *kwargs.values()])
    return result


HANDLERS: dict[str, Callable[[Evaluator, Api, str, Kwargs, Site], Value]] = {
    "parameters": _parameters, "optimizer": _optimizer, "scheduler": _scheduler, "clip": _clip, "backward": _backward,
    "gradients": _gradients, "set-grad": _set_grad, "unpack": _unpack, "given-table": _given_table,
}  # fmt: skip


_UNBOUNDED = frozenset({"raw", "relu", "tanh"})
_NUMBERS = frozenset({"data", "index", "loss", "number"})
#: Methods that take of their argument its shape or type, and nothing of what is in it.
_SHAPED = frozenset(
    {"view", "view_as", "reshape", "reshape_as", "expand", "expand_as", "type_as", "repeat", "to", "type", "resize_as_"}
)


def operate(
    ev: Evaluator, output: str, first: Value, every: list[Value], api: Api | None, site: Site, name: str
) -> Value:
    """An operation on tensors, as a function or a method: what its result means."""
    if output == "log" and any(isinstance(each, Tensor) and each.kind not in _NUMBERS for each in choices(first)):
        ev.emit("log", site, None, value=first)
    if output == "bounded" and modules.kind_of(first) == "raw":
        _note_bounds(ev, first, every[1:], site)
    made = _operate(ev, output, first, every, api, site, name)
    if isinstance(made, Tensor) and made.grad is not True and made.kind not in ("index", "number"):
        given = [inner for each in every for inner in (each.items or () if isinstance(each, Seq) else (each,))]
        if ev.flow["grad"] == "on" and any(isinstance(each, Params) for each in given):
            return made.but(grad=True)
    return made


def _note_bounds(ev: Evaluator, value: Value, limits: list[Value], site: Site) -> None:
    """Scores are cut off on both sides, at numbers that are known."""
    given = [limit.value for limit in limits if isinstance(limit, Const) and limit.value is not None]
    numbers = [float(limit) for limit in given if isinstance(limit, (int, float))]
    if len(numbers) == 2 and len(given) == 2 and operators.flow([value]).passes:
        ev.emit("bounded", site, None, value=value, low=min(numbers), high=max(numbers))


def _operate(
    ev: Evaluator, output: str, first: Value, every: list[Value], api: Api | None, site: Site, name: str
) -> Value:
    if isinstance(first, Choice) and len(first.values) <= 4:
        return join_all([_operate(ev, output, each, [each, *every[1:]], api, site, name) for each in first.values])
    kind = modules.kind_of(first)
    if name in _SHAPED:
        every = [first]
    if output in ("keep", "bounded", "scaled"):
        if (output == "bounded" and kind in _UNBOUNDED) or (output == "scaled" and kind not in operators.LINEAR):
            kind = "unknown"  # scores clamped to [0, 1], or a tanh scaled to it, are as good as probabilities
        made = operators.mixed(every, kind)
        if isinstance(first, Tensor):
            told = examined.TOTAL if first.via == examined.MATCH and name.endswith(("sum", "mean")) else first.via
            if not told and kind not in operators.LINEAR and _pools(name, api):
                told = operators.POOLED
            made = made.but(steps=first.steps, via=told)
        return made if ev.flow["grad"] != "off" else made.but(grad=False)
    if output == "max":
        whole = operators.mixed(every, kind)
        return Seq("tuple", [whole, whole.but(kind="index", grad=False)])
    if output == "index":
        made = operators.mixed(every, "index")
        if name.endswith(("eq", "ne")) and len(every) > 1:
            examined.compared(ev, every[0], every[1], site)
            made = made.but(via=examined.MATCH)
        if name.endswith("multinomial") and made.passes:
            ev.emit("sample", site, None, passes=made.passes)
        return made
    if output == "log":
        made = operators.mixed(every, {"softmax": "log_softmax", "sigmoid": "log_sigmoid"}.get(kind, "unknown"))
        return made.but(steps=(*_steps(first), ("log", site)))
    if output == "exp":
        return operators.mixed(every, {"log_softmax": "softmax", "log_sigmoid": "sigmoid"}.get(kind, "unknown")).but(
            steps=(*_steps(first), ("exp", site))
        )
    if output == "matmul":
        kinds = {t.kind for t in operators.flow(every).tensors}
        return operators.mixed(every, "raw" if kinds <= {"raw", "relu", "tanh", "data"} else "unknown")
    if output == "raw":
        made = operators.mixed(every, "raw").but(steps=())
        return made.but(grad=True if ev.forwards and ev.flow["grad"] == "on" else made.grad)
    made = operators.mixed(every, output)
    if ev.flow["grad"] == "off":
        made = made.but(grad=False)
    elif isinstance(first, Obj) and first.kind == "opaque" and made.grad is False:
        made = made.but(grad=None)  # whoever calls may hand over something with a graph
    return made.but(steps=(*_steps(first), (name.rpartition(".")[2], site)))


def _pools(name: str, api: Api | None) -> bool:
    return name.endswith(("mean", "sum")) or (api is not None and "pool" in api.facts)


def _steps(value: Value) -> tuple[tuple[str, Site], ...]:
    return value.steps[-3:] if isinstance(value, Tensor) else ()


def undescribed(ev: Evaluator, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """A name of torch that no table lists: nothing in torch trains a model that it is merely given."""
    values = [*args, *kwargs.values()]
    last = name.rpartition(".")[2]
    if name.startswith("torch.nn.init.") or ".init." in name:
        if args or "tensor" in kwargs:
            initialisation.note(ev, args[0] if args else kwargs["tensor"], last, args[1:], kwargs, site)
        return args[0] if args else NONE
    if name.startswith(("torch.nn.", "torch.optim.")) and last[:1].isupper():
        kind = "module" if name.startswith("torch.nn.") else "scheduler" if "lr_scheduler" in name else "optimizer"
        obj = Obj(kind, name, None, site)
        obj.args = {**({"params" if kind == "optimizer" else "0": args[0]} if args else {}), **kwargs}
        if kind != "module":
            ev.emit(f"make-{kind}", site, obj)
        return obj
    if name.startswith("torch.utils.tensorboard"):
        return Obj("reporter", name, None, site)
    if name == "torch.where" and args[1:] and all(isinstance(arg, Const) for arg in args[1:]):
        return operators.mixed(args, "index")
    if name.startswith("torch.distributions."):
        made = Obj("distribution", name, None, site)
        made.args = {str(i): v for i, v in enumerate(args)} | kwargs
        ev.emit("distribution", site, made, name=last)
        return made
    if name.startswith("torch.utils.checkpoint") and args:
        from bpcheck.evaluate import calls

        return calls.call(ev, args[0], args[1:], {}, site) if len(args) > 1 else args[0]
    if name.startswith("torch.distributed.") and any(isinstance(v, Obj) for v in values):
        opaque.escape_all(ev, values, site)
        return opaque.new(ev, name, site)
    f = operators.flow(values)
    result = operators.mixed(values, "unknown")
    if ev.flow["grad"] == "off":
        return result.but(grad=False)
    if not f.tensors and not f.origins:
        return Unknown(name) if last.islower() and name.count(".") > 1 else Tensor("unknown", None)
    return result


def gradient_method(ev: Evaluator, grad: Grad, name: str, args: list[Value], site: Site) -> Value:
    """A method of ``p.grad``."""
    if name == "zero_" or (name == "fill_" and args and isinstance(args[0], Const) and args[0].value == 0):
        ev.emit("zero-grad", site, grad.params)
        return grad
    if name in ("clamp_", "clip_", "div_", "mul_", "copy_", "renorm_"):
        if name in ("clamp_", "clip_", "mul_", "div_", "renorm_"):
            ev.emit("clip", site, grad.params, limit=args[0] if args else NONE, by_hand=name)
        else:
            ev.emit("grad-write", site, grad.params)
        return grad
    if name in ("detach_", "detach", "clone", "add", "add_", "mul", "data", "to"):
        if name == "add_":
            ev.emit("grad-write", site, grad.params)
        return grad
    return Tensor("number", False, via="gradient")


def give_weights(ev: Evaluator, params: Params) -> None:
    """Parameters are overwritten with something else than what they were initialised with, or a part of them."""
    for module, whole in params.parts:
        for inner in memo.parts_of(ev, module) if whole else (module,):
            memo.mark(ev, inner, "given-weights", True)


def take_weights(ev: Evaluator, module: Obj, weights: Value, site: Site) -> None:
    """``module`` gets weights of another network: if those were pretrained, its own are."""
    sources = [source for source, _ in weights.parts] if isinstance(weights, Params) else []
    taken = next((source for source in sources if source.state.get("pretrained")), None)
    if taken is not None and not module.state.get("pretrained"):
        ev.store.set(module.state, "pretrained", True)
        ev.store.set(module.state, "text", taken.state.get("text"))
        ev.emit("pretrained", site, module)


def parameter_method(ev: Evaluator, params: Params, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """A method of a parameter or of its data."""
    if name in ("add_", "sub_", "addcdiv_", "addcmul_", "copy_", "set_", "mul_", "lerp_") and any(
        operators.uses_gradient(a) for a in (*args, *kwargs.values())
    ):
        ev.emit("step", site, params, manual=True)
        return params
    if name in initialisation.FILLS:
        initialisation.note(ev, params, name, args, kwargs, site)
    if name == "copy_" and args:
        give_weights(ev, params)
        for module, _ in params.parts:
            take_weights(ev, module, args[0], site)
        return params
    if name == "register_hook":
        ev.emit("clip", site, params, limit=Unknown("hook"), by_hand=name)
        return NONE
    if name == "new" or name.startswith("new_"):
        return calls.call(ev, Symbol("torch.zeros"), args, {}, site)  # like the parameter only in type and device
    if name == "requires_grad_":
        from bpcheck.evaluate import objects

        objects.set_requires_grad(ev, params, args[0] if args else Const(True), site)
        return params
    if name.endswith("_") or name in (
        "to",
        "cuda",
        "cpu",
        "detach",
        "clone",
        "view",
        "t",
        "data",
        "type",
        "float",
        "__iter__",
    ):
        return params
    if name in ("numel", "size", "dim", "nelement", "element_size", "is_floating_point"):
        return Unknown(name)
    if name in ("norm", "pow", "abs", "sum", "square"):
        return Tensor("unknown", ev.flow["grad"] == "on", frozenset(m for m, _ in params.parts))
    return params
