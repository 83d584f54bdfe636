"""Framework classes: the files of ``bpcheck/frameworks``, evaluated where a program uses what they describe."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

from bpcheck.apis.frameworks import FRAMEWORKS, GENERATIONS, TABLE
from bpcheck.apis.spec import Api
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.scope import ModuleScope
from bpcheck.evaluate.values import (
    NONE,
    Choice,
    Class,
    Const,
    Function,
    Map,
    Obj,
    Seq,
    Site,
    Symbol,
    Tensor,
    Unknown,
    Value,
    truth,
)

FOLDER = Path(__file__).parents[1] / "frameworks"
#: What a file defines or takes over from elsewhere, told without parsing it.
_DEFINED = r"^(?:class|def) (\w+)|^(\w+) = |^import (?:\S+ as )?(\w+)$|^from \S+ import (?:\(([^)]+)\)|(.+))$"
#: Gives whatever a file does not define by name.
_DYNAMIC = "__getattr__"
#: Words of these files alone.
_WORDS = frozenset(name.rpartition(".")[2] for name in TABLE)
_names: dict[str, frozenset[str]] = {}


class FrameworkScope(ModuleScope):
    """A file of ``bpcheck/frameworks``. What happens in it happens, for people, where their code calls it."""

    __slots__ = ("_there",)
    framework = True

    def __init__(self, name: str) -> None:
        from bpcheck.sources import read_source

        file = FOLDER / f"{name}.py"
        super().__init__(file, name, read_source(file, f"bpcheck/frameworks/{name}.py"))
        self._there: dict[tuple[ast.AST, Site], Site] = {}

    def site(self, node: ast.AST) -> Site:
        """The place of the call that led here. Each node has its own, so that what is made at several is told apart."""
        if self.outside is None:
            return super().site(node)
        key = (node, self.outside)
        known = self._there.get(key)
        if known is None:
            known = self._there[key] = Site(self.outside.scope, self.outside.node)
        return known


def named(ev: Evaluator, name: str) -> Value:
    """What the fully qualified library name stands for: a class or function of ``bpcheck/frameworks``, or a symbol."""
    root, _, rest = name.partition(".")
    if root in FRAMEWORKS:
        for file in _files(root, rest) or _generation(ev, root):
            value = _member(ev, file, rest)
            if value is not None:
                return value
    return Symbol(name)


def describes(name: str) -> bool:
    """Whether a file of ``bpcheck/frameworks`` has the fully qualified name."""
    root, _, rest = name.partition(".")
    files = _files(root, rest) or [file for generation in GENERATIONS.get(root, ()) for file in generation]
    return any(not _defined(file).isdisjoint(rest.split(".")) for file in files)


def described(root: str) -> list[str]:
    """The names that the files for the package ``root`` describe, as it exports them at its top."""
    generations = [file for generation in GENERATIONS.get(root, ()) for file in generation]
    files = dict.fromkeys((*FRAMEWORKS.get(root, ()), *generations))
    return [f"{root}.{name}" for file in files for name in sorted(_defined(file))]


def is_library(scope: ModuleScope, importer: ModuleScope) -> bool:
    """Whether a module of the project belongs to a package that is described here, seen from outside of that package."""
    root, dot, _ = scope.qualified.partition(".")
    packaged = bool(dot) or scope.file.name == "__init__.py"
    return packaged and root in FRAMEWORKS and importer.qualified.partition(".")[0] != root


def _files(root: str, rest: str) -> tuple[str, ...]:
    """The files that describe a name; none where the package's generation decides."""
    exact = FRAMEWORKS.get(f"{root}.{rest.partition('.')[0]}")
    return exact if exact is not None else () if root in GENERATIONS else FRAMEWORKS.get(root, ())


def _generation(ev: Evaluator, root: str) -> tuple[str, ...]:
    """The files of the generation of a package that the program uses, and then those of the other."""
    if root not in ev.generations:
        generations = list(GENERATIONS.get(root, ()))
        text = "\n".join(scope.source.text for scope in ev.modules.values())
        imported = [FRAMEWORKS.get(f"{root}.{module}") for module in re.findall(rf"\b{root}\.(\w+)", text)]
        words = set(re.findall(r"\w+", text))

        def used(generation: tuple[str, ...]) -> tuple[int, int]:
            own = {name for file in generation for name in _defined(file)}
            others = {
                name for other in generations if other is not generation for file in other for name in _defined(file)
            }
            return imported.count(generation), len(words & own - others)

        generations.sort(key=used, reverse=True)
        ev.generations[root] = tuple(file for generation in generations for file in generation)
    return ev.generations[root]


def _member(ev: Evaluator, file: str, path: str) -> Value | None:
    """``path``, from the last part on that the file defines: packages re-export their classes at several levels."""
    from bpcheck.evaluate import objects

    parts = path.split(".")
    defined = _defined(file)
    start = next((number for number, part in reversed(list(enumerate(parts))) if part in defined), None)
    if start is None:
        return _made_up(ev, file, parts[-1])
    scope = loaded(ev, file)
    value = scope.names.get(parts[start])
    for part in parts[start + 1 :]:
        if value is None or isinstance(value, Unknown):
            return None
        value = objects.attribute(ev, value, part, Site(scope, scope.source.tree or ast.Module([], [])))
    return value


def _made_up(ev: Evaluator, file: str, name: str) -> Value | None:
    """What the ``__getattr__`` of a file says of a name that is not defined in it."""
    from bpcheck.evaluate import calls

    if _DYNAMIC not in _defined(file):
        return None
    scope = loaded(ev, file)
    made = calls.call(ev, scope.names[_DYNAMIC], [Const(name)], {}, Site(scope, ast.Module([], [])))
    return made if isinstance(made, Class) else None


def _defined(file: str) -> frozenset[str]:
    if file not in _names:
        text = (FOLDER / f"{file}.py").read_text(encoding="utf-8")
        found: set[str] = set()
        for defined, assigned, imported, *several in re.findall(_DEFINED, text, re.MULTILINE):
            words = [word.strip() for names in several for word in names.split(",")]
            found.update(word.rpartition(" ")[2] for word in (defined, assigned, imported, *words) if word)
        _names[file] = frozenset(name for name in found if name == _DYNAMIC or not name.startswith("_")) - _WORDS
    return _names[file]


def loaded(ev: Evaluator, file: str) -> FrameworkScope:
    """The file's scope, evaluated."""
    scope = ev.frameworks.get(file)
    if scope is None:
        scope = ev.frameworks[file] = FrameworkScope(file)
        ev.run_module(scope)
    assert isinstance(scope, FrameworkScope)
    return scope


def _at(ev: Evaluator, api: Api, name: str, bound: dict[str, Value], site: Site) -> Value:
    """What follows in this function is put where the object was made; of a configuration, at the first of these keys."""
    scope = ev.functions[-1].scope if ev.functions else None
    value, keys = bound.get("value"), bound.get("keys")
    place = site_of(value)
    if isinstance(value, Map) and isinstance(keys, Seq):
        named = [key.value for key in keys.items or () if isinstance(key, Const)]
        place = next((value.places[name] for name in named if name in value.places), place)
    if isinstance(scope, FrameworkScope) and place is not None:
        scope.outside = place
    return NONE


def site_of(value: Value | None) -> Site | None:
    """Where a value was made, as far as it says so."""
    if isinstance(value, (Obj, Map)):
        return value.site
    if isinstance(value, Choice):
        return next((place for each in value.values if (place := site_of(each)) is not None), None)
    return None


def _does(ev: Evaluator, api: Api, name: str, bound: dict[str, Value], site: Site) -> Value:
    ev.emit("framework", site, None, **bound)
    return NONE


def _network(ev: Evaluator, api: Api, name: str, bound: dict[str, Value], site: Site) -> Value:
    """A network of which the program says no more than its name, and whether its weights are pretrained."""
    called = bound.get("name")
    made = Obj("module", str(called.value) if isinstance(called, Const) and called.value else "network", None, site)
    made.state.update({"pretrained": truth(bound["pretrained"]), "batchnorm": None, "dropout": None})
    made.state["text" if truth(bound["text"]) else "vision"] = True
    if made.state["pretrained"]:
        ev.emit("pretrained", site, made)
    ev.emit("make", site, made)
    return made


def _arguments(ev: Evaluator, api: Api, name: str, bound: dict[str, Value], site: Site) -> Value:
    """The arguments that an object was made with, by their names."""
    obj = bound.get("value")
    if not isinstance(obj, Obj) or obj.cls is None:
        return Unknown(name)
    made = Map()
    for word, value in obj.args.items():
        if isinstance(value, Map) and not value.places:  # **kwargs
            made.data.update(value.data)
            made.cell["open"] = made.cell["open"] or value.cell["open"]
        made.data[word] = value
    made.site = obj.site
    made.places = dict.fromkeys(made.data, obj.site or site)
    return made


def _defaults(ev: Evaluator, api: Api, name: str, bound: dict[str, Value], site: Site) -> Value:
    """The defaults of a constructor's parameters, as options that whoever runs it may set."""
    cls = bound.get("cls")
    init = cls.find("__init__") if isinstance(cls, Class) else None
    found = init.options() if isinstance(init, Function) else {}
    return Map({word: Const(value.value, f"--{word}") for word, value in found.items() if isinstance(value, Const)})


def _known(ev: Evaluator, api: Api, name: str, bound: dict[str, Value], site: Site) -> Value:
    """Whether a test is known to hold: what is not known does not."""
    return Const(truth(bound.get("test", NONE)) is True)


def _keeps_statistics(ev: Evaluator, api: Api, name: str, bound: dict[str, Value], site: Site) -> Value:
    """The framework itself decides whether the statistics of frozen layers follow the batches."""
    from bpcheck.evaluate import modules

    model = bound.get("model")
    for inner in modules.descendants(model) if isinstance(model, Obj) else ():
        if not inner.state.get("keeps-statistics"):
            ev.store.set(inner.state, "keeps-statistics", True)
    return NONE


def _modes(ev: Evaluator, api: Api, name: str, bound: dict[str, Value], site: Site) -> Value:
    """The present mode of a network and of each of its parts."""
    from bpcheck.evaluate import modules

    kept = Obj("record", name, None, site)
    network = bound.get("model")
    if isinstance(network, Obj) and network.kind == "module":
        kept.state["network"] = network
        kept.state["modes"] = modules.modes_of(ev, network)
    return kept


def _restore(ev: Evaluator, api: Api, name: str, bound: dict[str, Value], site: Site) -> Value:
    """Put a network and its parts back into the modes in which they were."""
    from bpcheck.evaluate import modules

    kept = bound.get("modes")
    if isinstance(kept, Obj) and "network" in kept.state:
        modules.restore_modes(ev, kept.state["network"], kept.state["modes"], site)
    return NONE


def _searches_rate(ev: Evaluator, api: Api, name: str, bound: dict[str, Value], site: Site) -> Value:
    """A learning rate is looked for here, by trying out several."""
    ev.emit("rate-search", site)
    return NONE


def _stop(ev: Evaluator, api: Api, name: str, bound: dict[str, Value], site: Site) -> Value:
    """The training ends here, where the conditions are met."""
    ev.emit("stop", site)
    return NONE


def _array(ev: Evaluator, api: Api, name: str, bound: dict[str, Value], site: Site) -> Value:
    """Samples of a data set that is known by its name (or path), or of a part of it."""
    from bpcheck.evaluate import data

    called, wanted = bound.get("name"), bound.get("split")
    key = str(called.value) if isinstance(called, Const) else "data"
    split = data.split_of_word(wanted) or data.split_of_word(called)
    return Tensor("data", False, origins=frozenset({ev.origin(key, site, split)}))


def _options(ev: Evaluator, api: Api, name: str, bound: dict[str, Value], site: Site) -> Value:
    from bpcheck.evaluate import settings

    return settings.options(ev, api, name, bound, site)


def _unknown(ev: Evaluator, api: Api, name: str, bound: dict[str, Value], site: Site) -> Value:
    return Unknown("framework")


HANDLERS: dict[str, Callable[[Evaluator, Api, str, dict[str, Value], Site], Value]] = {
    "arguments": _arguments,
    "array-of": _array,
    "at": _at,
    "defaults": _defaults,
    "does": _does,
    "keeps-statistics": _keeps_statistics,
    "known": _known,
    "modes": _modes,
    "network-called": _network,
    "options": _options,
    "restore-modes": _restore,
    "searches-rate": _searches_rate,
    "stop": _stop,
    "unknown": _unknown,
}
