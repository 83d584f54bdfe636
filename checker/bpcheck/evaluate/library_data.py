"""Handlers for what reads, makes, joins and splits data."""

from __future__ import annotations

from collections.abc import Callable

from bpcheck.apis.spec import Api
from bpcheck.evaluate import data, hub_data, iterate, memo, opaque, operators, tables
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.values import (
    Const,
    Obj,
    Seq,
    Site,
    Tensor,
    Unknown,
    Value,
    constant,
    truth,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Kwargs = dict[str, Value]


def _is_network_code(ev: Evaluator) -> bool:
    """Whether a method of a network runs: masks and the like that it makes of ones and zeros are no data."""
    owner = ev.functions[-1].owner if ev.functions else None
    return owner is not None and "torch.nn.Module" in owner.library_bases()


def _made(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    fixed = not api.facts.get("random") and _is_network_code(ev)
    origin = ev.origin(name, site, synthetic=True, fixed=fixed)
    grad = truth(bound["requires_grad"]) if "requires_grad" in bound else False
    like = operators.flow(bound.values())
    if api.facts.get("mask"):
        memo.mark_running(ev, "masks", "drawn")
    return Tensor(
        "data",
        grad,
        origins=frozenset({origin}) if not like.origins or api.facts.get("random") else like.origins,
        via=name.rpartition(".")[2],
    )


def _tensor(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    first = bound.get("data", Unknown("data"))
    if isinstance(first, Tensor):
        first = first if name.startswith("pandas.") else tables.as_array(ev, first, site)
        return first.but(grad=False) if isinstance(first, Tensor) and name.startswith("numpy.") else first
    f = operators.flow([first])
    if f.tensors or f.origins:
        made = Tensor(
            "data",
            f.grad if name.startswith("numpy.") is False and f.models else False,
            f.models,
            f.origins,
            passes=f.passes,
            history=f.history,
        )
        return tables.concatenated(ev, first, made, site) if api.facts.get("joins") else made
    if isinstance(first, (Const, Seq)) and f.known:
        return Tensor("data", False, origins=frozenset({ev.origin("literal", site, synthetic=True)}))
    return Tensor("data", False)


def _resample(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    return tables.resampled(ev, bound.get("data", Unknown("data")), _tensor(ev, api, name, bound, site), site)


def _variable(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    value = bound.get("data", Unknown("data"))
    volatile = bound.get("volatile")
    if isinstance(value, Unknown):
        value = Tensor("data", False)
    if isinstance(volatile, Const) and volatile.value:
        ev.emit("volatile", site, None)
        return _volatile(value)
    if truth(bound.get("requires_grad", Const(False))) and isinstance(value, Tensor):
        return value.but(grad=True)
    return value


def _volatile(value: Value) -> Value:
    """``value``, or each tensor in it, marked as one that switches gradients off."""
    if isinstance(value, Seq):
        if value.items is not None:
            return Seq(value.kind, map(_volatile, value.items))
        return Seq(value.kind, None, _volatile(value.elem))
    made = value if isinstance(value, Tensor) else operators.mixed([value], "data").but(grad=False)
    return made.but(via="volatile")


def _one_hot(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    memo.mark_running(ev, "one-hot", "made")
    return operators.mixed([bound.get("tensor")], "data", "one-hot").but(grad=False)


def _dataset(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    obj = Obj("dataset", name, None, site)
    obj.args = bound
    ev.emit("dataset", site, obj)
    return obj


def _tensor_dataset(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    obj = Obj("dataset", name, None, site)
    obj.args = bound
    tensors = bound.get("tensors")
    if isinstance(tensors, Seq) and tensors.items is not None:
        obj.state["tensors"] = tensors.items
    return obj


def _joined(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    obj = Obj("dataset", name, None, site)
    obj.args = bound
    found: frozenset[Any] = frozenset()
    parts = bound.get("datasets", Unknown())
    for each in iterate.unrolled(parts) or (iterate.element(ev, parts, site),):
        found |= data.origins(ev, each)
        obj.state.setdefault("of", each)
    obj.state["origins"] = found
    obj.state["part"] = ""
    return obj


def _subset(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    obj = Obj("dataset", name, None, site)
    obj.args = bound
    obj.state["of"] = bound.get("dataset", Unknown())
    obj.state["part"] = f"subset {id(site.node)}"
    return obj


def _split(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    lengths = bound.get("lengths", Unknown())
    items = iterate.unrolled(lengths)
    base = bound.get("dataset", Unknown())
    made: list[Value] = []
    for number in range(len(items) if items is not None else 2):
        obj = Obj("dataset", "torch.utils.data.Subset", None, site)
        obj.args = {"dataset": base}
        obj.state["of"] = base
        obj.state["part"] = f"split {number}"
        made.append(obj)
    ev.emit("split", site, None, of=base, parts=made)
    return Seq("list", made)


def _split_arrays(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    arrays = bound.get("arrays", Seq("tuple", ()))
    items = arrays.items if isinstance(arrays, Seq) and arrays.items is not None else ()
    made: list[Value] = []
    for array in items:
        for half in ("train part", "held-out part"):
            if isinstance(array, Tensor):
                made.append(iterate.part(ev, array, half, site))
            elif isinstance(array, Obj) and array.kind == "dataset":
                made.append(data.part(ev, array, half, site))
            else:
                found = data.origins(ev, array) or frozenset({ev.origin("array", site)})
                made.append(
                    Tensor("data", False, origins=frozenset(ev.origin(o.key, site, "", o, half) for o in found))
                )
    ev.emit("split", site, None, of=arrays, parts=made)
    return Seq("list", made)


def _loader(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    obj = Obj("loader", name, None, site)
    obj.args = bound
    ev.emit("loader", site, obj)
    return obj


def _bunch(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    synthetic = not api.facts.get("real")
    split = data.split_of_word(bound.get("subset"))
    origin = ev.origin(name, site, split, synthetic=synthetic)
    features = Tensor("data", False, origins=frozenset({ev.origin(name, site, "", origin, "x")}))
    via = "multi-hot" if api.facts.get("multilabel") else ""
    targets = Tensor("data", False, origins=frozenset({ev.origin(name, site, "", origin, "y")}), via=via)
    if synthetic or truth(bound.get("return_X_y", Const(False))):
        return Seq("tuple", [features, targets])
    bunch = Obj("record", name, None, site)
    bunch.attrs.update(
        {
            "data": features,
            "target": targets,
            "images": features,
            "feature_names": Unknown(),
            "target_names": Unknown(),
            "frame": features,
        }
    )
    return bunch


def _read(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    mode = constant(bound.get("mode"))
    if isinstance(mode, str) and any(c in mode for c in "wax") and "r" not in mode:
        return Obj("reporter", name, None, site)
    first = bound.get("file")
    f = operators.flow([first])
    if f.origins:
        made = Tensor("data", False, origins=f.origins)  # what the name of the file went through is no matter
        return tables.read(ev, api, made, bound, site) if api.facts.get("table") else made
    path = constant(first)
    origin = ev.origin(f"file {path}" if path is not None else name, site, data.split_of_word(first))
    made = Tensor("data", False, origins=frozenset({origin}), via="file")
    return tables.read(ev, api, made, bound, site) if api.facts.get("table") else made


def _load(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    loaded = opaque.new(ev, "", site)
    loaded.name = "loaded"
    path = next(iter(bound.values()), None)
    loaded.state["origin"] = ev.origin(
        f"file {constant(path)}" if constant(path) else name, site, data.split_of_word(path)
    )
    loaded.state["loaded"] = True
    return loaded


def _parts(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    wanted = bound.get("split")
    single = isinstance(wanted, Const) and isinstance(wanted.value, str)
    if single:
        return Tensor("data", False, origins=frozenset({ev.origin(name, site, data.split_of_word(wanted))}))
    parts: tuple[str, ...] = api.facts.get("parts", ())
    if parts:  # unless others are asked for
        if not bound.keys().isdisjoint(("train", "validation", "test")):
            return Tensor("data", False, origins=frozenset({ev.origin(name, site)}))
        whole = ev.origin(name, site)
        halves = [frozenset({ev.origin(name, site, part, whole, part)}) for part in parts]
        return Seq("tuple", [Tensor("data", False, origins=origins) for origins in halves])
    made: list[Value] = []
    listed = iterate.unrolled(wanted) if wanted is not None else None
    known: tuple[str, ...] = api.facts.get("splits", ())
    words = [data.split_of_word(w) for w in listed] if listed else [*known] or ["train", "validation", "test"]
    for number, word in enumerate(words):
        obj = Obj("dataset", name, None, site)
        obj.state["origins"] = frozenset({ev.origin(f"{name} part {number}", site, word if listed or known else "")})
        made.append(obj)
    return Seq("tuple", made)


def _loaders_of(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    items = iterate.unrolled(bound.get("datasets", Unknown()))
    made: list[Value] = []
    for each in items or ():
        obj = Obj("loader", name, None, site)
        obj.args = {"dataset": each, "shuffle": Const(True)}
        made.append(obj)
    if made:
        return Seq("tuple", made)
    return Seq("tuple", None, Obj("loader", name, None, site))


def _folds(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    return Obj("folds", name, None, site)


HANDLERS: dict[str, Callable[[Evaluator, Api, str, Kwargs, Site], Value]] = {
    "made": _made,
    "tensor": _tensor,
    "resample": _resample,
    "variable": _variable,
    "one-hot": _one_hot,
    "dataset": _dataset,
    "tensor-dataset": _tensor_dataset,
    "joined": _joined,
    "subset": _subset,
    "split": _split,
    "split-arrays": _split_arrays,
    "loader": _loader,
    "bunch": _bunch,
    "read": _read,
    "load": _load,
    "parts": _parts,
    "loaders-of": _loaders_of,
    "folds": _folds,
    **hub_data.HANDLERS,
}
