"""Data sets of Hugging Face's datasets: they have named parts, which are what they are called, and can be split further."""

from __future__ import annotations

from collections.abc import Callable

from bpcheck.apis.spec import Api
from bpcheck.evaluate import data, iterate
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.values import Const, Map, Obj, Seq, Site, Symbol, Unknown, Value, constant

Kwargs = dict[str, Value]

#: Methods that give the same samples again, in another order or shape.
SAME = frozenset({
    "map", "shuffle", "sort", "batch", "copy", "repeat", "with_format", "set_format", "reset_format", "with_transform", "set_transform",
    "cast", "cast_column", "rename_column", "rename_columns", "remove_columns", "select_columns", "add_column", "flatten",
    "flatten_indices", "class_encode_column", "align_labels_with_mapping", "to_iterable_dataset", "save_to_disk", "push_to_hub",
})  # fmt: skip
#: ... and those that give some of them.
SOME = frozenset(["select", "filter", "take", "skip", "shard", "unique"])


def _named(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    """A data set by its name: all parts, or those that ``split`` asks for."""
    wanted = bound.get("split")
    several = iterate.unrolled(wanted) if isinstance(wanted, Seq) else None
    if several is not None:
        return Seq("list", [_of_name(ev, name, bound, each, site) for each in several])
    return _of_name(ev, name, bound, wanted, site)


def _of_name(ev: Evaluator, name: str, bound: Kwargs, wanted: Value | None, site: Site) -> Obj:
    made = Obj("dataset", name, None, site)
    made.args = bound
    key = f"{name} {constant(bound.get('path'))} {constant(bound.get('name'))}"
    whole = ev.origin(key, site)
    if isinstance(wanted, Symbol):  # ``Split.TRAIN``
        wanted = Const(wanted.name.rpartition(".")[2].lower())
    if isinstance(wanted, Const) and isinstance(wanted.value, str):
        split = data.split_of_word(Const(wanted.value.partition("[")[0]))
        made.state["origins"] = frozenset({ev.origin(key, site, split, whole, wanted.value)})
    else:
        made.state["origins"] = frozenset({whole})
        made.state["named"] = True
    ev.emit("dataset", site, made)
    return made


def _dict(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    given = bound.pop("parts", None)
    parts = {str(key): value for key, value in given.data.items()} if isinstance(given, Map) else {}
    return together({**parts, **bound}, site)


def together(parts: Kwargs, site: Site) -> Obj:
    """A dictionary of data sets, most of whose methods do the same to each."""
    made = Obj("dataset", "datasets.DatasetDict", None, site)
    made.attrs.update(parts)
    made.state["named"] = True
    return made


def _made(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    made = Obj("dataset", name, None, site)
    found = frozenset().union(*(data.origins(ev, value) for value in bound.values()))
    made.state["origins"] = found or frozenset({ev.origin(name, site)})
    return made


def method(ev: Evaluator, obj: Obj, name: str, args: list[Value], kwargs: Kwargs, site: Site) -> Value | None:
    """A method of a data set; ``None`` where it is none of these."""
    if name == "train_test_split":
        return together({half: data.part(ev, obj, half, site) for half in ("train", "test")}, site)
    if name in SAME:
        return obj
    if name in SOME:
        return data.part(ev, obj, f"{name} {site.node.lineno}", site)  # type: ignore[attr-defined]
    if name in ("items", "keys", "values", "pop", "get") and obj.state.get("named"):
        return _of_parts(ev, obj, name, args, site)
    return None


def _of_parts(ev: Evaluator, obj: Obj, name: str, args: list[Value], site: Site) -> Value:
    if name in ("pop", "get"):
        from bpcheck.evaluate import objects

        return objects.item(ev, obj, args[0] if args else Unknown("key"), site)
    rows: list[Value] = []
    for key, value in obj.attrs.items():
        rows.append(Const(key) if name == "keys" else value if name == "values" else Seq("tuple", [Const(key), value]))
    if obj.name == "datasets.DatasetDict":
        return Seq("generator", rows)
    some = data.part(ev, obj, "some part", site)
    row = Unknown("part") if name == "keys" else some if name == "values" else Seq("tuple", [Unknown("part"), some])
    return Seq("generator", None, row)


HANDLERS: dict[str, Callable[[Evaluator, Api, str, Kwargs, Site], Value]] = {
    "hub-dataset": _named,
    "hub-dict": _dict,
    "hub-made": _made,
}
