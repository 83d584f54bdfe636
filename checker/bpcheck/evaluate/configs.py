"""Configuration files as values: what a script reads from one, and the objects that are described in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

from bpcheck.apis import lookup
from bpcheck.apis.spec import Api
from bpcheck.evaluate import operators, paths
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.scope import Frame, ModuleScope
from bpcheck.evaluate.values import (
    FALSE,
    NONE,
    Choice,
    Const,
    Map,
    Obj,
    Params,
    Partial,
    Seq,
    Site,
    Symbol,
    Tensor,
    Unknown,
    Value,
    truth,
)
from bpcheck.sources.reading import CONFIGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.configs.nodes import Node

Kwargs = dict[str, Value]

#: The keys that name a class, and where its arguments are ("" is beside the key).
CLASS_KEYS = {
    "_target_": "",
    "_component_": "",
    "class_path": "init_args",
    "type": "args",
    "__target__": "",
    "target": "params",
}
_SETTINGS = (Const, Map, Seq)
#: Keys of a description that are no arguments.
_DIRECTIVES = frozenset({"_target_", "_component_", "_partial_", "_recursive_", "_convert_", "_args_", "class_path"})
#: An option by whose name a script is told which configuration to run.
_CONFIG_OPTION = r"(?:^|[-_])(?:config|cfg|conf|yaml|yml|params)(?:$|[-_])"


def is_config_option(flag: str) -> bool:
    """Whether an option called like that takes the path of a configuration."""
    return re.search(_CONFIG_OPTION, flag, re.IGNORECASE) is not None  # compiled when a script has options


def value_of(ev: Evaluator, node: Node, key: str = "") -> Value:
    """A part of a configuration file as a value. Numbers and words are settings called by their path of keys."""
    ev.configs.add(node.source.file)
    if node.kind == "mapping":
        made = Map(open_=bool(node.why))
        for name, inner in node.items.items():
            made.data[name] = value_of(ev, inner, f"{key}.{name}" if key else str(name))
            made.places[name] = _site(ev, node.keys[name])
        described = next((word for word in CLASS_KEYS if word in node.items), None)
        made.site = _site(ev, node.items[described] if described else next(iter(node.keys.values()), node))
        return made
    if node.kind == "sequence":
        return Seq("list", [value_of(ev, inner, f"{key}[{number}]") for number, inner in enumerate(node.elements)])
    if node.kind == "scalar":
        if key:
            ev.setting_sites[key] = _site(ev, node)
        return Const(node.value, key or None)
    return Unknown(node.why)


def has(config: Map, path: str) -> bool:
    """Whether there is a value at the path of keys."""
    value: Value = config
    for key in path.split("."):
        if not isinstance(value, Map) or key not in value.data:
            return False
        value = value.data[key]
    return True


def place(ev: Evaluator, config: Value, keys: tuple[str, ...]) -> Site:
    """Where the first of ``keys`` stands in a configuration; else where it begins."""
    assert isinstance(config, Map)
    assert config.site is not None
    return next((config.places[key] for key in keys if key in config.places), config.site)


def _site(ev: Evaluator, node: Node) -> Site:
    return ev.module_at(node.source.file, source=node.source).site(node.mark)


def config_at(ev: Evaluator, file: Path) -> Value | None:
    """What the configuration file holds, composed of all files that it names; ``None`` where it is none."""
    from bpcheck.configs.compose import compose

    root = ev.project.source(file).config
    if root is None:
        return None
    return value_of(ev, compose(root, file, lambda other: ev.project.source(other).config))


def python_config(ev: Evaluator, file: Path) -> Map:
    """What a configuration written in Python holds: its variables, over those of the files named in ``_base_``.

    Mappings are merged key by key, unless the later one has ``_delete_``; lists are replaced. Where a base is not found,
    anything may stand in it: the mapping is open.
    """
    scope = ev.loaded(ev.module_at(file))
    ev.configs.add(file)
    own = Map({name: value for name, value in scope.names.items() if isinstance(value, _SETTINGS) and name[0] != "_"})
    tree = scope.source.tree
    for node in tree.body if tree is not None else ():
        for target in node.targets if isinstance(node, ast.Assign) else ():
            if isinstance(target, ast.Name):
                own.places[target.id] = scope.site(target)
    merged = Map()
    for base in _bases(scope.names.get("_base_")):
        path = (
            Path(file.parent, base.value).resolve() if isinstance(base, Const) and isinstance(base.value, str) else file
        )
        if path != file and path.is_file() and path.suffix == ".py":
            merged = merge(merged, python_config(ev, path))
        else:
            merged.cell["open"] = True
    merged = merge(merged, own)
    merged.site = next(iter(own.places.values()), own.site)
    return merged


def _bases(given: Value | None) -> tuple[Value, ...]:
    if given is None:
        return ()
    return given.items or (Unknown("bases"),) if isinstance(given, Seq) else (given,)


def read(ev: Evaluator, path: Value | None, site: Site) -> Value | None:
    """What a script gets that reads a configuration file at ``path``; ``None`` where that is not known."""
    found = found_at(ev, path, site)
    if found is None:
        return None
    return python_config(ev, found) if found.suffix == ".py" else config_at(ev, found)


def found_at(ev: Evaluator, path: Value | None, site: Site) -> Path | None:
    """The project's file that ``path`` (or what was opened at it) means; else the one that the script is checked with."""
    text = path_text(path)
    if text is None:
        ev.asks_config = True
        return ev.given
    folders = [site.scope.file.parent, ev.project.cwd, ev.project.root]
    if ev.entry is not None:
        folders.insert(0, ev.entry.parent)
    for folder in folders:
        file = Path(folder, text)
        if file.suffix in (*CONFIGS, ".py") and file.is_file():
            return file
    return None


def path_text(value: Value | None) -> str | None:
    """The path in a value: a string, or a file that was opened."""
    if isinstance(value, Const) and isinstance(value.value, str):
        return value.value if paths.certain(value) else None
    if isinstance(value, Tensor):
        keys = {origin.key for origin in value.origins}
        only = keys.pop() if len(keys) == 1 else ""
        return only[5:] if only.startswith("file ") and paths.MARK not in only else None
    return None


def given(ev: Evaluator) -> Value | None:
    """The configuration that the script is checked with."""
    ev.asks_config = True
    return None if ev.given is None else config_at(ev, ev.given)


def passes_config(decorator: str) -> bool:
    """Whether a library's decorator hands the function the configuration named on the command line."""
    api = lookup(decorator)
    return api is not None and api.what == "config-main"


def execute_settings(ev: Evaluator, code: Value, frame: Frame) -> None:
    """``exec(open(...).read())``: a file that is known runs here. Another may set any variable: the constants so far are
    settings, which the file that the program is checked with gives other values."""
    path = path_text(code)
    known = _python_file(ev, path, frame.scope) if path is not None else None
    if known is None:
        ev.asks_config = True
        known = ev.given
    if known is not None and known.suffix == ".py" and known not in ev.executing:
        ev.executing.append(known)
        _execute(ev, known, frame)
        ev.executing.pop()
    for name, value in list(frame.names.items()):
        if isinstance(value, Const) and not name.startswith("__"):
            ev.store.set(frame.names, name, Const(value.value, name))


def _python_file(ev: Evaluator, path: str, scope: ModuleScope) -> Path | None:
    folders = (
        [scope.file.parent, ev.project.cwd]
        if ev.entry is None
        else [ev.entry.parent, scope.file.parent, ev.project.cwd]
    )
    return next((file for folder in folders if (file := Path(folder, path)).suffix == ".py" and file.is_file()), None)


def _execute(ev: Evaluator, file: Path, frame: Frame) -> None:
    """Run the statements of ``file`` among the variables of ``frame``."""
    from bpcheck.evaluate.statements import run_block

    before = set(frame.names)
    scope = ev.module_at(file)
    given = ev.given is not None and file.samefile(ev.given)
    for node in scope.source.tree.body if scope.source.tree is not None else ():
        run_block(ev, [node], Frame(scope, frame.names))
        for target in node.targets if given and isinstance(node, ast.Assign) else ():
            if isinstance(target, ast.Name):
                ev.setting_sites[target.id] = scope.site(node)
                ev.missing_keys += target.id not in before
    if given:
        ev.configs.add(ev.given or file)


def arguments(ev: Evaluator) -> Value:
    """``sys.argv``: the script, and the configuration that it is told of."""
    ev.asks_config = True
    if ev.given is None:
        return Seq("list", None, Unknown("a command-line argument"))
    return Seq("list", [Const(str(ev.entry)), Const(str(ev.given))])


def _read(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    stream = bound.get("stream")
    if isinstance(stream, Const) and isinstance(stream.value, str) and _is_text(stream.value):
        return _document(stream.value, name)
    found = read(ev, stream, site)
    if found is not None:
        return found
    f = operators.flow([stream])
    return Tensor("data", False, origins=f.origins) if f.origins else Unknown(name)


def _is_text(text: str) -> bool:
    """Whether a string is a document rather than the path of one."""
    return "\n" in text.strip() or text.lstrip()[:1] in ("{", "[")


def _document(text: str, reader: str) -> Value:
    """What stands in a text of the program itself."""
    from bpcheck.configs.reading import config_source

    suffix = next((suffix for suffix in CONFIGS if suffix[1:] in reader), ".yaml")
    root = config_source(text.encode(), Path(f"text{suffix}"), "").config
    return _plain_value(root) if root is not None else Unknown(reader)


def _plain_value(node: Node) -> Value:
    if node.kind == "mapping":
        return Map({name: _plain_value(inner) for name, inner in node.items.items()}, open_=bool(node.why))
    if node.kind == "sequence":
        return Seq("list", [_plain_value(inner) for inner in node.elements])
    return Const(node.value) if node.kind == "scalar" else Unknown(node.why)


def _hydra_main(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    made = Obj("config-main", name, None, site)
    made.args = bound
    return made


def composed(ev: Evaluator, main: Obj, site: Site) -> Value | None:
    """The configuration that ``@hydra.main`` hands to the function under it."""
    return _composed(ev, main.args, site)


def _composed(ev: Evaluator, bound: Kwargs, site: Site) -> Value | None:
    name, folder = bound.get("config_name"), bound.get("config_path")
    if not (isinstance(name, Const) and isinstance(name.value, str)):
        return None
    where = folder.value if isinstance(folder, Const) and isinstance(folder.value, str) else ""
    stem = str(name.value)
    file = Path(site.scope.file.parent, where, stem if stem.endswith((".yaml", ".yml")) else f"{stem}.yaml")
    return config_at(ev, file) if file.is_file() else None


def _compose(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    return _composed(ev, {**ev.hydra, **bound}, site) or Unknown(name)


def _initialize(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    ev.hydra = bound
    return Obj("reporter", name, None, site)


def _instantiate(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    given = bound.pop("config", Unknown("config"))
    extra = bound.pop("args", None)
    args = list(extra.items or ()) if isinstance(extra, Seq) else []
    return instantiate(ev, given, args, bound, site)


def instantiate(ev: Evaluator, described: Value, args: list[Value], kwargs: Kwargs, site: Site) -> Value:
    """The object that a configuration describes by its class and arguments, made where the configuration says so."""
    if isinstance(described, Choice):
        return Unknown("one of several configurations")
    if isinstance(described, Seq) and described.items is not None:
        return Seq("list", [instantiate(ev, item, [], {}, site) for item in described.items])
    key = described_by(described)
    if key is None or not isinstance(described, Map):
        return _described_or_plain(ev, described, site)
    target = described.data[key]
    inside = described.data.get(CLASS_KEYS[key]) if CLASS_KEYS[key] else described
    arguments: Kwargs = {}
    if isinstance(inside, Map):
        arguments = {
            str(name): _described_or_plain(ev, value, site)
            for name, value in inside.data.items()
            if name not in _DIRECTIVES and name != key
        }
    positional = described.data.get("_args_")
    if isinstance(positional, Seq) and positional.items is not None:
        args = [*(_described_or_plain(ev, item, site) for item in positional.items), *args]
    arguments.update(kwargs)
    function = pointed_at(ev, target, described.site or site)
    if truth(described.data.get("_partial_", FALSE)):
        return Partial(function, args, arguments)
    from bpcheck.evaluate import calls

    return calls.call(ev, function, args, arguments, described.site or site)


def make_optimizers(ev: Evaluator, config: Value, name: str = "") -> None:
    """Make every optimizer that is described somewhere in a configuration, over parameters that are not known."""
    if isinstance(config, Seq):
        for item in config.items or ():
            make_optimizers(ev, item, name)
    if not isinstance(config, Map):
        return
    target = _optimizer_name(config, name)
    if target is not None and config.site is not None:
        key = next(key for key in CLASS_KEYS if key in config.data)
        inside = config.data.get(CLASS_KEYS[key]) if CLASS_KEYS[key] else config
        given = inside.data if isinstance(inside, Map) else {}
        kwargs = {
            str(word): value for word, value in given.items() if word not in _DIRECTIVES and word not in (key, "params")
        }
        from bpcheck.evaluate import calls

        calls.call(ev, Symbol(target), [Params(known=False)], kwargs, config.site)
        return
    for word, value in config.data.items():
        make_optimizers(ev, value, str(word))


def _optimizer_name(config: Map, name: str) -> str | None:
    """The optimizer of a library that a mapping called ``name`` describes: by its full name, or torch's by its own."""
    for key in CLASS_KEYS:
        value = config.data.get(key)
        if isinstance(value, Const) and isinstance(value.value, str):
            full = value.value if "." in value.value else f"torch.optim.{value.value}"
            api = lookup(full) if "." in value.value or "optim" in name else None
            return full if api is not None and api.what == "optimizer" else None
    return None


def _described_or_plain(ev: Evaluator, value: Value, site: Site) -> Value:
    if isinstance(value, Map):
        if described_by(value) is not None:
            return instantiate(ev, value, [], {}, site)
        made = Map({k: _described_or_plain(ev, v, site) for k, v in value.data.items()}, value.cell["open"])
        made.site = value.site
        return made
    if isinstance(value, Seq) and value.items is not None:
        return Seq(value.kind, [_described_or_plain(ev, item, site) for item in value.items])
    return value


def described_by(value: Value) -> str | None:
    """The key by which a mapping says which class it describes: its value is a dotted name."""
    if not isinstance(value, Map):
        return None
    for key in CLASS_KEYS:
        named = value.data.get(key)
        if isinstance(named, Const) and isinstance(named.value, str) and "." in named.value:
            return key
    return None


def pointed_at(ev: Evaluator, name: Value, site: Site) -> Value:
    """What a dotted name in a configuration stands for: a class of the project, or a library's."""
    from bpcheck.evaluate import objects
    from bpcheck.evaluate.values import Module

    if not (isinstance(name, Const) and isinstance(name.value, str)):
        return Unknown("the name of a class")
    parts = name.value.split(".")
    scope = site.scope if ev.entry is None else ev.module_at(ev.entry)
    for end in range(len(parts) - 1, 0, -1):
        found = ev.imported(".".join(parts[:end]), scope)
        if isinstance(found, Module):
            value: Value = found
            for part in parts[end:]:
                value = objects.attribute(ev, value, part, site)
            if not isinstance(value, Unknown):
                return value
    return ev.library(name.value) if len(parts) > 1 else Symbol(name.value)


def _plain(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    """Another dress of the same mapping (``EasyDict``, ``OmegaConf.to_container``, ``Namespace(**config)``)."""
    given = bound.get("config", NONE)
    return Map() if given is NONE else given


def _merged(ev: Evaluator, api: Api, name: str, bound: Kwargs, site: Site) -> Value:
    """``OmegaConf.merge``: the later wins, key by key."""
    given = bound.get("configs")
    items = given.items if isinstance(given, Seq) else None
    if not items or not all(isinstance(item, Map) for item in items):
        return Unknown(name)
    result = items[0]
    for item in items[1:]:
        assert isinstance(result, Map)
        assert isinstance(item, Map)
        result = merge(result, item)
    return result


def merge(base: Map, over: Map) -> Map:
    """``base`` with what ``over`` says; neither is changed."""
    if truth(over.data.get("_delete_", FALSE)):
        base = Map()
    made = Map(dict(base.data), base.cell["open"] or over.cell["open"])
    made.site = over.site or base.site
    made.places = {**base.places, **over.places}
    for key, value in over.data.items():
        old = made.data.get(key)
        made.data[key] = merge(old, value) if isinstance(old, Map) and isinstance(value, Map) else value
    return made


HANDLERS: dict[str, Callable[[Evaluator, Api, str, Kwargs, Site], Value]] = {
    "read-config": _read,
    "config-main": _hydra_main,
    "compose-config": _compose,
    "initialize-config": _initialize,
    "instantiate": _instantiate,
    "plain-config": _plain,
    "merge-configs": _merged,
}
