"""Pools of processes or threads: the functions that they are given run where the pool is asked to run them."""

from __future__ import annotations

from bpcheck.evaluate import builtin, calls, iterate
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.values import NONE, Map, Obj, Seq, Site, Unknown, Value

Kwargs = dict[str, Value]

_MAPS = frozenset({"map", "imap", "imap_unordered", "map_async", "starmap", "starmap_async", "imap_async"})
_CALLS = frozenset({"submit", "apply", "apply_async"})


def pool_method(ev: Evaluator, pool: Obj, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """A method of a pool or executor; what it gives later is known at once."""
    if name in _MAPS and len(args) > 1:
        several = name == "map" and pool.name.startswith("concurrent")  # in a pool, the third argument is a size
        made = _star(ev, args, site) if "star" in name else builtin.map_(ev, args if several else args[:2], {}, site)
        return _future(made, site) if name.endswith("async") else made
    if name in _CALLS and args:
        positional: tuple[Value, ...] | None = tuple(args[1:])
        if name != "submit":
            positional = iterate.unrolled(args[1]) if len(args) > 1 else ()
            named = args[2] if len(args) > 2 else kwargs.get("kwds")
            kwargs = {str(key): value for key, value in named.data.items()} if isinstance(named, Map) else {}
        if positional is None:
            kwargs = {**kwargs, "*": iterate.element(ev, args[1], site)}
        made = calls.call(ev, args[0], list(positional or ()), kwargs, site)
        return made if name == "apply" else _future(made, site)
    return NONE


def _star(ev: Evaluator, args: list[Value], site: Site) -> Value:
    """``starmap``: each element is spread over the parameters."""
    rows = iterate.unrolled(args[1])
    made: list[Value] = []
    for row in (iterate.element(ev, args[1], site),) if rows is None else rows:
        items = iterate.unrolled(row)
        spread: Kwargs = {} if items is not None else {"*": iterate.element(ev, row, site)}
        made.append(calls.call(ev, args[0], list(items or ()), spread, site))
    return Seq("generator", made) if rows is not None else Seq("generator", None, made[0])


def future_method(ev: Evaluator, future: Obj, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """``result()`` or ``get()`` of what was asked for."""
    return future.args["value"] if name in ("result", "get") else Unknown(name)


def _future(value: Value, site: Site) -> Obj:
    future = Obj("future", "", None, site)
    future.args["value"] = value
    return future
