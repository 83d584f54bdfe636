"""Methods of everything that is no project class: tensors, library objects, containers, strings."""

from __future__ import annotations

import ast
from collections.abc import Callable

from bpcheck.apis import lookup
from bpcheck.evaluate import (
    assign,
    axes,
    calls,
    chance,
    classes,
    data,
    examined,
    hub_data,
    iterate,
    library,
    memo,
    modules,
    objects,
    opaque,
    operators,
    paths,
    pools,
    pretrained,
    registries,
    settings,
    standard,
    tables,
    training,
)
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.values import (
    NONE,
    BoundMethod,
    Class,
    Const,
    Function,
    Grad,
    Imported,
    Map,
    Obj,
    Params,
    Seq,
    Site,
    Super,
    Tensor,
    Unknown,
    Value,
    choices,
    is_optional,
    join,
    join_all,
    optional,
    settled,
    truth,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Kwargs = dict[str, Value]

_KEEP = (
    "view reshape flatten permute transpose squeeze unsqueeze contiguous float half double bfloat16 cpu cuda "
    "to clone expand repeat type "
    "mean sum narrow index_select gather masked_select flip roll t expand_as view_as type_as long int bool "
    "split chunk unbind squeeze_ "
    "unsqueeze_ masked_fill masked_fill_ pin_memory requires_grad neg float_ "
    "resize_ copy_ swapaxes movedim new_tensor select take_along_dim unfold index_fill scatter scatter_ "
    "index_add_ transpose_ byte char "
    "numpy_ relu_ cumsum "
)
OUTPUT: dict[str, str] = {
    **dict.fromkeys(_KEEP.split(), "keep"),
    **dict.fromkeys(("clamp", "clamp_", "clamp_min", "clip", "clip_"), "bounded"),
    **dict.fromkeys(("div", "div_", "mul", "mul_", "add", "add_", "sub", "sub_"), "scaled"),
    **dict.fromkeys(
        [
            "argmax",
            "argmin",
            "eq",
            "ne",
            "gt",
            "lt",
            "ge",
            "le",
            "topk",
            "round",
            "sign",
            "floor",
            "ceil",
            "nonzero",
            "multinomial",
            "long_",
            "isnan",
            "argsort",
            "any",
            "all",
            "equal",
        ],
        "index",
    ),
    **{
        "softmax": "softmax",
        "log_softmax": "log_softmax",
        "sigmoid": "sigmoid",
        "sigmoid_": "sigmoid",
        "tanh": "tanh",
        "relu": "relu",
        "log": "log",
        "log_": "log",
        "exp": "exp",
        "mm": "matmul",
        "bmm": "matmul",
        "matmul": "matmul",
        "max": "max",
        "min": "max",
        "sort": "max",
    },
}

#: Methods that draw random numbers as masks do.
_MASKS = frozenset({"bernoulli", "bernoulli_", "uniform_"})
#: Methods of modules that give the module itself.
_SAME = frozenset(
    {"to", "cuda", "cpu", "half", "float", "double", "bfloat16", "type", "share_memory", "compile", "apply", "ipu"}
)


def call(ev: Evaluator, receiver: Value, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """``receiver.name(*args, **kwargs)``."""
    if name in _MASKS and not isinstance(receiver, Params):
        memo.mark_running(ev, "masks", "drawn")
    handler = _BY_TYPE.get(type(receiver))
    if handler is not None:
        return handler(ev, receiver, name, args, kwargs, site)
    if name in ("read_text", "read_bytes"):  # of a path that is not known
        return library.call(ev, "builtins.open", [receiver], {}, site)
    return opaque.call_method(ev, name, args, kwargs, site)


def _tensor(ev: Evaluator, tensor: Tensor, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    if name == "backward":
        ev.emit("backward", site, tensor, models=tensor.models)
        return NONE
    if tensor.history and not tensor.models and tables.is_table(tensor):
        known = tables.method(ev, tensor, name, args, kwargs, site)
        if known is not None:
            return known
    made = _of_tensor(ev, tensor, name, args, kwargs, site)
    return tables.method_of_data(ev, tensor, name, args, kwargs, made, site) if name in tables.REDUCING else made


def _of_tensor(ev: Evaluator, tensor: Tensor, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    if name == "tolist" and tensor.kind == "data":
        return tensor.but(grad=False)
    if name in ("item", "tolist", "__float__"):
        return tensor.but(kind="number" if tensor.kind != "index" else "index", grad=False)
    if name in ("detach", "detach_", "numpy", "data"):
        return tensor.but(grad=False)
    if name == "requires_grad_":
        flag = truth(args[0]) if args else True
        return tensor.but(grad=flag)
    if name in ("size", "dim", "numel", "nelement", "get_device", "stride", "type_", "ndimension", "__len__"):
        return Unknown(name)
    if name in ("zero_", "fill_") or name in chance.FILLS:
        if name in chance.FILLS:
            chance.note(ev, "draw", site)
        return tensor
    if name == "register_hook":
        return NONE
    if name == "retain_grad":
        return NONE
    if name in ("max", "min", "sort") and not (args or kwargs):
        return training.operate(ev, "keep", tensor, [tensor], None, site, name)
    output = OUTPUT.get(name)
    if output is not None:
        made = training.operate(ev, output, tensor, [tensor, *args, *kwargs.values()], None, site, name)
        return axes.on(made, axes.after(name, tensor, args, kwargs))
    if name == "apply" and args and isinstance(args[0], (Function, BoundMethod)):
        return calls.call(ev, args[0], [iterate.part(ev, tensor, "each", site)], {}, site)
    if name in ("items", "iterrows", "itertuples", "enumerate"):
        return Seq("generator", None, Seq("tuple", [Unknown("key"), iterate.part(ev, tensor, "each", site)]))
    if name in ("train_test_split", "randomSplit"):
        return Map({half: iterate.part(ev, tensor, half, site) for half in ("train", "test")})
    if name == "convert":  # of an image, from a file that is known
        chance.note(ev, "converted", site, subject=None, name=name, args=args)
    made = operators.mixed([tensor, *args, *kwargs.values()], "data" if tensor.kind == "data" else "unknown")
    return made.but(grad=False) if ev.flow["grad"] == "off" or tensor.kind == "data" else made


def _params(ev: Evaluator, params: Params, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    return training.parameter_method(ev, params, name, args, kwargs, site)


def _grad(ev: Evaluator, grad: Grad, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    return training.gradient_method(ev, grad, name, args, site)


def _object(ev: Evaluator, obj: Obj, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    if name == "__setattr__" and len(args) == 2 and isinstance(args[0], Const):
        ev.store.set(obj.attrs, str(args[0].value), args[1])
        return NONE
    handler = _BY_KIND.get(obj.kind)
    if handler is not None:
        return handler(ev, obj, name, args, kwargs, site)
    if "mapping" in obj.state:
        return _map(ev, obj.state["mapping"], name, args, kwargs, site)
    if obj.kind in (
        "reporter",
        "tokenizer",
        "record",
        "option",
        "field",
        "output",
        "grad-mode",
        "context-manager",
        "mixup",
        "sampler",
        "size",
    ):
        if name == "convert":
            chance.note(ev, "converted", site, subject=obj, name=name, args=args)
        f = operators.flow([*args, *kwargs.values()])
        if f.passes:
            examined.shown(ev, f.tensors, site)
        return (
            operators.mixed([*args, *kwargs.values()], "unknown" if f.passes else "data").but(grad=False)
            if f.tensors
            else Unknown(name)
        )
    opaque.escape_all(ev, [*args, *kwargs.values()], site)
    if obj.kind in ("instance", "opaque", "data-module"):
        ev.gap(f"method {name} was not found", site)
        return opaque.call_method(ev, name, args, kwargs, site, obj.label)
    return operators.mixed([*args, *kwargs.values()])


def _module(ev: Evaluator, module: Obj, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    if name in ("train", "eval"):
        argument = args[0] if args else kwargs.get("mode", Const(True))
        known = truth(argument) if name == "train" else False
        modules.set_mode(ev, module, "unknown" if known is None else "train" if known else "eval", site)
        return module
    if name in ("parameters", "buffers"):
        return Params(((module, True),)) if name == "parameters" else Unknown("buffers")
    if name == "named_parameters":
        return Seq("generator", None, Seq("tuple", [Unknown("name"), Params(((module, True),))]))
    if name in _SAME:
        if name == "apply" and args:
            _apply(ev, module, args[0], site)
        return module
    if name == "zero_grad":
        ev.emit("zero-grad", site, module)
        return NONE
    if name == "requires_grad_":
        objects.set_requires_grad(ev, Params(((module, True),)), args[0] if args else Const(True), site)
        return module
    if name in ("children", "modules", "named_children", "named_modules"):
        return _listed(module, name)
    if name in ("forward", "__call__"):
        return modules.forward(ev, module, args, kwargs, site)
    if name in ("add_module", "register_module", "append", "insert", "extend", "update", "items", "keys", "values"):
        return _change(ev, module, name, args, site)
    if name == "register_parameter" and len(args) > 1 and isinstance(args[0], Const):
        ev.store.set(module.attrs, str(args[0].value), args[1])
        return NONE
    if name == "register_buffer" and len(args) > 1 and isinstance(args[0], Const):
        ev.store.set(
            module.attrs, str(args[0].value), args[1] if not isinstance(args[1], Tensor) else args[1].but(grad=False)
        )
        return NONE
    if name == "state_dict":
        ev.emit("state-dict", site, module)
        return Map(open_=True, elem=Params(((module, False),)))
    if name == "load_state_dict":
        ev.emit("load-weights", site, module, source=args[0] if args else None)
        if args and isinstance(args[0], Map):
            training.take_weights(ev, module, args[0].elem, site)
        return Seq("tuple", [Unknown("missing"), Unknown("unexpected")])
    if name in ("to_onnx", "to_torchscript"):
        ev.emit("export", site, module)
        return Unknown(name)
    if name == "save_pretrained":
        ev.emit("save", site, None, what=module)
        return NONE
    if name.startswith("generate") and (args or kwargs):
        kept = ev.flow["grad"]
        ev.store.bind(ev.flow, "grad", "off")  # the libraries that have it switch gradients off themselves
        made = modules.forward(ev, module, args, kwargs, site, name)
        ev.store.bind(ev.flow, "grad", kept)
        return made
    if name in pretrained.METHODS:
        return pretrained.method(ev, module, name, args, kwargs, site)
    if name in modules.METHODS or name.startswith(("register_", "get_", "set_", "save", "init", "reset_")):
        return Unknown(name)
    if name not in modules.RUNS or not (args or kwargs):
        return (
            operators.mixed([*args, *kwargs.values()])
            if operators.flow([*args, *kwargs.values()]).tensors
            else Unknown(name)
        )
    return modules.forward(ev, module, args, kwargs, site, name)


def _apply(ev: Evaluator, module: Obj, function: Value, site: Site) -> None:
    events, gaps = len(ev.events), len(ev.gaps)
    for number, inner in enumerate(modules.descendants(module)):
        if number > 64:
            break
        calls.call(ev, function, [inner], {}, site)
    ev.events[events:] = [e for e in ev.events[events:] if e.kind in ("mode", "freeze")]
    del ev.gaps[gaps:]


def _listed(module: Obj, name: str) -> Value:
    found: list[Obj] = modules.children(module) if "children" in name else list(modules.descendants(module))
    known = module.cls is not None or module.state.get("children") is not None
    if not known and module.kind == "module":
        found = [module]  # a library's network stands for the layers in it
    if name.startswith("named"):
        rows: list[Value] = [Seq("tuple", [Unknown("name"), each]) for each in found]
        return Seq("generator", rows) if known else Seq("generator", None, join_all(rows) if rows else None)
    return Seq("generator", found) if known else Seq("generator", None, join_all(found) if found else None)


def _change(ev: Evaluator, module: Obj, name: str, args: list[Value], site: Site) -> Value:
    listed: tuple[Value, ...] = module.state.get("children") or ()
    if name in ("add_module", "register_module") and len(args) > 1:
        key = str(args[0].value) if isinstance(args[0], Const) else f"child{len(listed)}{len(module.attrs)}"
        modules.note_attached(ev, module, args[1], site)
        modules.add_child(ev, module, key, args[1])
    elif name == "append" and args:
        modules.note_attached(ev, module, args[0], site)
        ev.store.set(module.state, "children", (*listed, args[0]))
    elif name == "insert" and len(args) > 1:
        ev.store.set(module.state, "children", (*listed, args[1]))
    elif name == "extend" and args:
        ev.store.set(module.state, "children", (*listed, *(iterate.entries(args[0]) or ())))
    elif name == "update" and args and isinstance(args[0], Map):
        for key, value in args[0].data.items():
            modules.add_child(ev, module, str(key), value)
    elif name == "items":
        return Seq("generator", [Seq("tuple", [Const(k), v]) for k, v in module.attrs.items()])
    elif name in ("keys", "values"):
        return Seq("generator", [Const(k) if name == "keys" else v for k, v in module.attrs.items()])
    return module


def _optimizer(ev: Evaluator, optimizer: Obj, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    if name == "step":
        for arg in (*args, *kwargs.values()):
            for each in choices(arg):
                if calls.of_project(each):
                    ev.emit("closure", site, optimizer)
                    calls.call(ev, each, [], {}, site)
        ev.emit("step", site, optimizer, args=[*args, *kwargs.values()])
        return Tensor("loss", None)
    if name == "zero_grad":
        ev.emit("zero-grad", site, optimizer)
    elif name == "add_param_group":
        added: tuple[Value, ...] = optimizer.state.get("added", ())
        ev.store.set(optimizer.state, "added", (*added, args[0] if args else Unknown()))
    elif name in ("set_schedule", "set_lr"):
        ev.emit("lr-write", site, optimizer, value=args[0] if args else Unknown())
    return Unknown(name) if name in ("state_dict", "load_state_dict") else NONE


def _criterion(ev: Evaluator, loss: Obj, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """A criterion is a module without weights."""
    if name in ("forward", "__call__"):
        return library.call_instance(ev, loss, args, kwargs, site)
    if name == "parameters":
        return Params()
    return loss if name in _SAME or name in ("train", "eval") else Unknown(name)


def _scheduler(ev: Evaluator, scheduler: Obj, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    if name in ("step", "step_update"):
        ev.emit("scheduler-step", site, scheduler, args=[*args, *kwargs.values()])
        return NONE
    return Seq("list", None, Unknown(name)) if name in ("get_last_lr", "get_lr") else Unknown(name)


def _worker(ev: Evaluator, worker: Obj, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """A method of a process or thread."""
    api = lookup(worker.name)
    return library.launch(ev, api, worker.args, site) if name in ("start", "run") and api is not None else NONE


def _group(ev: Evaluator, group: Obj, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """A method of ``optimizer.param_groups[i]``, which is a dictionary."""
    if name == "update":
        for given in (*args, Map(dict(kwargs))):
            for key, value in given.data.items() if isinstance(given, Map) else ():
                objects.set_item(ev, group, Const(key), value, site)
        return NONE
    return objects.item(ev, group, args[0], site) if name in ("get", "setdefault") and args else Unknown(name)


def _scaler(ev: Evaluator, scaler: Obj, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    first = args[0] if args else Unknown()
    if name == "scale":
        return first
    if name == "step":
        for each in choices(first):
            if isinstance(each, Obj):
                ev.emit("step", site, each, scaled=True, scaler=scaler)
    elif name == "unscale_":
        ev.emit("unscale", site, first)
    elif name == "get_scale":  # who asks for the scale may divide by it
        ev.emit("unscale", site, Unknown())
    return NONE


def _distribution(ev: Evaluator, obj: Obj, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    if name in ("log_prob", "rsample"):
        ev.emit("log-prob" if name == "log_prob" else "rsample", site, obj)
    if name in ("sample", "rsample"):
        chance.note(ev, "draw", site)
    kind = "index" if name == "sample" else "unknown"
    return operators.mixed([*obj.args.values(), *args], kind)


def _data(ev: Evaluator, obj: Obj, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    known = hub_data.method(ev, obj, name, args, kwargs, site)
    if known is not None:
        return known
    if name in ("split", "random_split", "splits"):
        ratio = kwargs.get("split_ratio") or (args[0] if args else None)
        count = len(ratio.items) if isinstance(ratio, Seq) and ratio.items is not None else 2
        return Seq("tuple", [data.part(ev, obj, f"split {site.node.lineno} {i}", site) for i in range(count)])  # type: ignore[attr-defined]
    if name in ("__len__",):
        return Unknown("len")
    if name in ("build_vocab", "init_epoch", "set_epoch"):
        return NONE
    if name == "__iter__":
        return obj
    return Tensor("data", False, origins=data.origins(ev, obj))


def _estimator(ev: Evaluator, obj: Obj, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    if name.startswith(("fit", "partial_fit")):
        tables.fitted(ev, obj, args, name, site)
    if name in ("transform", "fit_transform", "inverse_transform", "fit_resample"):
        made = tables.transformed(ev, obj, operators.mixed(args, "data").but(grad=False), site)
        api = lookup(obj.name)
        if name == "fit_resample":
            parts = [operators.mixed([arg], "data").but(grad=False) for arg in args]
            return Seq("tuple", [tables.transformed(ev, obj, each, site) for each in parts])
        if isinstance(made, Tensor) and api is not None and api.facts.get("multilabel"):
            return made.but(via="multi-hot")
        return made
    return obj


def _random(ev: Evaluator, obj: Obj, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """A method of a generator of random numbers: the function of that name."""
    if f"numpy.random.{name}" in chance.SIGNS or f"random.{name}" in chance.SIGNS:
        chance.note(ev, "draw", site)
    api = lookup(f"numpy.random.{name}")
    if api is not None:
        return library.call(ev, f"numpy.random.{name}", args, kwargs, site)
    f = operators.flow(args)
    return operators.mixed(args, "data").but(grad=False) if f.tensors else Unknown(name)


def _folds(ev: Evaluator, obj: Obj, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    if name == "split":
        ev.emit("split", site, None, of=args[0] if args else Unknown(), parts=[])
        base = data.origins(ev, args[0]) if args else frozenset()
        key = base or frozenset({ev.origin("folds", site)})
        halves: list[Value] = [
            Tensor("data", False, origins=frozenset(ev.origin(o.key, site, "", o, f"{half} fold") for o in key))
            for half in ("train", "held-out")
        ]
        return Seq("generator", None, Seq("tuple", halves))
    return Unknown(name)


def _super(ev: Evaluator, value: Super, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    receiver = value.receiver
    if name == "__new__" and args and isinstance(args[0], Class):
        return classes.bare(ev, args[0], site)
    if not isinstance(receiver, Obj):
        return Unknown(name)
    if name == "__init__":
        base = next(iter(value.owner.library_bases()), "")
        if base:
            library.initialise(ev, receiver, base, args, kwargs, site)
        return NONE
    if receiver.kind == "module" and name in ("forward", "__call__"):
        for base in value.owner.library_bases():
            api = lookup(base)
            if api is not None and api.what == "layer":
                return modules.layer_output(ev, receiver, api, args, site)
        return operators.mixed(args, "unknown")
    return _object(ev, receiver, name, args, kwargs, site)


def _seq(ev: Evaluator, seq: Seq, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    if name == "append" and args:
        if isinstance(site.node, ast.Call) and isinstance(site.node.func, ast.Attribute):
            assign.accumulate(ev, site, args[0], seq, site.node.func.value)
        iterate.append(ev, seq, args[0])
        return NONE
    if name == "extend" and args:
        iterate.extend(ev, seq, args[0])
        return NONE
    if name == "insert" and len(args) > 1:
        if seq.items is not None and isinstance(args[0], Const) and args[0].value == 0:
            ev.store.set(seq.cell, "items", (args[1], *seq.items))
        else:
            iterate.append(ev, seq, args[1])
        return NONE
    if name in ("pop", "popleft"):
        last = seq.items[-1] if seq.items and not args else seq.elem
        if seq.items is not None:
            iterate.dilute(ev, seq)
        return last
    if name in ("copy", "__iter__"):
        return Seq(seq.kind, seq.items, seq.cell["elem"]) if name == "copy" else seq
    if name == "add" and args:
        iterate.append(ev, seq, args[0])
        return NONE
    if name == "clear":
        ev.store.set(seq.cell, "items", ())
        return NONE
    if name == "sort" and seq.items is not None:
        ordered = standard.in_order(ev, seq, kwargs, site)
        if ordered is not None:
            ev.store.set(seq.cell, "items", ordered)
    if name == "reverse" and seq.items is not None:
        ev.store.set(seq.cell, "items", seq.items[::-1])
    if name in ("sort", "reverse", "remove", "discard"):
        return NONE
    return _depending(name, [seq, *args])


def _filled(ev: Evaluator, name: str, values: list[Value], site: Site) -> Value:
    """A text that values are put into."""
    examined.shown(ev, values, site)
    return _depending(name, values)


def _depending(name: str, values: list[Value]) -> Value:
    """A result of which nothing is known but the data that it depends on."""
    f = operators.flow(values)
    return operators.mixed(values, "data").but(grad=False) if f.origins else Unknown(name)


def _map(ev: Evaluator, mapping: Map, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    if name in ("get", "pop", "setdefault") and args:
        key = args[0]
        fallback = args[1] if len(args) > 1 else NONE
        if isinstance(key, Const):
            try:
                known = registries.holds(ev, mapping, key.value)
            except TypeError:
                known = None
            if known is not False and key.value in mapping.data:
                found = settled(mapping.data[key.value], None if known else fallback)
                if name == "pop":
                    ev.store.remove(mapping.data, key.value)
                elif name == "setdefault" and not known:
                    ev.store.set(mapping.data, key.value, found)
                return found
            if known is False:
                if name == "setdefault":
                    ev.store.set(mapping.data, key.value, fallback)
                return fallback
        return join(objects.item(ev, mapping, key, site), fallback)
    if name == "__getitem__" and args:
        return objects.item(ev, mapping, args[0], site)
    if name == "__setitem__" and len(args) > 1:
        assign.set_item(ev, mapping, args[0], args[1], site)
        return NONE
    if name == "__contains__" and args:
        return operators.compare(ev, ast.In(), args[0], mapping)
    if name in ("items", "keys", "values"):
        return _map_view(ev, mapping, name)
    if name == "update":
        for arg in map(operators.mapping_of, args):
            if isinstance(arg, Map):
                for key, value in arg.data.items():
                    old = mapping.data.get(key)
                    new = value if old is None or not is_optional(value) else settled(value, old)
                    ev.store.set(mapping.data, key, new)
                if arg.cell["open"]:
                    ev.store.set(mapping.cell, "open", True)
            else:
                ev.store.set(mapping.cell, "open", True)
        for word, value in kwargs.items():
            if word == "**":
                ev.store.set(mapping.cell, "open", True)
            else:
                ev.store.set(mapping.data, word, value)
        return NONE
    if name == "copy":
        return Map(dict(mapping.data), mapping.cell["open"], mapping.cell["elem"])
    if name == "to":
        return mapping
    return Unknown(name)


def _map_view(ev: Evaluator, mapping: Map, name: str) -> Value:
    if name != "keys":
        for key, value in list(mapping.data.items()):
            if isinstance(value, Imported):
                ev.settled(mapping.data, key)

    def row(key: Value, value: Value) -> Value:
        return key if name == "keys" else value if name == "values" else Seq("tuple", [key, value])

    rows = [
        optional(row(Const(k), settled(v))) if is_optional(v) else row(Const(k), v) for k, v in mapping.data.items()
    ]
    if not mapping.cell["open"]:
        return Seq("generator", rows)
    rest = row(Unknown("key"), mapping.cell["elem"] or Unknown("value"))
    return Seq("generator", None, join_all([*rows, rest]))


def _const(ev: Evaluator, const: Const, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    if isinstance(const.value, str) and name in ("open", "read_text", "read_bytes"):  # of a path
        return library.call(ev, "builtins.open", [const, *args], kwargs, site)
    found = paths.method(ev, const, name, args) if isinstance(const.value, str) else None
    if found is not None:
        return found
    if isinstance(const.value, (str, int, float, bytes)) and hasattr(const.value, name):
        plain: list[Any] = []
        for arg in args:
            items = iterate.unrolled(arg) if not isinstance(arg, Const) else None
            if isinstance(arg, Const):
                plain.append(arg.value)
            elif items is not None and all(isinstance(i, Const) for i in items):
                plain.append([i.value for i in items if isinstance(i, Const)])
            else:
                return _filled(ev, f"{name} of a string", args, site)
        named = {k: v.value for k, v in kwargs.items() if isinstance(v, Const)}
        if len(named) == len(kwargs):
            try:
                made = getattr(const.value, name)(*plain, **named)
            except Exception:
                return Unknown(f"{name} of a string")
            return Seq("list", [Const(p) for p in made]) if isinstance(made, list) else Const(made, const.setting)
    if const.value is None:
        return Unknown("attribute of None")
    return _filled(ev, f"{name} of a constant", [*args, *kwargs.values()], site)


def _class(ev: Evaluator, cls: Class, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    if name == "__new__":
        return classes.bare(ev, cls, site)
    made = classes.instantiate(ev, cls, [Unknown("config")], {}, site)
    if isinstance(made, Obj) and name == "from_pretrained":
        pretrained.of_class(ev, cls, made, site)
    return made


def entered(ev: Evaluator, manager: Value, site: Site) -> Value:
    """What ``with manager as x`` binds."""
    if isinstance(manager, (Tensor, Obj, Seq, Const)):
        return manager
    return Unknown("context")


_BY_TYPE: dict[type, Callable[..., Value]] = {
    Tensor: _tensor,
    Params: _params,
    Grad: _grad,
    Obj: _object,
    Super: _super,
    Seq: _seq,
    Map: _map,
    Const: _const,
    Class: _class,
}
_BY_KIND: dict[str, Callable[..., Value]] = {
    "module": _module, "optimizer": _optimizer, "loss": _criterion, "scheduler": _scheduler, "param-group": _group,
    "scaler": _scaler, "launch": _worker,
    "distribution": _distribution, "loader": _data, "dataset": _data, "estimator": _estimator, "folds": _folds, "random": _random,
    "pool": pools.pool_method, "future": pools.future_method, "parser": settings.parser_method, "settings": settings.settings_method,
}  # fmt: skip
