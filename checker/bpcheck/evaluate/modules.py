"""Neural networks: their children, mode, parameters, and what calling them gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bpcheck.apis import lookup
from bpcheck.apis.spec import Api
from bpcheck.evaluate import axes, calls, iterate, library, memo, opaque, operators, pretrained
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.events import Event
from bpcheck.evaluate.grad import effect
from bpcheck.evaluate.values import (
    TRAINING_FLAG,
    BoundMethod,
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
    is_none,
    is_optional,
    join,
    join_all,
    settled,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

METHODS = frozenset(
    {
        "train",
        "eval",
        "parameters",
        "named_parameters",
        "children",
        "modules",
        "named_children",
        "named_modules",
        "to",
        "cuda",
        "cpu",
        "half",
        "float",
        "double",
        "bfloat16",
        "type",
        "zero_grad",
        "requires_grad_",
        "state_dict",
        "load_state_dict",
        "apply",
        "add_module",
        "register_buffer",
        "register_module",
        "register_parameter",
        "register_forward_hook",
        "register_full_backward_hook",
        "forward",
        "append",
        "extend",
        "insert",
        "share_memory",
        "compile",
        "get_submodule",
        "buffers",
        "named_buffers",
        "save_pretrained",
        "register_backward_hook",
        "register_forward_pre_hook",
        "no_sync",
        "items",
        "keys",
        "values",
        "update",
        "flatten_parameters",
        "from_pretrained",
        "gradient_checkpointing_enable",
        "resize_token_embeddings",
        "__call__",
        "from_config",
        "ipu",
        "extra_repr",
    }
)


#: Methods of library networks that run them.
RUNS = frozenset(
    {
        "forward_features",
        "forward_head",
        "encode",
        "decode",
        "predict",
        "sample",
        "encode_image",
        "encode_text",
        "get_image_features",
        "get_text_features",
        "extract_features",
        "log_prob",
        "inference",
        "infer",
        "generate",
        "features",
        "classifier",
        "transcribe",
    }
)


def children(module: Obj) -> list[Obj]:
    """The modules that are directly part of ``module``."""
    # Layers in a list or dictionary are no part of a network, unless each is made one by a name that is not known.
    seen = _is_seen(module)
    holders = _SINGLE if seen and not module.state.get("open") else _HOLDERS
    found: dict[Obj, None] = {}
    listed: tuple[Value, ...] = module.state.get("children") or ()
    given: Iterable[Value] = () if seen else module.args.values()
    for value in (*listed, *module.attrs.values(), *given):
        if value.__class__ in holders:
            _collect(value, found, 0)
    found.pop(module, None)
    return list(found)


def _is_seen(module: Obj) -> bool:
    """Whether all code of the network's class is seen, so that what it keeps of its arguments is in its attributes."""
    return module.cls is not None and module.name == "torch.nn.Module" and not module.cls.has_unknown_base()


_SINGLE = frozenset({Obj, Choice})
_HOLDERS = frozenset({Obj, Seq, Choice, Map})


def _collect(value: Value, found: dict[Obj, None], depth: int) -> None:
    if isinstance(value, Obj):
        if value.kind == "module" or (value.kind == "opaque" and value.state.get("mode")):
            found[value] = None
    elif isinstance(value, (Seq, Choice)) and depth < 3:
        items = (
            value.values
            if isinstance(value, Choice)
            else value.items
            if value.items is not None
            else (value.cell["elem"],)
        )
        for item in items or ():
            if item is not None:
                _collect(item, found, depth + 1)
    elif isinstance(value, Map) and depth < 2:
        for item in value.data.values():
            _collect(item, found, depth + 1)


def modules_in(value: Value | None) -> list[Obj]:
    """The modules that a list, dictionary or choice of them holds."""
    found: dict[Obj, None] = {}
    if value is not None:
        _collect(value, found, 0)
    return list(found)


def descendants(module: Obj) -> Iterator[Obj]:
    """``module`` and all modules in it."""
    seen: set[int] = set()
    queue = [module]
    while queue:
        current = queue.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        queue.extend(children(current))


def mode_of(module: Obj) -> str:
    """``train``, ``eval``, ``mixed`` or ``unknown``."""
    return str(module.state.get("mode") or ("unknown" if module.kind == "opaque" else "train"))


def set_mode(ev: Evaluator, module: Obj, mode: str, site: Site) -> None:
    """``train()`` or ``eval()`` of the module and all in it."""
    ev.emit("mode", site, module, mode=mode)
    for inner in memo.parts_of(ev, module):
        if inner.kind != "opaque":
            inner.state.setdefault("mode", mode_of(inner))  # so that a branch without this call has a mode to join with
        ev.store.set(inner.state, "mode", mode)
        ev.store.set(inner.state, "mode-site", site)


def modes_of(ev: Evaluator, module: Obj) -> list[tuple[Obj, str, Site | None]]:
    """The present mode of the module and of all in it, and where that was set."""
    return [(inner, mode_of(inner), inner.state.get("mode-site")) for inner in memo.parts_of(ev, module)]


def restore_modes(ev: Evaluator, module: Obj, modes: list[tuple[Obj, str, Site | None]], site: Site) -> None:
    """Put the module and all in it back into these modes."""
    for inner, mode, where in modes:
        if inner is module:
            ev.emit("mode", site, module, mode=mode)
        if mode_of(inner) != mode:
            ev.store.set(inner.state, "mode", mode)
            ev.store.set(inner.state, "mode-site", where)


def attribute(ev: Evaluator, module: Obj, name: str, site: Site) -> Value:
    """An attribute that is neither set nor defined in the class."""
    if name == "training":
        mode = mode_of(module)
        return Const(mode == "train", TRAINING_FLAG) if mode in ("train", "eval") else Unknown("training")
    if name in METHODS or (pretrained.is_method(name) and not _is_seen(module)):
        return Method(module, name)
    if name == "module":
        return module
    if name == "_modules":
        view = Map(open_=True)
        view.data = module.attrs
        return view
    if name in ("weight", "bias") or name.startswith(("weight_", "bias_")):
        return Params(((module, False),), name=name)
    if name in module.args and module.cls is None:
        return module.args[name]
    api = lookup(module.name)
    if module.cls is None and api is not None and api.what in ("layer", "container"):
        return Method(module, name)
    if _is_seen(module):
        return Unknown(f"attribute {name} is never set")
    if name.startswith("__") or name in _PLAIN:
        return Unknown(name)
    part = Obj("module", f"{module.name}.{name}", None, module.site)
    part.state["part-of"] = module
    for key in ("mode", "mode-site", "pretrained", "frozen"):
        if key in module.state:
            part.state[key] = module.state[key]
    ev.store.set(module.attrs, name, part)
    return part


def lacks(module: Obj, name: str) -> bool:
    """Whether the network surely has no attribute ``name`` (which is known not to be set, nor in its class)."""
    is_open = module.state.get("open") or (module.cls is not None and module.cls.find("__getattr__") is not None)
    return _is_seen(module) and not is_open and name not in METHODS and name != "training"


#: Attributes of library networks that are no networks.
_PLAIN = frozenset(
    {
        "config",
        "config_class",
        "device",
        "dtype",
        "default_cfg",
        "generation_config",
        "peft_config",
        "transforms",
        "vocab",
    }
)


def note_attached(ev: Evaluator, module: Obj, child: Value, site: Site) -> None:
    """Write down that a network gets a part when there is an optimizer already, with the layers that none holds."""
    if not ev.optimizers or not isinstance(child, Obj) or child.kind != "module" or module.kind != "module":
        return
    running = ev.functions[-1] if ev.functions else None
    if (
        running is not None
        and running.name == "__init__"
        and module.cls is not None
        and running.owner in module.cls.lineage()
    ):
        return  # it is being made
    held = {id(inner) for optimizer in ev.optimizers for inner in held_by(optimizer)}
    new = [inner for inner in descendants(child) if id(inner) not in held and has_weights(inner)]
    if new:
        ev.emit("attach", site, module, child=child, new=tuple(new))


def held_by(optimizer: Obj) -> list[Obj]:
    """The networks whose parameters an optimizer was given, and all in them."""
    queue: list[Value] = [*optimizer.args.values(), *optimizer.state.get("added", ())]
    found: dict[Obj, None] = {}
    while queue:
        value = queue.pop()
        if isinstance(value, Params):
            for module, _ in value.parts:
                found.update(dict.fromkeys(descendants(module)))
        elif isinstance(value, Seq):
            queue.extend(
                value.items if value.items is not None else [v for v in (value.cell["elem"],) if v is not None]
            )
        elif isinstance(value, Choice):
            queue.extend(value.values)
        elif isinstance(value, Map):
            queue.extend(value.data.values())
    return list(found)


def has_weights(module: Obj) -> bool:
    """Whether it is a layer with weights of its own."""
    api = lookup(module.name) if module.cls is None else None
    return api is not None and bool(api.facts.get("weights"))


def add_child(ev: Evaluator, module: Obj, name: str, child: Value) -> None:
    """``add_module`` and its like."""
    listed: tuple[Value, ...] = module.state.get("children") or ()
    if isinstance(child, Obj):
        if name.isdigit() and int(name) < len(listed):
            changed = list(listed)
            changed[int(name)] = child
            ev.store.set(module.state, "children", tuple(changed))
        elif module.name in ("torch.nn.Sequential", "torch.nn.ModuleList", "torch.nn.ModuleDict"):
            ev.store.set(module.state, "children", (*listed, child))
    ev.store.set(module.attrs, name, child)


def child(ev: Evaluator, module: Obj, key: Value, site: Site) -> Value:
    """``module[key]`` of a container (or of a library network, where it is a part)."""
    listed = module.state.get("children")
    if isinstance(key, Const) and isinstance(key.value, str):
        return module.attrs.get(key.value) or Unknown(f"child {key.value}")
    if listed is not None:
        if isinstance(key, Const) and isinstance(key.value, int) and -len(listed) <= key.value < len(listed):
            return iterate.at(listed, key.value)
        return settled(join_all(listed)) if listed else Unknown("child")
    if module.cls is None and isinstance(key, Const):
        return attribute(ev, module, f"[{key.value}]", site)
    return Unknown("child")


def slice_of(ev: Evaluator, module: Obj, bounds: list[Any] | None, site: Site) -> Value:
    """``sequential[a:b]``."""
    listed = module.state.get("children")
    part = Obj("module", module.name, None, site)
    part.state.update({k: v for k, v in module.state.items() if k in ("mode", "pretrained", "frozen", "mode-site")})
    part.state["children"] = tuple(listed[slice(*bounds)]) if listed is not None and bounds is not None else listed
    if listed is None and module.cls is None:
        part.state["part-of"] = module
    return part


def call_object(ev: Evaluator, obj: Obj, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    """Calling an object."""
    if obj.cls is not None:
        own = obj.cls.find("__call__") or (obj.cls.find("forward") if obj.kind == "loss" else None)
        if isinstance(own, Function) and not (obj.kind == "module" and own.name == "forward"):
            return calls.call_function(ev, own, [obj, *args], kwargs, site)
    if obj.kind == "module":
        if obj.state.get("part-of") is not None and not any(map(_may_be_data, (*args, *kwargs.values()))):
            return Unknown("a method of a library network, called without data")
        return forward(ev, obj, args, kwargs, site)
    if obj.kind == "opaque":
        return opaque.call(ev, obj, args, kwargs, site)
    return library.call_instance(ev, obj, args, kwargs, site)


def _may_be_data(value: Value) -> bool:
    return not isinstance(value, (Const, Unknown, Function, Class, Symbol))


def forward(
    ev: Evaluator, module: Obj, args: list[Value], kwargs: dict[str, Value], site: Site, method: str = "forward"
) -> Value:
    """A forward pass. The outermost one is an event; what a network does inside is looked into, not listed."""
    outer = not ev.forwards
    event = None
    if outer:
        event = ev.emit(
            "forward",
            site,
            module,
            args=[*args, *kwargs.values()],
            named=tuple(kwargs),
            mode=mode_of(module),
            mode_site=module.state.get("mode-site"),
            method=method,
        )
        event.grad = _switched(module, method) or event.grad
        event.data["own_mode"], event.data["mode"] = event.data["mode"], _mode_that_counts(ev, module)
    else:
        memo.mark(ev, module, "used", True)
        _note_recurrence(ev, module, args)
    if ev.tracer is None and (module.cls is not None or module.name == "torch.nn.Sequential"):
        call = memo.Call(module, site, args, kwargs)
        key = (method, memo.signature(ev, module), memo.context(ev), call.signature(ev))
        result = memo.remembered(ev, key, call, lambda: _run(ev, module, args, kwargs, site, method))
    else:
        result = _run(ev, module, args, kwargs, site, method)
    if event is not None:
        result = _of_network(ev, event, result)
        event.data["result"] = result
    elif module.cls is not None and isinstance(result, Tensor) and _in_loop(ev):
        result = result.but(models=result.models | {module})
    return result


def _mode_that_counts(ev: Evaluator, module: Obj) -> str:
    """The mode of a network; where all its layers that depend on it were set to another one by one, that one."""
    own = mode_of(module)
    apis = [(inner, lookup(inner.name)) for inner in memo.parts_of(ev, module) if inner is not module]
    modes = {mode_of(inner) for inner, api in apis if api is not None and api.facts.get("mode")}
    return modes.pop() if len(modes) == 1 and own in ("train", "eval") else own


def _switched(module: Obj, method: str) -> str | None:
    """What decorators of a network's own method do to the recording of gradients, if anything."""
    own = module.cls.find(method) if module.cls is not None else None
    effects = [effect(decorator) for decorator in own.decorators] if isinstance(own, Function) else []
    return next((each for each in effects if each is not None), None)


def _run(ev: Evaluator, module: Obj, args: list[Value], kwargs: dict[str, Value], site: Site, method: str) -> Value:
    """What the network gives, with all that it runs inside."""
    ev.forwards.append(module)
    loops, ev.forward_loops = ev.forward_loops, len(ev.loops)
    calls_before, ev.forward_calls = ev.forward_calls, len(ev.stack)
    try:
        return _forward(ev, module, args, kwargs, site, method)
    finally:
        ev.forwards.pop()
        ev.forward_loops = loops
        ev.forward_calls = calls_before


def _in_loop(ev: Evaluator) -> bool:
    """Whether the innermost network that runs is looping."""
    return len(ev.loops) > ev.forward_loops


def _note_recurrence(ev: Evaluator, module: Obj, args: list[Value]) -> None:
    """A part that is fed its own result together with something new, turn by turn, is a recurrent cell."""
    if module.cls is None or not _in_loop(ev):
        return
    ev.inner_calls += 1
    tensors = [arg for arg in args if isinstance(arg, Tensor)]
    before = ev.last_inputs.get(module, ())
    ev.last_inputs[module] = tensors
    new = [t for t in tensors if module not in t.models and all(t is not old for old in before)]
    if new and len(new) < len(tensors) and any(module in t.models for t in tensors):
        memo.mark(ev, module, "recurrent", True)


def _forward(ev: Evaluator, module: Obj, args: list[Value], kwargs: dict[str, Value], site: Site, method: str) -> Value:
    if module.cls is not None:
        own = module.cls.find(method)
        if isinstance(own, Function):
            return calls.call_function(ev, own, [module, *args], kwargs, site)
        if _is_seen(module):
            return Unknown("the network has no forward")
    if module.name == "torch.nn.Sequential":
        return _through(ev, module, args, site)
    if module.state.get("wraps") is not None:
        return forward(ev, module.state["wraps"], args, kwargs, site, method)
    api = lookup(module.name)
    if api is not None and api.what == "layer":
        return layer_output(ev, module, api, args, site)
    if api is not None and api.what == "loss":
        return library.loss(ev, api.facts["loss"], module, args, kwargs, site, None, api)
    kind = str(module.state.get("gives", "raw"))
    result = operators.mixed([*args, *kwargs.values()], kind).but(grad=trainable(ev, module, args))
    return pretrained.output(module, kwargs, result) if module.name.startswith("transformers.") else result


#: So many layers at the end of a library's network may be its head.
HEAD = 4


def some_layers(ev: Evaluator, network: Obj, bounds: list[Any] | None, name: str, site: Site) -> Obj:
    """``list(network.children())[a:b]`` of a library's network: without its head it is as good as the network."""
    start, stop, step = bounds or (1, None, None)
    if not start and step in (None, 1) and (stop is None or -HEAD <= stop < 0 or stop > HEAD):
        return network
    part = attribute(ev, network, f"[{name}]", site)
    return part if isinstance(part, Obj) else network


def _through(ev: Evaluator, module: Obj, args: list[Value], site: Site) -> Value:
    listed = module.state.get("children")
    if listed is None:
        return operators.mixed(args).but(grad=trainable(ev, module, args))
    value: Value = args[0] if args else Unknown("input")
    for layer in listed:
        held = settled(layer)
        made = held.site if isinstance(held, Obj) and held.cls is None and held.kind == "module" else None
        after = calls.call(ev, held, [value], {}, made or site)
        value = join(value, after) if is_optional(layer) else after
    return value


def trainable(ev: Evaluator, module: Obj, args: list[Value]) -> bool | None:
    """Whether the result of ``module`` hangs on a graph."""
    if ev.flow["grad"] == "off":
        return False
    if ev.flow["grad"] != "on":
        return None
    if module.state.get("frozen") == "all" and all(m.state.get("frozen") == "all" for m in memo.parts_of(ev, module)):
        f = operators.flow(args)
        return True if f.grad is True else None if any(isinstance(a, (Unknown, Obj)) for a in args) else f.grad
    return True


def layer_output(ev: Evaluator, module: Obj, api: Api, args: list[Value], site: Site) -> Value:
    """What a library layer makes of its input."""
    output = "keep" if api.facts.get("invertible") else api.facts.get("output", "unknown")
    first = args[0] if args else Unknown("input")
    if api.facts.get("weights"):
        grad = trainable(ev, module, args)
        fed = args if api.facts.get("recurrent") else [first]  # the state of the step before counts as well
        made = operators.mixed(fed, output).but(grad=grad, steps=(), axes=axes.after_layer(api, module, first))
        shape = api.facts.get("returns")
        if shape in ("lstm", "rnn"):
            state = made.but(axes=axes.of_state(made.axes))
            return Seq("tuple", [made, Seq("tuple", [state, state]) if shape == "lstm" else state])
        if shape in ("lstm-cell", "pair"):
            return Seq("tuple", [made, made.but(axes=made.axes if shape == "lstm-cell" else "")])
        return made
    if api.facts.get("implicit_axis") and is_none(module.args.get("dim")):
        name = module.name.rpartition(".")[2]
        ev.emit("implicit-axis", module.site or site, None, value=first, used=site, name=name)
    result = apply(ev, output, first, api, site, module.name)
    behind = axes.after_layer(api, module, first)
    return result.but(axes=behind) if isinstance(result, Tensor) and result.axes != behind else result


def apply(ev: Evaluator, output: str, value: Value, api: Api, site: Site, name: str) -> Value:
    """An operation without weights on ``value``: what its result means."""
    if isinstance(value, Choice):
        return join_all([apply(ev, output, each, api, site, name) for each in value.values])
    if output == "keep":
        if isinstance(value, Seq):
            return operators.mixed([value], kind_of(value))
        if "pool" in api.facts and isinstance(value, Tensor) and value.kind not in operators.LINEAR and not value.via:
            return value.but(via=operators.POOLED)
        return value if isinstance(value, (Tensor, Params)) else operators.mixed([value])
    made = operators.mixed([value], output)
    made.axes = axes.of(value)
    if ev.flow["grad"] == "off":
        made = made.but(grad=False)
    elif isinstance(value, Obj) and value.kind == "opaque" and made.grad is False:
        made = made.but(grad=None)  # whoever calls may hand over something with a graph
    if output in ("softmax", "log_softmax", "sigmoid", "log_sigmoid", "relu", "tanh"):
        inner = value.steps if isinstance(value, Tensor) else ()
        made = made.but(steps=(*inner[-3:], (name.rpartition(".")[2], site)))
    return made


def kind_of(value: Value) -> str:
    """The one kind of all tensors in ``value``, or ``unknown``."""
    kinds = {t.kind for t in operators.flow([value]).tensors}
    return kinds.pop() if len(kinds) == 1 else "unknown"


def _of_network(ev: Evaluator, event: Event, result: Value) -> Value:
    """Stamp the result of a network's outermost forward pass."""
    module = event.subject
    assert isinstance(module, Obj)
    if isinstance(result, Tensor):
        grad = False if ev.flow["grad"] == "off" else result.grad
        return result.but(models=result.models | {module}, passes=result.passes | {event}, grad=grad)
    if isinstance(result, Seq):
        if result.items is not None:
            return Seq(result.kind, [_of_network(ev, event, item) for item in result.items])
        return Seq(result.kind, None, _of_network(ev, event, result.elem))
    if isinstance(result, Map):
        return Map({k: _of_network(ev, event, v) for k, v in result.data.items()}, result.cell["open"])
    if isinstance(result, Choice):
        return join_all([_of_network(ev, event, each) for each in result.values])
    if isinstance(result, Obj) and result.kind == "instance":
        record = Obj(result.kind, result.name, result.cls, result.site)
        record.args, record.state = result.args, result.state
        if "mapping" in result.state:
            record.state = {**result.state, "mapping": _of_network(ev, event, result.state["mapping"])}
        record.attrs.update(
            {k: _of_network(ev, event, v) if isinstance(v, (Tensor, Seq)) else v for k, v in result.attrs.items()}
        )
        return record
    if isinstance(result, Unknown) or (isinstance(result, Obj) and result.kind == "opaque"):
        grad = None if ev.flow["grad"] != "off" else False
        return Tensor("unknown", grad, frozenset({module}), passes=frozenset({event}))
    return result


def is_a(value: Value, cls: Value) -> bool | None:
    """``isinstance(value, cls)``."""
    if isinstance(value, Choice):
        answers = {is_a(each, cls) for each in value.values}
        return answers.pop() if len(answers) == 1 else None
    name = cls.name if isinstance(cls, Symbol) else ""
    if isinstance(value, Const) and name:
        if name.startswith("builtins."):
            return type(value.value).__name__ == name.rpartition(".")[2]
        return False if name.startswith(("numpy.", "torch.", "pandas.")) else None
    if isinstance(value, (Seq, Map)) and name:
        return _is_container(value, name)
    if isinstance(value, Tensor) and name in _CONTAINERS:
        return None if value.kind in ("unknown", "data") else False
    if isinstance(value, Tensor) and value.kind == "number" and name == "numpy.ndarray":
        return False
    if isinstance(value, (Class, Function, BoundMethod, Partial, Module)) and name.startswith("builtins."):
        return isinstance(value, Class) and name == "builtins.type"
    if isinstance(value, Obj) and name == "builtins.type":
        return None if value.kind == "opaque" else False
    if isinstance(value, Symbol) and name in (*_CONTAINERS, "torch.nn.Module"):
        return None if lookup(value.name) is None else False
    if isinstance(value, (Const, Seq, Map, Function, BoundMethod, Partial, Class, Module)) and isinstance(cls, Class):
        return False
    if isinstance(value, (Const, Seq, Map, Tensor)) and isinstance(cls, Class):
        return None if cls.library_bases() or cls.has_unknown_base() else False
    if isinstance(value, Obj) and isinstance(cls, Class):
        if value.cls is not None:
            return cls in value.cls.lineage() or (None if value.cls.has_unknown_base() else False)
        return False if value.kind not in ("opaque", "module") or value.name.startswith("torch.") else None
    if isinstance(value, Obj) and name:
        if value.name == name or (value.cls is not None and name in value.cls.library_bases()):
            return True
        if name == "torch.nn.Module":
            return value.kind == "module" if value.kind != "opaque" else None
        if (
            value.kind == "module"
            and name.startswith("torch.nn.")
            and (value.name.startswith("torch.nn.") or value.cls is not None)
        ):
            return name.rpartition(".")[2] == value.name.rpartition(".")[2]
        if any(name in bases for bases in _BASES.values()) and value.kind not in ("opaque", "instance"):
            return name in _BASES.get(value.kind, ())
        if value.kind in ("optimizer", "scheduler") and value.name.startswith("torch."):
            return name in _BASES[value.kind]
        if value.kind in ("optimizer", "scheduler", "module", "loader") and name in _CONTAINERS:
            return False
        if value.cls is not None and not value.cls.has_unknown_base() and name in _CONTAINERS:
            return False
        if value.kind == "dataset" and name in _CONTAINERS and not value.state.get("named"):
            return False
        if value.kind in ("scheduler", "loss") and lookup(value.name) is not None and lookup(name) is not None:
            return False
    return None


_BASES = {
    "optimizer": ("torch.optim.Optimizer", "torch.optim.optimizer.Optimizer"),
    "scheduler": ("torch.optim.lr_scheduler.LRScheduler", "torch.optim.lr_scheduler._LRScheduler"),
}
_CONTAINERS = frozenset(
    {"builtins.dict", "builtins.list", "builtins.tuple", "builtins.str", "builtins.set", "builtins.slice"}
)


def _is_container(value: Seq | Map, name: str) -> bool | None:
    """Whether a container is an instance of a class of another library, or of one of Python's."""
    root, _, last = name.partition(".")[0], "", name.rpartition(".")[2]
    own = "dict" if isinstance(value, Map) else value.kind
    if root == "builtins":
        return own == last
    if root in ("omegaconf", "easydict", "ml_collections"):
        return (own == "dict") == (last != "ListConfig")
    if root in ("collections", "typing"):
        if last in ("Mapping", "MutableMapping"):
            return own == "dict"
        if last in ("Sequence", "MutableSequence"):
            return own in ("list", "tuple")
        return True if last in ("Iterable", "Collection", "Container", "Sized") else None
    return False
