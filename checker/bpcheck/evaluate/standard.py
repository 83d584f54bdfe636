"""Functions of the standard library that look into objects, copy or make them."""

from __future__ import annotations

import ast
from collections.abc import Callable

from bpcheck.evaluate import calls, iterate, objects, operators
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.values import (
    FALSE,
    NONE,
    Class,
    Const,
    Function,
    Map,
    Obj,
    Partial,
    Seq,
    Site,
    Symbol,
    Unknown,
    Value,
    is_none,
    is_optional,
    truth,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Kwargs = dict[str, Value]
Handler = Callable[[Evaluator, list[Value], Kwargs, Site], Value]


def _asdict(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """``dataclasses.asdict``: the fields, and those of the dataclasses in them."""
    obj = args[0] if args else NONE
    if not isinstance(obj, Obj) or obj.cls is None:
        return Unknown("asdict")
    made = Map()
    for name in _fields(obj.cls):
        value = objects.attribute(ev, obj, name, site)
        inner = isinstance(value, Obj) and value.cls is not None and value.cls.find("<dataclass>") is not None
        made.data[name] = _asdict(ev, [value], {}, site) if inner else value
    return made


def _astuple(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    made = _asdict(ev, args, kwargs, site)
    return Seq("tuple", list(made.data.values())) if isinstance(made, Map) else made


def _fields(cls: Class) -> list[str]:
    return list(dict.fromkeys(name for each in reversed(cls.lineage()) for name in each.fields))


def _replace(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """``dataclasses.replace``: another object with some fields changed."""
    obj = args[0] if args else NONE
    if not isinstance(obj, Obj) or obj.cls is None:
        return Unknown("replace")
    twin = Obj(obj.kind, obj.name, obj.cls, site)
    twin.args.update(obj.args)
    twin.attrs.update(obj.attrs)
    for name, value in kwargs.items():
        if name != "**":
            twin.attrs[name] = value
    if "**" in kwargs:
        twin.attrs.update({name: Unknown("may be changed") for name in _fields(obj.cls) if name not in kwargs})
    return twin


def _getter(name: str) -> Handler:
    """What makes a function that gets something from its argument."""

    def handler(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
        return Partial(Symbol(f"operator.<{name}>"), args, {f"<{word}>": value for word, value in kwargs.items()})

    return handler


def _several(values: list[Value]) -> Value:
    return values[0] if len(values) == 1 else Seq("tuple", values)


def _get_attributes(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    found: list[Value] = []
    for path in args[:-1]:
        value: Value = args[-1]
        for name in str(path.value).split(".") if isinstance(path, Const) else ():
            value = objects.attribute(ev, value, name, site)
        found.append(value if isinstance(path, Const) else Unknown("attribute"))
    return _several(found) if found else Unknown("attributes")


def _get_items(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    found = [objects.item(ev, args[-1], key, site) for key in args[:-1]]
    return _several(found) if found else Unknown("items")


def _call_method(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    if len(args) < 2 or not isinstance(args[0], Const):
        return Unknown("method")
    method = objects.attribute(ev, args[-1], str(args[0].value), site)
    return calls.call(ev, method, args[1:-1], {word.strip("<>"): value for word, value in kwargs.items()}, site)


def _environment(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """A variable of the environment: its default is what the program is checked with, and the user may set it."""
    default = args[1] if len(args) > 1 else kwargs.get("default")
    if isinstance(default, Const) and default.value is not None and args and isinstance(args[0], Const):
        return Const(default.value, default.setting or f"${args[0].value}")
    return Unknown("a variable of the environment")


def _identity(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    return args[0] if args else NONE


def _chain_map(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """``ChainMap``: of several entries the first counts."""
    made = Map()
    for given in reversed(args):
        held = operators.mapping_of(given)
        if not isinstance(held, Map) or held.cell["open"]:
            return Unknown("ChainMap")
        for key, value in held.data.items():
            made.data[key] = value
    return made


def make_type(ev: Evaluator, args: list[Value], site: Site) -> Value:
    """``type(name, bases, names)``."""
    name, bases, names = args
    if not isinstance(name, Const) or not isinstance(bases, Seq) or bases.items is None or not isinstance(names, Map):
        return Unknown("type")
    cls = Class(_statement(str(name.value), site), site.scope, list(bases.items))
    cls.names.update({str(key): value for key, value in names.data.items()})
    for value in cls.names.values():
        if isinstance(value, Function) and value.owner is None and not isinstance(value.node, ast.Lambda):
            value.owner = cls
    return cls


def _statement(name: str, site: Site) -> ast.ClassDef:
    """A ``class`` statement where the class is made."""
    node = ast.ClassDef(name=name, bases=[], keywords=[], body=[], decorator_list=[])
    ast.copy_location(node, site.node)
    return node


def in_order(ev: Evaluator, value: Value, kwargs: Kwargs, site: Site) -> tuple[Value, ...] | None:
    """The elements as ``sorted(value, key=..., reverse=...)`` gives them, where all that decides is known."""
    items = iterate.unrolled(value)
    if items is None or truth(kwargs.get("reverse", FALSE)) is None:
        return None
    key = kwargs.get("key", NONE)
    ranks = list(items) if is_none(key) else [calls.call(ev, key, [item], {}, site) for item in items]
    known = [_rank(rank) for rank in ranks]
    if _NO_RANK in known:
        return None
    order = sorted(range(len(items)), key=known.__getitem__, reverse=truth(kwargs.get("reverse", FALSE)) is True)
    return tuple([items[i] for i in order])


_NO_RANK: tuple[Any, ...] = ("",)


def _rank(value: Value) -> tuple[Any, ...]:
    """What a value is sorted by: numbers and words, and tuples of them."""
    if isinstance(value, Const) and isinstance(value.value, (int, float, str)):
        return (isinstance(value.value, str), value.value)
    if isinstance(value, Seq) and value.items is not None:
        parts = [_rank(item) for item in value.items]
        return _NO_RANK if _NO_RANK in parts else (2, tuple(parts))
    return _NO_RANK


def next_of(ev: Evaluator, value: Seq, default: Value | None) -> Value | None:
    """The next element of an iterator whose elements are known; ``None`` where it is not known which it is."""
    if value.kind != "generator" or value.items is None or any(not loop.unrolled for loop, _ in ev.loops):
        return None
    if not value.items:
        return default
    first, *rest = value.items
    if is_optional(first):
        return None
    ev.store.set(value.cell, "items", tuple(rest))
    return first


STANDARD: dict[str, Handler] = {
    "dataclasses.asdict": _asdict,
    "dataclasses.astuple": _astuple,
    "dataclasses.replace": _replace,
    "operator.attrgetter": _getter("attrgetter"),
    "operator.itemgetter": _getter("itemgetter"),
    "operator.methodcaller": _getter("methodcaller"),
    "operator.<attrgetter>": _get_attributes,
    "operator.<itemgetter>": _get_items,
    "operator.<methodcaller>": _call_method,
    "os.environ.get": _environment,
    "os.getenv": _environment,
    "types.MappingProxyType": _identity,
    "collections.ChainMap": _chain_map,
}
