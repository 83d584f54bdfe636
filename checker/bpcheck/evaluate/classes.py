"""Project classes: definition and instantiation."""

from __future__ import annotations

import ast

from bpcheck.apis import role_of_base
from bpcheck.apis.vocabulary import ROLES
from bpcheck.evaluate import builtin, calls, enumerations, library, memo, vocabulary
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.scope import Frame
from bpcheck.evaluate.values import (
    Class,
    Const,
    Function,
    Map,
    Obj,
    Site,
    Symbol,
    Unknown,
    Value,
    is_optional,
    settled,
)

#: What makes a dictionary of each object of a class that extends it.
MAPPINGS = frozenset({"builtins.dict", "collections.OrderedDict", "collections.UserDict", "collections.defaultdict"})


def make_class(ev: Evaluator, node: ast.ClassDef, frame: Frame) -> Value:
    """The value of a ``class`` statement."""
    from bpcheck.evaluate.expressions import evaluate
    from bpcheck.evaluate.statements import run_block

    described = vocabulary.of_class(ev, node, frame) if ev.words else None
    if described is not None:
        return described
    cls = Class(node, frame.scope, [evaluate(ev, base, frame) for base in node.bases])
    inner = Frame(frame.scope, cls.names, frame if frame.names is not frame.scope.names else None)
    inner.owner = cls
    pending = len(ev.exits)
    run_block(ev, node.body, inner)
    del ev.exits[pending:]
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            cls.fields.append(statement.target.id)
    for value in cls.names.values():
        if isinstance(value, Function) and value.owner is None and value.closure is inner:
            value.owner = cls
            value.closure = inner.outer
    if ev.words:
        vocabulary.describe_inherited(ev, cls)
    enumerations.make_members(cls, frame.scope.site(node))
    _tell_bases(ev, cls, node, frame)
    result: Value = cls
    for decorator in reversed(node.decorator_list):
        wrapper = evaluate(ev, decorator, frame)
        if calls.of_project(wrapper):
            wrapped = calls.call(ev, wrapper, [result], {}, frame.scope.site(decorator))
            result = wrapped if isinstance(wrapped, Class) else result
        elif "dataclass" in _decorator_name(wrapper):
            cls.names["<dataclass>"] = Const(True)
    return result


def _tell_bases(ev: Evaluator, cls: Class, node: ast.ClassDef, frame: Frame) -> None:
    """``__init_subclass__`` of the nearest base that has one."""
    from bpcheck.evaluate.expressions import evaluate

    told = next(
        (base.names["__init_subclass__"] for base in cls.lineage()[1:] if "__init_subclass__" in base.names), None
    )
    if isinstance(told, Function):
        given = {word.arg: evaluate(ev, word.value, frame) for word in node.keywords if word.arg is not None}
        calls.call_function(ev, told, [cls], given, frame.scope.site(node))


def _decorator_name(value: Value) -> str:
    return value.name if isinstance(value, (Symbol, Obj)) else ""


def role(ev: Evaluator, cls: Class) -> str:
    """The role of instances, by the library classes that the class extends."""
    for name in cls.library_bases():
        word = ev.words.get(name)
        found = ROLES.get(word.makes, "") if word is not None else role_of_base(name)
        if found:
            return found
    if cls.has_unknown_base():
        return "module" if isinstance(cls.find("forward"), Function) else "opaque"
    return "instance"


def instantiate(ev: Evaluator, cls: Class, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    """An instance of a project class, its constructor evaluated (once for equal networks)."""
    kind = role(ev, cls)
    values = (*args, *kwargs.values())
    if kind == "module" and memo.are_closed(values, "instance", "settings"):
        call = memo.Call(None, site, args, kwargs)
        key = (cls, site, memo.context(ev), call.signature(ev))
        return memo.remembered(ev, key, call, lambda: _constructed(ev, cls, kind, args, kwargs, site))
    return _constructed(ev, cls, kind, args, kwargs, site)


def bare(ev: Evaluator, cls: Class, site: Site) -> Obj:
    """An object of the class before its constructor has run."""
    obj = Obj(role(ev, cls), next(iter(cls.library_bases()), ""), cls, site)
    obj.state["made"] = len(ev.events)
    if not MAPPINGS.isdisjoint(cls.library_bases()):
        obj.state["mapping"] = Map()
    if cls.has_unknown_base():
        obj.state["open"] = True
    return obj


def _constructed(
    ev: Evaluator, cls: Class, kind: str, args: list[Value], kwargs: dict[str, Value], site: Site
) -> Value:
    member = enumerations.found(cls, args[0]) if len(args) == 1 else None
    if member is not None:
        return member
    if not {"typing.TypedDict", "typing_extensions.TypedDict"}.isdisjoint(cls.library_bases()):
        return builtin.dict_(ev, args, kwargs, site)
    new = cls.find("__new__")
    obj = bare(ev, cls, site)
    if isinstance(new, Function):
        made = calls.call_function(ev, new, [cls, *args], kwargs, site)
        if not isinstance(made, Obj) or made.cls is None or cls not in made.cls.lineage():
            obj.state["open"] = True  # whatever it is that the class gives in place of an object of its own
        else:
            obj = made
    for arg in (*args, *kwargs.values()):
        if isinstance(arg, Obj) and obj.kind == "opaque":
            escape(ev, arg, site)
    init = cls.find("__init__")
    if isinstance(init, Function):
        bound = Frame(init.scope, {})
        calls.bind(ev, init, [obj, *args], kwargs, bound)
        obj.args = dict(list(bound.names.items())[1:])
        calls.call_function(ev, init, [obj, *args], kwargs, site)
    elif cls.find("<dataclass>") is not None or "typing.NamedTuple" in cls.library_bases():
        _fill_fields(ev, obj, cls, args, kwargs, site)
        after = cls.find("__post_init__")
        if isinstance(after, Function):
            calls.call_function(ev, after, [obj], {}, site)
    elif obj.name:
        for name in fields(cls):  # a model of a validation library takes its fields as keyword arguments
            if name in kwargs:
                obj.attrs[name] = kwargs[name]
        library.initialise(ev, obj, obj.name, args, kwargs, site)
    if obj.kind == "module":
        ev.emit("make", site, obj)
    elif obj.kind == "scheduler":
        held = next((arg for arg in args if isinstance(arg, Obj) and arg.kind == "optimizer"), None)
        if held is not None:
            obj.args.setdefault("optimizer", held)
        ev.emit("make-scheduler", site, obj)
    elif obj.kind == "optimizer" and cls.find("step") is None:
        ev.emit("make-optimizer", site, obj)
    return obj


def fields(cls: Class) -> list[str]:
    """The fields of a dataclass, those of its bases first."""
    return list(dict.fromkeys(name for each in reversed(cls.lineage()) for name in each.fields))


def _fill_fields(ev: Evaluator, obj: Obj, cls: Class, args: list[Value], kwargs: dict[str, Value], site: Site) -> None:
    names = fields(cls)
    given = {**dict(zip(names, args, strict=False)), **kwargs}
    loose = "**" in kwargs or "*" in kwargs
    for name in names:
        value = given.get(name)
        default = field_default(ev, cls.find(name), site)
        if value is not None:
            obj.attrs[name] = settled(value, default) if is_optional(value) else value
        elif loose or default is None:
            obj.attrs[name] = Unknown(f"may be in *args or **kwargs: {name}" if loose else name)
        else:
            obj.attrs[name] = default


def field_default(ev: Evaluator, default: Value | None, site: Site) -> Value | None:
    """What a dataclass field holds if nothing is given: its default, or what ``field(default_factory=f)`` makes."""
    if isinstance(default, Obj) and default.name == "dataclasses.field":
        if "default" in default.args:
            return default.args["default"]
        factory = default.args.get("default_factory")
        return calls.call(ev, factory, [], {}, site) if factory is not None else None
    return default


def escape(ev: Evaluator, obj: Obj, site: Site) -> None:
    """``obj`` is handed to code that bpcheck does not see: anything may happen to it there."""
    if obj.kind in ("module", "optimizer", "scheduler", "loader", "dataset", "opaque", "instance", "scaler", "loss"):
        ev.store.set(obj.state, "escaped", site)
        ev.emit("escape", site, obj)
