"""Data sets and loaders: where their samples come from, and what a batch looks like."""

from __future__ import annotations

import re

from bpcheck.apis import lookup
from bpcheck.evaluate import calls, chance, iterate, operators
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.values import (
    NONE,
    Choice,
    Const,
    Function,
    Map,
    Obj,
    Origin,
    Seq,
    Site,
    Tensor,
    Unknown,
    Value,
    choices,
    is_none,
    join_all,
)

#: Words in a constructor's argument (never in a variable's name) that say which part of the data is meant.
_WORDS = {
    "train": "train",
    "training": "train",
    "trn": "train",
    "train2017": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "eval": "validation",
    "val2017": "validation",
    "test": "test",
    "testing": "test",
    "tst": "test",
}
_TRAIN_FLAGS = frozenset({"train", "is_train", "training", "is_training", "istrain"})
_SPLIT_PARAMETERS = frozenset(
    {
        "split",
        "mode",
        "phase",
        "part",
        "subset",
        "set",
        "image_set",
        "stage",
        "partition",
        "dataset_type",
        "root",
        "path",
        "dir",
        "data_dir",
        "folder",
        "file",
        "filename",
        "name",
        "data_path",
        "csv_file",
        "img_dir",
        "fname",
        "key",
    }
)


def split_of_word(value: Value | None) -> str:
    """The part of the data that a constant names, or an empty string."""
    if not isinstance(value, Const) or not isinstance(value.value, str):
        return ""
    text = value.value.lower()
    if text in _WORDS:
        return _WORDS[text]
    found = {_WORDS[word] for word in re.split(r"[\\/._\-\s]+", text) if word in _WORDS}
    return found.pop() if len(found) == 1 else ""


def origins(ev: Evaluator, value: Value) -> frozenset[Origin]:
    """Where the samples of a loader or data set come from."""
    if isinstance(value, Choice):
        return frozenset().union(*(origins(ev, each) for each in value.values))
    if isinstance(value, Tensor):
        return value.origins
    if isinstance(value, Seq):
        return operators.flow([value]).origins
    if not isinstance(value, Obj):
        return frozenset()
    known = value.state.get("origins")
    if known is None:
        value.state["origins"] = frozenset()  # of what holds itself
        known = _origins(ev, value)
        value.state["origins"] = known
    return known


def _origins(ev: Evaluator, obj: Obj) -> frozenset[Origin]:
    if obj.kind == "loader":
        found: frozenset[Origin] = frozenset()
        for each in choices(obj.args.get("dataset", Unknown())):
            found |= origins(ev, each)
        if not found:
            found = frozenset({ev.origin("loader", obj.site)})
        sampler = obj.args.get("sampler") or obj.args.get("batch_sampler")
        if isinstance(sampler, Obj) and "indices" in sampler.args:
            found = frozenset(ev.origin(o.key, obj.site, "", o, f"sampler {id(sampler)}") for o in found)
        return found
    if obj.kind == "opaque":
        return frozenset({obj.state.get("origin") or ev.origin(obj.name or "unknown", obj.site)})
    api = lookup(obj.name) if obj.cls is None else None
    if api is not None and api.what == "dataset":
        return frozenset({_of_library(ev, obj, api.facts.get("split"), bool(api.facts.get("synthetic")))})
    if "of" in obj.state:
        base = origins(ev, obj.state["of"])
        return frozenset(ev.origin(o.key, obj.site, obj.state.get("split", ""), o, obj.state["part"]) for o in base)
    held = operators.flow([*obj.attrs.values(), *obj.args.values()]).origins
    split = _split_of(obj)
    wrapped = [
        each for each in (*obj.attrs.values(), *obj.args.values()) if isinstance(each, Obj) and each.kind == "dataset"
    ]
    if wrapped:
        held = held.union(*(origins(ev, each) for each in wrapped))
    if held:
        if not split and not wrapped:
            for part_of_data in held if obj.kind == "dataset" else ():
                part_of_data.readers = (*part_of_data.readers, obj)
            return held
        parts = frozenset(ev.origin(o.key, obj.site, o.split or split, o, f"in {id(obj)}") for o in held)
        for part_of_file in parts:
            part_of_file.owner = part_of_file.owner or obj
        return parts
    made = ev.origin(obj.label, obj.site, split)
    made.owner = obj
    return frozenset({made})


def _of_library(ev: Evaluator, obj: Obj, parameter: str | None, synthetic: bool) -> Origin:
    split = ""
    value = obj.args.get(parameter) if parameter else None
    if isinstance(value, Const):
        split = ("train" if value.value else "test") if isinstance(value.value, bool) else split_of_word(value)
    if not split and parameter != "train":
        split = split_of_word(obj.args.get("root"))
    made = ev.origin(obj.name, obj.site, split, synthetic=synthetic)
    made.owner = obj
    return made


def _split_of(obj: Obj) -> str:
    """What the arguments of a project data set's constructor say about the part."""
    found: set[str] = set()
    for name, value in obj.args.items():
        if name.lower() in _TRAIN_FLAGS and isinstance(value, Const) and isinstance(value.value, bool):
            found.add("train" if value.value else "held out")
        elif name.lower() in _SPLIT_PARAMETERS:
            word = split_of_word(value)
            if word:
                found.add(word)
    return found.pop() if len(found) == 1 else ""


def batch(ev: Evaluator, obj: Obj, site: Site) -> Value:
    """What iterating a loader or data set gives."""
    if obj.cls is not None and obj.kind != "dataset":
        method = obj.cls.find("__iter__")
        if isinstance(method, Function):
            return iterate.element(ev, calls.call_function(ev, method, [obj], {}, site), site)
    source = obj.args.get("dataset", obj) if obj.kind == "loader" else obj
    found = origins(ev, obj)
    shape = (
        join_all([sample(ev, each, site) for each in choices(source)])
        if is_none(obj.args.get("collate_fn", NONE))
        else Unknown()
    )
    if isinstance(shape, (Seq, Map)):
        return _stamp(ev, shape, found, site, 0)
    return Tensor("data", False, origins=found, history=operators.flow([shape]).history)


def _stamp(ev: Evaluator, shape: Value, found: frozenset[Origin], site: Site, depth: int, name: str = "") -> Value:
    """The structure of ``shape`` with every leaf a part of the loader's data."""
    if isinstance(shape, Seq) and shape.items is not None and depth < 3 and len(shape.items) <= 16:
        return Seq(
            shape.kind, [_stamp(ev, item, found, site, depth + 1, f"{name}{i}") for i, item in enumerate(shape.items)]
        )
    if isinstance(shape, Map) and depth < 3:
        return Map(
            {k: _stamp(ev, v, found, site, depth + 1, f"{name}{k}") for k, v in shape.data.items()},
            shape.cell["open"],
            Tensor("data", False, origins=found),
        )
    parts = frozenset(ev.origin(o.key, site, o.split, o, name or "each") for o in found)
    via = shape.via if isinstance(shape, Tensor) else ""
    return Tensor("data", False, origins=parts, via=via, history=operators.flow([shape]).history)


def sample(ev: Evaluator, dataset: Value, site: Site) -> Value:
    """One sample of a data set, for its structure."""
    if isinstance(dataset, Choice):
        return join_all([sample(ev, each, site) for each in dataset.values])
    if not isinstance(dataset, Obj):
        return dataset.elem if isinstance(dataset, Seq) else Unknown("sample")
    if dataset.cls is not None:
        getter = dataset.cls.find("__getitem__") or dataset.cls.find("__iter__")
        if isinstance(getter, Function) and ev.steps < ev.limit and not ev.forwards:
            known = dataset.state.get("sample")
            if known is None:
                args: list[Value] = [dataset, Unknown("index")] if getter.name == "__getitem__" else [dataset]
                known = chance.read(ev, dataset, lambda: calls.call_function(ev, getter, args, {}, site))
                dataset.state["sample"] = known
            return known if getter.name == "__getitem__" else iterate.element(ev, known, site)
    if "of" in dataset.state:
        return sample(ev, dataset.state["of"], site)
    tensors = dataset.state.get("tensors")
    if tensors is not None:
        return Seq("tuple", list(tensors))
    api = lookup(dataset.name)
    if api is not None and api.what == "dataset" and dataset.name.startswith("torchvision.datasets."):
        chance.apply_transform(ev, dataset, site)
        return Seq("tuple", [Unknown("image"), Unknown("label")])
    return Unknown("sample")


def element(ev: Evaluator, obj: Obj, name: str, site: Site) -> Value:
    """``dataset.data``, ``dataset.targets`` and the like."""
    if obj.kind == "loader" and name == "dataset":
        return obj.args.get("dataset", Unknown("dataset"))
    return _stamp(ev, Unknown(), origins(ev, obj), site, 0, name)


def lookup_item(ev: Evaluator, obj: Obj, key: Value, site: Site) -> Value:
    """``dataset[i]``."""
    if isinstance(key, Const) and isinstance(key.value, str):
        return part(ev, obj, key.value, site)
    return batch(ev, obj, site)


def part(ev: Evaluator, obj: Obj, name: str, site: Site) -> Obj:
    """A named or sliced part of a data set, itself a data set."""
    key = f"part {name}"
    known = obj.state.get(key)
    if known is None:
        known = Obj("dataset", "part", None, site)
        known.state["of"] = obj
        known.state["part"] = name
        if obj.state.get("named"):
            known.state["split"] = split_of_word(Const(name))  # a named part of a hub data set is what it is called
        known.belong_to(obj)
        obj.state[key] = known
    return known


def slice_of(ev: Evaluator, obj: Obj, text: str, site: Site) -> Value:
    """``dataset[a:b]``."""
    return part(ev, obj, f"[{text}]", site)
