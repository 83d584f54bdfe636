"""Attributes and items of values, read and written."""

from __future__ import annotations

import ast

from bpcheck.evaluate import (
    axes,
    calls,
    configs,
    enumerations,
    iterate,
    memo,
    modules,
    opaque,
    operators,
    paths,
    pretrained,
    registries,
    tables,
)
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.values import (
    BoundMethod,
    Choice,
    Class,
    Const,
    Function,
    Grad,
    Imported,
    Map,
    Method,
    Module,
    Obj,
    Params,
    Partial,
    Seq,
    Site,
    Super,
    Symbol,
    Tensor,
    Unknown,
    Value,
    constant,
    is_none,
    join_all,
    settled,
    truth,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bpcheck.evaluate.scope import ModuleScope

#: Before the name of a property: under this a class keeps the property's setter.
SETTER = "<setter> "
MAP_METHODS = frozenset({"get", "items", "keys", "values", "pop", "update", "copy", "setdefault"})
PROPERTIES = ("builtins.property", "functools.cached_property", "torch.jit.unused")


def attribute(ev: Evaluator, value: Value, name: str, site: Site) -> Value:
    """``value.name``."""
    if isinstance(value, Symbol):
        if name == "__name__":
            return Const(value.name.rpartition(".")[2])
        return configs.arguments(ev) if value.name == "sys" and name == "argv" else ev.library(f"{value.name}.{name}")
    if isinstance(value, Module):
        if name == "__dict__":
            return Map(open_=True) if value.scope.file.is_dir() else namespace(ev.loaded(value.scope))
        return ev.member(value, name, site)
    if isinstance(value, Obj):
        return _of_object(ev, value, name, site)
    if isinstance(value, Tensor):
        return _of_tensor(ev, value, name, site)
    if isinstance(value, Params):
        return _of_params(value, name)
    if isinstance(value, Super):
        return _of_super(ev, value, name, site)
    if isinstance(value, Class):
        return _of_class(value, name)
    if isinstance(value, Choice):
        return join_all(
            [attribute(ev, each, name, site) for each in value.values if not is_none(each)] or [Unknown(name)]
        )
    if isinstance(value, Grad):
        return value if name == "data" else Method(value, name)
    if isinstance(value, Map) and value.places and name not in MAP_METHODS:
        return _of_config(ev, value, name)
    if isinstance(value, Const) and isinstance(value.value, str) and name in paths.PARTS:
        return paths.part(value, name)
    if isinstance(value, Const) and isinstance(value.value, slice) and name in ("start", "stop", "step"):
        return Const(getattr(value.value, name), value.setting)
    if isinstance(value, (Seq, Map, Const)):
        return Method(value, name)
    if isinstance(value, Partial) and name == "func":
        return value.function
    if isinstance(value, (Function, BoundMethod)) and name == "__name__":
        return Const(value.name if isinstance(value, Function) else value.function.name)
    return Method(value, name) if isinstance(value, Unknown) else Unknown(f"attribute {name}")


def namespace(scope: ModuleScope) -> Map:
    """The dictionary of a module: what is written there is a variable of the module."""
    view = Map(open_=bool(scope.stars))
    view.data = scope.names
    return view


def _of_object(ev: Evaluator, obj: Obj, name: str, site: Site) -> Value:
    if name in obj.attrs:
        return obj.attrs[name]
    if obj.cls is not None:
        found = obj.cls.find(name)
        if isinstance(found, Function):
            if calls.decorated_by(found, *PROPERTIES):
                return calls.call_function(ev, found, [obj], {}, site)
            if calls.decorated_by(found, "builtins.staticmethod"):
                return found
            if calls.decorated_by(found, "builtins.classmethod"):
                return BoundMethod(obj.cls, found)
            return BoundMethod(obj, found)
        if found is not None:
            return found
    if name == "__class__" and obj.cls is not None:
        return obj.cls
    if name == "__class__" and obj.kind == "module" and obj.name.startswith("torch.nn."):
        return Symbol(obj.name)
    if name == "__dict__":
        view = Map(open_=obj.kind != "settings")
        view.data = obj.attrs  # what is written there is written to the object
        return view
    if obj.kind == "module":
        return modules.attribute(ev, obj, name, site)
    if obj.kind == "optimizer" and name == "param_groups":
        return _param_groups(ev, obj, site)
    if obj.kind in ("opaque", "output"):
        return opaque.attribute(ev, obj, name, site)
    if obj.kind == "settings":
        return Unknown(f"option {name}")
    if obj.kind in ("loader", "dataset") and name in obj.args:
        return obj.args[name]
    if obj.kind in ("loader", "dataset", "data-module") and name in (
        "data",
        "targets",
        "labels",
        "dataset",
        "train_data",
        "test_data",
    ):
        from bpcheck.evaluate import data

        return data.element(ev, obj, name, site)
    if obj.kind == "instance" and obj.cls is not None and (not obj.name or "mapping" in obj.state):
        getter = obj.cls.find("__getattr__")
        if getter is not None and not (name.startswith("__") and name.endswith("__")):
            return calls.call(ev, getter, [obj, Const(name)], {}, site)
        if not obj.name and not obj.cls.has_unknown_base():
            return Unknown(f"attribute {name} is never set")
    return Method(obj, name)


def call_unwritten(ev: Evaluator, receiver: Value, site: Site) -> None:
    """A method is called that is nowhere: of a framework's class, whose file leaves out most, it may do anything to what
    the object holds."""
    lineage = receiver.cls.lineage() if isinstance(receiver, Obj) and receiver.cls is not None else []
    if isinstance(receiver, Obj) and receiver.kind == "instance" and any(cls.scope.framework for cls in lineage):
        opaque.escape_all(ev, list(receiver.attrs.values()), site)


def _of_config(ev: Evaluator, config: Map, name: str) -> Value:
    """``config.name``, as the libraries that read configuration files allow."""
    if name in config.data:
        return config.data[name]
    ev.missing_keys += not config.cell["open"]
    return Method(config, name)


def _param_groups(ev: Evaluator, optimizer: Obj, site: Site) -> Value:
    group = optimizer.state.get("group")
    if group is None:
        group = Obj("param-group", "", None, site)
        group.attrs["optimizer"] = optimizer
        ev.store.set(optimizer.state, "group", group)
    return Seq("list", None, group)


def _of_tensor(ev: Evaluator, tensor: Tensor, name: str, site: Site) -> Value:
    if tensor.history and not tensor.models and tables.is_table(tensor):
        known = tables.attribute(ev, tensor, name, site)
        if known is not None:
            return known
    if name == "data":
        return tensor.but(grad=False)
    if name in ("T", "mT", "H", "real", "values", "x_t"):
        return tensor
    if name in ("shape", "dtype", "device", "ndim", "is_cuda", "columns", "index", "nnz"):
        return Unknown(name)
    if name == "grad":
        return Grad(Params((), False, True))
    if name == "loss" and pretrained.holds_loss(tensor) is not False:
        return pretrained.loss(ev, tensor, site)
    if name == "loss" and tensor.models:
        return tensor.but(kind="loss")
    if (
        name in ("logits", "prediction_logits", "scores", "last_hidden_state", "hidden_states", "sample")
        and tensor.models
    ):
        return tensor.but(kind="raw" if name != "hidden_states" else "unknown", via="")
    return Method(tensor, name)


def _of_params(params: Params, name: str) -> Value:
    if name == "grad":
        return Grad(params)
    if name == "data":
        return params
    if name == "requires_grad":
        return Unknown(operators.TRAINED)
    return Method(params, name)


def _of_super(ev: Evaluator, value: Super, name: str, site: Site) -> Value:
    lineage = (
        value.receiver.cls.lineage()
        if isinstance(value.receiver, Obj) and value.receiver.cls
        else value.owner.lineage()
    )
    if value.owner in lineage:
        lineage = lineage[lineage.index(value.owner) + 1 :]
    for cls in lineage:
        found = cls.names.get(name)
        if isinstance(found, Function):
            if calls.decorated_by(found, *PROPERTIES):
                return calls.call_function(ev, found, [value.receiver], {}, site)
            return BoundMethod(value.receiver, found)
        if found is not None:
            return found
    return Method(value, name)


def _of_class(cls: Class, name: str) -> Value:
    if name == "__name__":
        return Const(cls.name)
    found = cls.find(name)
    if isinstance(found, Function) and calls.decorated_by(found, "builtins.classmethod"):
        return BoundMethod(cls, found)
    if found is not None:
        return found
    if cls.library_bases():
        return Method(cls, name) if name == "from_pretrained" else Symbol(f"{cls.library_bases()[0]}.{name}")
    return Unknown(f"{cls.name} has no {name}")


def names_of(ev: Evaluator, value: Value) -> list[str]:
    """The names of the attributes that a module, class or object of the project is known to have."""
    if isinstance(value, Module):
        return [] if value.scope.file.is_dir() else list(ev.loaded(value.scope).names)
    names: dict[str, None] = dict.fromkeys(value.attrs) if isinstance(value, Obj) else {}
    cls = value if isinstance(value, Class) else value.cls if isinstance(value, Obj) else None
    for each in cls.lineage() if cls is not None else ():
        names.update(dict.fromkeys(each.names))
    return list(names)


def set_attribute(ev: Evaluator, obj: Obj, name: str, value: Value, site: Site) -> None:
    """``obj.name = value``."""
    if obj.kind == "module" and name == "requires_grad" and obj.cls is None:
        return
    if obj.cls is not None and not ev.setters.isdisjoint((name, "__setattr__")):
        setter = obj.cls.find(SETTER + name)
        given = [value] if setter is not None else [Const(name), value]
        setter = setter or obj.cls.find("__setattr__")
        if setter is not None:
            calls.call(ev, setter, [obj, *given], {}, site)
            return
    if obj.kind == "module" and name == "training":
        known = truth(value)
        modules.set_mode(ev, obj, "unknown" if known is None else "train" if known else "eval", site)
        return
    if isinstance(value, Obj) and obj.kind == "opaque":
        from bpcheck.evaluate.classes import escape

        escape(ev, value, site)
    if name == "__dict__" and value is obj and "mapping" in obj.state:
        for key, held in obj.state["mapping"].data.items():
            ev.store.set(obj.attrs, key, held)
        obj.state["mapping"].data = obj.attrs  # from now on an entry is an attribute, and an attribute an entry
        return
    modules.note_attached(ev, obj, value, site)
    if obj.kind == "module" and name == "weight":
        memo.mark(ev, obj, "given-weights", True)
    ev.store.set(obj.attrs, name, value)


def set_item(ev: Evaluator, obj: Obj, key: Value, value: Value, site: Site) -> None:
    """``obj[key] = value``."""
    if obj.kind == "param-group" and isinstance(key, Const):
        if key.value == "lr":
            ev.emit("lr-write", site, obj.attrs["optimizer"], value=value)
        return
    if obj.cls is not None:
        setter = obj.cls.find("__setitem__")
        if isinstance(setter, Function):
            calls.call_function(ev, setter, [obj, key, value], {}, site)
            return
    if "mapping" in obj.state:
        calls.call(ev, Method(obj, "__setitem__"), [key, value], {}, site)
        return
    if obj.kind == "module" and isinstance(value, Obj) and isinstance(key, Const):
        modules.note_attached(ev, obj, value, site)
        modules.add_child(ev, obj, str(key.value), value)
    elif obj.kind in ("opaque", "settings", "dataset") and isinstance(key, Const) and isinstance(key.value, str):
        ev.store.set(obj.attrs, key.value, value)


def set_requires_grad(ev: Evaluator, params: Params, value: Value, site: Site) -> None:
    """``parameter.requires_grad = value``: freezing, whole or in part."""
    known = truth(value)
    loop = ev.loops[-1][0] if ev.loops else None
    guarded = loop is not None and len(ev.guards) > loop.guard_depth
    for module, whole in params.parts:
        for inner in modules.descendants(module):
            if known is None or guarded or not whole:
                ev.store.set(inner.state, "frozen", "part")
            else:
                ev.store.set(inner.state, "frozen", "no" if known else "all")
    ev.emit("freeze", site, params, value=known, guarded=guarded)


def item(ev: Evaluator, value: Value, key: Value, site: Site) -> Value:
    """``value[key]``."""
    index: Any = key.value if isinstance(key, Const) else None
    if isinstance(value, Seq):
        if value.items is not None and isinstance(index, slice):
            return Seq(value.kind, value.items[index]) if _counts(index) else value.elem
        if value.items is None or not isinstance(index, int):
            return value.elem
        return iterate.at(value.items, index)
    if isinstance(value, Map):
        _fill(ev, value, key, site)
        return _looked_up(_of_map(ev, value, key), key)
    if isinstance(value, Const):
        try:
            return Const(value.value[index], value.setting) if index is not None else Unknown("element")
        except Exception:
            return Unknown("element")
    if isinstance(value, Tensor):
        part = _tensor_item(ev, value, key, site)
        if value.axes and isinstance(part, Tensor):
            part = part.but(axes=axes.of_item(value, key))
        return value.but() if part is value else part  # not the same thing, whatever else is known
    if isinstance(value, Params):
        return value
    if isinstance(value, Obj):
        return _object_item(ev, value, key, site)
    if isinstance(value, Class) and isinstance(key, Const):
        return next(
            (m for m in enumerations.members(value) if constant(m.attrs["name"]) == key.value), Unknown("member")
        )
    if isinstance(value, Symbol) and value.name == "sys.modules":
        own = isinstance(key, Const) and key.value == constant(site.scope.names.get("__name__"))
        return Module(site.scope) if own else Unknown("module")
    if isinstance(value, Symbol):
        return _of_namespace(ev, value, key) if value.name.endswith(".__dict__") else value  # a subscripted generic
    return Unknown("element")


def _counts(index: slice) -> bool:
    """Whether the bounds of a slice are positions (they may be anything else to who unpacks them)."""
    return all(bound is None or isinstance(bound, int) for bound in (index.start, index.stop, index.step))


def _looked_up(found: Value, key: Value) -> Value:
    """What a table (a vocabulary) gives for data is data of the same origin."""
    if isinstance(key, Tensor) and key.origins and not isinstance(found, (Tensor, Obj, Seq, Map)):
        return Tensor("data", False, key.models, key.origins, passes=key.passes)
    return found


def _of_namespace(ev: Evaluator, value: Symbol, key: Value) -> Value:
    """What a library module's ``__dict__`` holds."""
    if isinstance(key, Const) and isinstance(key.value, str):
        return ev.library(f"{value.name.removesuffix('__dict__')}{key.value}")
    return Unknown("element of a namespace")


def _fill(ev: Evaluator, value: Map, key: Value, site: Site) -> None:
    """A missing entry of a ``defaultdict`` is made when it is asked for."""
    factory = value.cell.get("factory")
    if factory is None or not isinstance(key, Const) or value.cell["open"]:
        return
    try:
        known = value.holds(key.value)
    except TypeError:
        return
    if known is False:
        ev.store.set(value.data, key.value, calls.call(ev, factory, [], {}, site))


def _of_map(ev: Evaluator, value: Map, key: Value) -> Value:
    if isinstance(key, Const) and not paths.certain(key):
        names = paths.matching(key.value, [name for name in value.data if isinstance(name, str)])
        rest = [value.cell["elem"] or Unknown("element")] if value.cell["open"] or not names else []
        return settled(join_all([*(value.data[name] for name in names), *rest]))
    if isinstance(key, Const):
        try:
            if registries.holds(ev, value, key.value) is not False and key.value in value.data:
                found = settled(value.data[key.value])
                if isinstance(found, Imported):
                    found = ev.looked_up(found)
                if key.setting and isinstance(found, Const):
                    return Const(found.value, found.setting or key.setting)
                return found
        except TypeError:
            return Unknown("element")
        ev.missing_keys += bool(value.places) and not value.cell["open"]
        return value.cell["elem"] or Unknown(f"key {key.value!r}")
    return value.elem


def _tensor_item(ev: Evaluator, value: Tensor, key: Value, site: Site) -> Value:
    held = pretrained.holds_loss(value)
    if held is not False and isinstance(key, Const) and isinstance(key.value, int):
        return pretrained.field(ev, value, key.value, site)
    if value.models or not value.origins:
        if isinstance(key, Const) and isinstance(key.value, str):
            known = key.value in ("loss", "logits")
            return _of_tensor(ev, value, key.value, site) if known else value.but(kind="unknown")
        if value.kind in ("softmax", "log_softmax") and _one_column(key):
            return value.but(kind="unknown")
        return value.but(via="selected") if isinstance(key, Tensor) and key.kind == "data" else value
    if isinstance(key, Const):
        return iterate.part(ev, value, repr(key.value), site)
    f = operators.flow([key])
    if tables.is_table(value):
        return tables.chosen(ev, value, key, at(site), site)
    if f.origins and not f.origins <= value.origins:
        ident = "|".join(sorted(_ident(o) for o in f.origins))
        return iterate.part(ev, value, f"@{ident}", site)
    return iterate.part(ev, value, at(site), site)


def _choice_text(site: Site) -> str:
    """What is chosen by a subscript, as far as its text says it; otherwise the place names the choice."""
    node = site.node
    if isinstance(node, ast.Subscript) and not any(isinstance(part, ast.Name) for part in ast.walk(node.slice)):
        return ast.unparse(node.slice)
    return at(site)


def _one_column(key: Value) -> bool:
    """Whether an index picks one class of each row: what is left is no distribution."""
    return (
        isinstance(key, Seq)
        and key.items is not None
        and any(isinstance(k, Const) and isinstance(k.value, int) for k in key.items[1:])
    )


def at(site: Site) -> str:
    """Names a part that is chosen by something unknown: other places choose other samples, for all that is known."""
    node = site.node
    return f"some at {site.scope.source.path}:{getattr(node, 'lineno', 0)}:{getattr(node, 'col_offset', 0)}"


def _ident(origin: Any) -> str:
    return f"{origin.key}{origin.part}{id(origin)}"


def _object_item(ev: Evaluator, obj: Obj, key: Value, site: Site) -> Value:
    if isinstance(key, Const) and isinstance(key.value, str) and key.value in obj.attrs:
        return obj.attrs[key.value]
    if obj.kind == "param-group":
        return _of_group(obj, key, site)
    if obj.cls is not None:
        getter = obj.cls.find("__getitem__")
        if isinstance(getter, Function):
            return calls.call_function(ev, getter, [obj, key], {}, site)
    if "mapping" in obj.state:
        return item(ev, obj.state["mapping"], key, site)
    if isinstance(key, Const) and type(key.value) is int and obj.name in iterate.RECORDS:
        return iterate.at(tuple(obj.attrs.values()), key.value)
    if obj.kind == "module":
        return modules.child(ev, obj, key, site)
    if obj.kind in ("dataset", "loader"):
        from bpcheck.evaluate import data

        return data.lookup_item(ev, obj, key, site)
    if obj.kind in ("opaque", "output"):
        name = f"[{key.value!r}]" if isinstance(key, Const) else f"[{_choice_text(site)}]"
        return obj.attrs.get(name) or opaque.attribute(ev, obj, name, site)
    return Unknown("element")


def _of_group(group: Obj, key: Value, site: Site) -> Value:
    """An entry of ``optimizer.param_groups[i]``."""
    optimizer = group.attrs["optimizer"]
    if isinstance(key, Const) and key.value == "params" and isinstance(optimizer, Obj):
        held = optimizer.args.get("params")
        return held if isinstance(held, Params) else Params((), False)
    if isinstance(key, Const) and key.value == "lr":
        rate = Obj("rate", "learning rate", None, site)
        rate.state["of"] = optimizer
        return rate
    return Unknown("a setting of a parameter group")


def sliced(ev: Evaluator, value: Value, bounds: list[Value | None], node: ast.Slice, site: Site) -> Value:
    """``value[a:b:c]``."""
    if isinstance(value, Choice):
        return join_all([sliced(ev, each, bounds, node, site) for each in value.values])
    numbers = [b.value if isinstance(b, Const) else None for b in bounds]
    exact = all(b is None or (isinstance(b, Const) and (b.value is None or isinstance(b.value, int))) for b in bounds)
    if isinstance(value, Seq):
        if value.items is not None and exact:
            return Seq(value.kind, value.items[slice(*numbers)])
        if isinstance(value.elem, Obj) and value.elem.kind == "module":
            some = modules.some_layers(ev, value.elem, numbers if exact else None, ast.unparse(node), site)
            return Seq(value.kind, None, some)
        return Seq(value.kind, None, iterate.marked(ev, value.elem, ast.unparse(node), site))
    if isinstance(value, Const) and exact:
        try:
            return Const(value.value[slice(*numbers)], value.setting)
        except Exception:
            return Unknown("slice")
    if isinstance(value, Tensor):
        return iterate.part(ev, value, _bounds(bounds, node), site)
    if isinstance(value, Obj):
        if value.kind == "module":
            return modules.slice_of(ev, value, numbers if exact else None, site)
        if value.kind == "dataset":
            from bpcheck.evaluate import data

            return data.slice_of(ev, value, ast.unparse(node), site)
        if value.cls is not None and isinstance(value.cls.find("__getitem__"), Function):
            return _object_item(ev, value, Unknown("slice"), site)
        if value.kind in ("opaque", "output"):
            return opaque.attribute(ev, value, f"[{ast.unparse(node)}]", site)
    return value if isinstance(value, Params) else Unknown("slice")


def _bounds(bounds: list[Value | None], node: ast.Slice) -> str:
    """A slice in the words of the program, with numbers where they are known: other numbers are other samples."""
    told = [
        str(bound.value) if isinstance(bound, Const) and type(bound.value) is int else ast.unparse(part) if part else ""
        for bound, part in zip(bounds, (node.lower, node.upper, node.step), strict=True)
    ]
    return ":".join(told if node.step is not None else told[:2])


def iterate_object(ev: Evaluator, obj: Obj, site: Site) -> Value:
    """An element of an object that is no loader."""
    if obj.cls is not None:
        for name in ("__iter__", "__getitem__"):
            method = obj.cls.find(name)
            if isinstance(method, Function):
                args: list[Value] = [obj] if name == "__iter__" else [obj, Unknown("index")]
                made = calls.call_function(ev, method, args, {}, site)
                return (
                    iterate.element(ev, made, site)
                    if name == "__iter__" and made is not obj
                    else _next(ev, obj, made, site)
                )
    if obj.kind == "module":
        found = modules.children(obj)
        return join_all(found) if found else Unknown("element")
    if obj.kind in ("opaque", "output"):
        return opaque.attribute(ev, obj, "[each]", site)
    return Unknown("element")


def _next(ev: Evaluator, obj: Obj, made: Value, site: Site) -> Value:
    if made is obj and obj.cls is not None:
        method = obj.cls.find("__next__")
        return calls.call_function(ev, method, [obj], {}, site) if isinstance(method, Function) else Unknown("element")
    return made


def inspect(ev: Evaluator, question: str, value: Value, argument: Value) -> Value:
    """``isinstance`` and ``hasattr`` where they can be answered."""
    if question == "builtins.hasattr":
        if isinstance(value, Obj) and isinstance(argument, Const):
            if argument.value in value.attrs or (
                value.cls is not None and value.cls.find(str(argument.value)) is not None
            ):
                return Const(True)
            if value.kind in ("settings", "instance") and not value.state.get("open"):
                return Const(False)
            if value.kind == "module" and (argument.value == "module" or modules.lacks(value, str(argument.value))):
                return Const(False)
        return Unknown("hasattr")
    classes = argument.items if isinstance(argument, Seq) and argument.items is not None else (argument,)
    answers = [modules.is_a(value, cls) for cls in classes]
    if True in answers:
        return Const(True)
    return Unknown("isinstance") if None in answers else Const(False)
