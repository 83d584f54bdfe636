"""Python's built-in functions and the parts of the standard library that can be computed."""

from __future__ import annotations

import ast
import math
import posixpath
from collections.abc import Callable

from bpcheck.evaluate import assign, calls, counts, examined, iterate, objects, operators, paths, tables
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.standard import STANDARD, in_order, make_type, next_of
from bpcheck.evaluate.values import (
    MAX_CHOICES,
    NONE,
    BoundMethod,
    Choice,
    Class,
    Const,
    Counted,
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
    choices,
    is_optional,
    join_all,
    optional,
    settled,
    truth,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Kwargs = dict[str, Value]
Handler = Callable[[Evaluator, list[Value], Kwargs, Site], Value]

_FOLDED: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "int": int,
    "float": float,
    "str": str,
    "bool": bool,
    "round": round,
    "divmod": divmod,
    "pow": pow,
    "ord": ord,
    "chr": chr,
    "repr": repr,
    "len": len,
    "min": min,
    "max": max,
    "sum": sum,
    "sorted": sorted,
    "any": any,
    "all": all,
    "math.sqrt": math.sqrt,
    "math.ceil": math.ceil,
    "math.floor": math.floor,
    "math.log": math.log,
    "math.exp": math.exp,
    "math.pow": math.pow,
    "math.cos": math.cos,
    "math.log2": math.log2,
    "math.prod": math.prod,
    "os.path.join": posixpath.join,
    "os.path.basename": posixpath.basename,
    "os.path.dirname": posixpath.dirname,
    "os.path.splitext": posixpath.splitext,
    "pathlib.Path": lambda *parts: posixpath.join(*map(str, parts)) if parts else ".",
    "pathlib.PurePath": lambda *parts: posixpath.join(*map(str, parts)) if parts else ".",
    "os.path.expanduser": str,
    "os.path.normpath": str,
    "os.path.abspath": str,
}


def fold(name: str, args: list[Value], kwargs: Kwargs) -> Value | None:
    """The result of a pure function of constants."""
    function = _FOLDED.get(name)
    if function is None or kwargs:
        return None
    values: list[Any] = []
    setting: str | None = None
    for arg in args:
        plain = plain_value(arg)
        if plain is _NOT_PLAIN:
            return None
        values.append(plain)
        setting = setting or (arg.setting if isinstance(arg, Const) else None)
    try:
        return Const(function(*values), setting)
    except Exception:
        return Unknown(f"{name} of these arguments")


_NOT_PLAIN = object()


def plain_value(value: Value) -> Any:
    """The Python value behind constants and sequences of them."""
    if isinstance(value, Const):
        return value.value
    if isinstance(value, Seq) and value.items is not None:
        parts = [plain_value(item) for item in value.items]
        return _NOT_PLAIN if any(p is _NOT_PLAIN for p in parts) else tuple(parts) if value.kind == "tuple" else parts
    return _NOT_PLAIN


#: Modules of the standard library whose functions only compute.
_COMPUTING = (
    "math.", "itertools.", "functools.", "operator.", "statistics.", "collections.", "builtins.", "copy.", "random.", "bisect.",
    "heapq.",
)  # fmt: skip


def standard(ev: Evaluator, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """A function of the standard library that no table describes."""
    folded = fold(name, args, kwargs)
    if folded is not None:
        return folded
    if name in ("os.path.join", "pathlib.Path", "pathlib.PurePath") and args and not operators.flow(args).origins:
        return paths.joined(ev, args)
    last = name.rpartition(".")[2]
    if name in ("math.ceil", "math.floor"):
        return _size(args) or (counts.rounded(args[0]) if args else None) or Unknown(name)
    if name == "math.pow" and len(args) == 2:
        return operators.binary(ev, ast.Pow(), args[0], args[1], site)
    if name in ("os.path.abspath", "os.path.realpath", "os.path.normpath", "os.path.expanduser", "os.fspath") and args:
        return args[0]
    if name.startswith("itertools.chain"):
        return _chain(ev, args, site)
    if name in (
        "itertools.cycle",
        "itertools.islice",
        "itertools.repeat",
        "random.sample",
        "random.shuffle",
    ):
        first = args[0] if args else Unknown()
        return first if name != "itertools.repeat" else Seq("generator", None, first)
    if name == "random.choice" and args:
        return iterate.element(ev, args[0], site)
    if name == "itertools.product":
        return Seq("generator", None, Seq("tuple", [iterate.element(ev, a, site) for a in args]))
    if name == "collections.OrderedDict":
        return dict_(ev, args, kwargs, site)
    if name == "collections.defaultdict":
        made = dict_(ev, args[1:], kwargs, site)
        if args:
            made.cell["factory"] = args[0]
        return made
    if name == "functools.reduce" and len(args) > 1:
        return _reduce(ev, args, site)
    if name in ("collections.deque",):
        return list_(ev, args[:1], {}, site)
    handler = STANDARD.get(name)
    if handler is not None:
        return handler(ev, args, kwargs, site)
    if name in ("contextlib.nullcontext", "logging.getLogger"):
        return Obj("reporter", name, None, site)
    if name in ("importlib.import_module", "builtins.__import__") and args:
        return _import_module(ev, args[0], site)
    if name == "inspect.getmembers" and args:
        return _members(ev, args, site)
    if name.startswith("inspect.is") and len(args) == 1:
        return _kind_of(name[10:], args[0])
    if name.startswith(("builtins.dict.", "builtins.object.")) and args:
        from bpcheck.evaluate import methods

        return methods.call(ev, args[0], last, args[1:], kwargs, site)
    f = operators.flow([*args, *kwargs.values()])
    if f.passes and not name.startswith(_COMPUTING):
        examined.shown(ev, [*args, *kwargs.values()], site)
    if f.tensors or f.origins:
        mixed = operators.mixed([*args, *kwargs.values()]).but(grad=False)
        return mixed.but(history=frozenset()) if name.startswith(("os.", "pathlib.", "glob.", "re.")) else mixed
    if last[:1].isupper():
        return Obj("reporter", name, None, site)
    return Unknown(name)


def _import_module(ev: Evaluator, name: Value, site: Site) -> Value:
    if isinstance(name, Const) and paths.certain(name):
        return ev.imported(str(name.value), site.scope)
    ev.plugin_folders[site.scope.file.parent] = None
    return Unknown("a module whose name is not known")


def _members(ev: Evaluator, args: list[Value], site: Site) -> Value:
    """``inspect.getmembers(module, predicate)``."""
    rows: list[Value] = []
    for name in sorted(objects.names_of(ev, args[0])):
        value = objects.attribute(ev, args[0], name, site)
        if len(args) == 1 or truth(calls.call(ev, args[1], [value], {}, site)) is True:
            rows.append(Seq("tuple", [Const(name), value]))
    return Seq("list", rows) if rows else Unknown("members")


_KINDS: dict[str, tuple[type, ...]] = {
    "class": (Class,), "function": (Function,), "method": (BoundMethod,), "module": (Module,),
    "routine": (Function, BoundMethod),
}  # fmt: skip


def _kind_of(word: str, value: Value) -> Value:
    """``inspect.isclass`` and its like, of values of the project."""
    if word not in _KINDS or isinstance(value, (Unknown, Symbol, Choice, Partial)):
        return Unknown(word)
    return Const(isinstance(value, _KINDS[word]))


def subclass_(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """``issubclass(cls, bases)``."""
    from bpcheck.evaluate import classes

    cls = args[0] if len(args) == 2 else NONE
    if not isinstance(cls, Class):
        return Unknown("issubclass")
    bases = args[1].items if isinstance(args[1], Seq) and args[1].items is not None else (args[1],)
    names = {base.name for base in bases if isinstance(base, Symbol)}
    is_module = "torch.nn.Module" in names and classes.role(ev, cls) == "module"
    if is_module or not names.isdisjoint(cls.library_bases()) or any(base in cls.lineage() for base in bases):
        return Const(True)
    decided = names <= {"torch.nn.Module"} and not cls.has_unknown_base()
    return (
        Const(False) if decided and all(isinstance(base, (Class, Symbol)) for base in bases) else Unknown("issubclass")
    )


def property_(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """``property(getter)`` without the syntax of a decorator."""
    getter = args[0] if args else kwargs.get("fget", NONE)
    return getter.decorated(Symbol("builtins.property")) if isinstance(getter, Function) else getter


def _reduce(ev: Evaluator, args: list[Value], site: Site) -> Value:
    """``functools.reduce(function, items, first)`` of items that are known."""
    items = iterate.unrolled(args[1])
    values = None if items is None else [*args[2:], *items]
    if not values:
        return Unknown("reduce")
    result = values[0]
    for value in values[1:]:
        result = calls.call(ev, args[0], [result, value], {}, site)
    return result


def _chain(ev: Evaluator, args: list[Value], site: Site) -> Value:
    if all(isinstance(a, Params) for a in args):
        parts = tuple(p for a in args if isinstance(a, Params) for p in a.parts)
        return Params(parts, all(isinstance(a, Params) and a.known for a in args))
    return Seq("generator", None, join_all([iterate.element(ev, a, site) for a in args]) if args else None)


def _numeric(name: str) -> Handler:
    def handler(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
        folded = fold(name, args, kwargs)
        if folded is not None:
            return folded
        f = operators.flow(args)
        if f.tensors or f.origins:
            made = operators.mixed(args, "number")
            return made.but(history=frozenset()) if name in ("str", "repr", "chr") else made
        counted = counts.rounded(args[0]) if name == "int" and args else None
        return counted or (_size(args) if name in ("int", "float", "round") else None) or Unknown(name)

    return handler


def _size(values: list[Value]) -> Obj | None:
    """Of rounded, or of the larger or smaller: a number of batches or samples."""
    return next((value for value in values if isinstance(value, Obj) and value.kind == "size"), None)


def _extreme(name: str) -> Handler:
    def handler(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
        folded = fold(name, args, kwargs)
        if folded is not None:
            return folded
        values = list(args)
        if len(args) == 1:
            values = [iterate.element(ev, args[0], site)]
        tensors = [v for v in values if isinstance(v, Tensor)]
        if tensors:
            kind = tensors[0].kind if len({t.kind for t in tensors}) == 1 else "number"
            made = operators.mixed(values, kind)
            if len(args) == 1 and isinstance(args[0], Tensor):
                return tables.statistic(ev, name, args[0], made, [], {}, site)
            numbers = len(tensors) == len(values) and all(t.via == operators.STATISTIC for t in tensors)
            totals = all(t.via == examined.TOTAL for t in tensors)
            return made.but(via=operators.STATISTIC if numbers else examined.TOTAL) if numbers or totals else made
        return _size(values) or join_all([v for v in values if isinstance(v, Unknown)] or [Unknown(name)])

    return handler


def sum_(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    folded = fold("sum", args, kwargs)
    if folded is not None:
        return folded
    if not args:
        return Unknown("sum")
    element = iterate.element(ev, args[0], site)
    if isinstance(element, Tensor):
        return element
    return operators.mixed([args[0]]) if operators.flow([args[0]]).tensors else Unknown("sum")


def len_(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    value = args[0] if args else Unknown()
    items = iterate.entries(value)
    if items is not None and any(map(is_optional, items)):
        return Unknown("len")
    if items is not None:
        return Const(len(items), value.setting if isinstance(value, Const) else None)
    if isinstance(value, Const):
        return fold("len", args, {}) or Unknown("len")
    if isinstance(value, Obj) and value.kind in ("loader", "dataset", "opaque"):
        size = Obj("size", "len", None, site)
        size.state["of"] = value
        return size
    return Unknown("len")


def range_(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    numbers = [a.value if isinstance(a, Const) and isinstance(a.value, int) else None for a in args]
    if numbers and None not in numbers:
        try:
            setting = next((a.setting for a in args if isinstance(a, Const) and a.setting), None)
            return Const(range(*numbers), setting)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return Unknown("range")
    made = Seq("range", None, Counted())
    made.cell["bounds"] = tuple(args)
    return made


def enumerate_(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    value = args[0] if args else Unknown()
    items = iterate.entries(value)
    start = args[1] if len(args) > 1 else kwargs.get("start", Const(0))
    if items is not None and isinstance(start, Const) and isinstance(start.value, int):
        kind = "enumerate-range" if iterate.is_count(value) else "generator"
        return Seq(kind, _numbered(items, start))
    made = Seq("generator", None, Seq("tuple", [Counted(), iterate.element(ev, value, site)]))
    made.cell["over"] = value
    return made


def _numbered(items: tuple[Value, ...], start: Const) -> list[Value]:
    """Pairs of number and element; behind an optional element the numbers are not known."""
    rows: list[Value] = []
    certain = True
    for number, item in enumerate(items):
        counted = Const(start.value + number) if certain else Unknown("a number of a range")
        row = Seq("tuple", [counted, settled(item)])
        rows.append(optional(row) if is_optional(item) else row)
        certain = certain and not is_optional(item)
    return rows


def zip_(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    row = kwargs.get("*")
    if row is not None and not args:  # rows become columns: of each as many as there are rows
        inside = iterate.unrolled(row)
        if inside is not None:
            return Seq("generator", [Seq("tuple", None, each) for each in inside])
        return Seq("generator", None, Seq("tuple", None, iterate.element(ev, row, site)))
    columns = [iterate.unrolled(a) for a in args]
    if columns and all(c is not None for c in columns):
        return Seq(
            "generator", [Seq("tuple", list(row)) for row in zip(*[c for c in columns if c is not None], strict=False)]
        )
    made = Seq("generator", None, Seq("tuple", [iterate.element(ev, a, site) for a in args]))
    made.cell["over"] = args[0] if args else Unknown()
    return made


def list_(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    if not args:
        return Seq("list", ())
    value = args[0]
    if isinstance(value, Params):
        return value
    items = iterate.entries(value)
    if items is not None:
        return Seq("list", items)
    if isinstance(value, Tensor):
        return value
    return Seq("list", None, iterate.element(ev, value, site))


def tuple_(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    made = list_(ev, args, kwargs, site)
    return Seq("tuple", made.items, made.cell["elem"]) if isinstance(made, Seq) else made


def dict_(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Map:
    made = Map()
    made.site = site
    if ev.loading:
        made.cell["shared"] = True
    for arg in map(operators.mapping_of, args):
        if isinstance(arg, Map):
            made.data.update(arg.data)
            made.cell["open"] = made.cell["open"] or arg.cell["open"]
            continue
        items = iterate.unrolled(arg)
        for pair in items or ():
            if (
                isinstance(pair, Seq)
                and pair.items is not None
                and len(pair.items) == 2
                and isinstance(pair.items[0], Const)
            ):
                made.data[pair.items[0].value] = pair.items[1]
            else:
                made.cell["open"] = True
        if items is None:
            made.cell["open"] = True
    for name, value in kwargs.items():
        if name == "**":
            made.cell["open"] = True
        else:
            made.data[name] = value
    return made


def getattr_(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    if len(args) < 2:
        return Unknown("getattr")
    names: list[str] = []
    for each in choices(args[1]):
        if not isinstance(each, Const) or not isinstance(each.value, str):
            return Unknown("getattr with a name that is not constant")
        names += [each.value] if paths.certain(each) else paths.matching(each.value, objects.names_of(ev, args[0]))
    if not names or len(names) > MAX_CHOICES:
        return Unknown("getattr with a name of which only a part is known")
    found = [objects.attribute(ev, args[0], name, site) for name in names]
    only = args[1]
    if isinstance(only, Const) and only.setting in ev.setting_sites and isinstance(found[0], Symbol):
        found = [Symbol(found[0].name, ev.setting_sites[only.setting])]
    if len(args) > 2 and not all(map(paths.certain, choices(args[1]))):
        return join_all([*found, args[2]])
    if len(args) > 2 and any(isinstance(v, (Unknown, Method)) for v in found):
        obj = args[0]
        if (isinstance(obj, Obj) and obj.kind in ("settings", "instance")) or isinstance(obj, (Module, Class)):
            found = [args[2] if isinstance(v, (Unknown, Method)) else v for v in found]
        else:
            found = [*found, args[2]]
    return join_all(found)


def setattr_(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    if len(args) == 3:
        if isinstance(args[1], Const):
            assign.set_attribute(ev, args[0], str(args[1].value), args[2], site)
        elif isinstance(args[0], Obj):
            ev.store.set(args[0].state, "open", True)
    return NONE


def iter_(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    value = args[0] if args else Unknown()
    if isinstance(value, Obj) and value.cls is not None and value.kind not in ("dataset", "loader"):
        method = value.cls.find("__iter__")
        if isinstance(method, Function):
            return calls.call_function(ev, method, [value], {}, site)
    return value


def next_(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    value = args[0] if args else Unknown()
    if isinstance(value, Obj) and value.cls is not None and isinstance(value.cls.find("__next__"), Function):
        method = value.cls.find("__next__")
        assert isinstance(method, Function)
        return calls.call_function(ev, method, [value], {}, site)
    if isinstance(value, Params):
        return value
    found = next_of(ev, value, args[1] if len(args) > 1 else None) if isinstance(value, Seq) else None
    return iterate.element(ev, value, site) if found is None else found


def map_(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    if len(args) < 2:
        return Unknown("map")
    columns = [iterate.unrolled(a) for a in args[1:]]
    if all(c is not None and len(c) <= 32 for c in columns):
        rows = zip(*[c for c in columns if c is not None], strict=False)
        return Seq("generator", [calls.call(ev, args[0], list(row), {}, site) for row in rows])
    return Seq("generator", None, calls.call(ev, args[0], [iterate.element(ev, a, site) for a in args[1:]], {}, site))


def filter_(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    if len(args) < 2:
        return Unknown("filter")
    if isinstance(args[1], Params):
        kept = calls.call(ev, args[0], [args[1]], {}, site) if isinstance(args[0], Function) else None
        return operators.trainable(args[1], kept)
    items = iterate.unrolled(args[1])
    if items is not None and not isinstance(args[0], Const):
        answers = [truth(calls.call(ev, args[0], [item], {}, site)) for item in items]
        if None not in answers:
            return Seq("generator", [item for item, answer in zip(items, answers, strict=True) if answer])
    return Seq("generator", None, iterate.element(ev, args[1], site))


def print_(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    examined.shown(ev, args, site)
    return NONE


def type_(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    value = args[0] if args else Unknown()
    if len(args) == 3:
        return make_type(ev, args, site)
    if isinstance(value, Obj):
        return (
            value.cls
            if value.cls is not None
            else Symbol(value.name)
            if value.name and value.kind != "opaque"
            else Unknown("type")
        )
    if isinstance(value, Const):
        return Symbol(f"builtins.{type(value.value).__name__}")
    return Unknown("type")


def reversed_(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    items = iterate.unrolled(args[0]) if args else None
    if items is not None:
        return Seq("list", items[::-1])
    return args[0] if args else Unknown("reversed")


def sorted_(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    folded = fold("sorted", args, kwargs)
    if folded is not None and isinstance(folded, Const):
        return Seq("list", [Const(v) for v in folded.value])
    value = args[0] if args else Unknown()
    items = in_order(ev, value, kwargs, site)
    if items is not None:
        return Seq("list", items)
    return value if isinstance(value, Tensor) else Seq("list", None, iterate.element(ev, value, site))


def slice_(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    bounds = [NONE, *args, NONE] if len(args) == 1 else [*args, NONE]
    plain = [bound.value if isinstance(bound, Const) else ... for bound in bounds[:3]]
    if args and all(p is None or isinstance(p, (int, float)) for p in plain):
        return Const(slice(*plain))
    made = Obj("slice", "builtins.slice", None, site)
    made.attrs.update(zip(("start", "stop", "step"), bounds, strict=False))
    return made


def callable_(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    value = args[0] if args else Unknown()
    if isinstance(value, (Function, BoundMethod, Class)):
        return Const(True)
    return Const(False) if isinstance(value, (Const, Seq, Map)) else Unknown("callable")


def identity(ev: Evaluator, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    return args[0] if args else NONE


BUILTINS: dict[str, Handler] = {
    "len": len_,
    "range": range_,
    "xrange": range_,
    "enumerate": enumerate_,
    "zip": zip_,
    "list": list_,
    "tuple": tuple_,
    "set": list_,
    "frozenset": list_,
    "dict": dict_,
    "sorted": sorted_,
    "reversed": reversed_,
    "getattr": getattr_,
    "setattr": setattr_,
    "iter": iter_,
    "next": next_,
    "map": map_,
    "filter": filter_,
    "print": print_,
    "type": type_,
    "callable": callable_,
    "slice": slice_,
    "sum": sum_,
    "min": _extreme("min"),
    "max": _extreme("max"),
    "staticmethod": identity,
    "classmethod": identity,
    "property": property_,
    "issubclass": subclass_,
    **{
        name: _numeric(name)
        for name in ("abs", "int", "float", "str", "bool", "round", "divmod", "pow", "ord", "chr", "repr", "any", "all")
    },
}
