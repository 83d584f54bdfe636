"""Calls of what users have described in their own words (``[tool.bpcheck.models]``): third-party names, and functions of
the project that are then not followed.

An effect is what the plain method would do: ``steps = "optimizer"`` is ``optimizer.step()``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from bpcheck.apis.vocabulary import ROLES, Word
from bpcheck.errors import UsageError
from bpcheck.evaluate import calls, data, iterate, objects, opaque, operators
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.scope import Frame
from bpcheck.evaluate.values import (
    FALSE,
    NONE,
    TRUE,
    Choice,
    Class,
    Function,
    Method,
    Obj,
    Origin,
    Params,
    Seq,
    Site,
    Super,
    Symbol,
    Tensor,
    Unknown,
    Value,
    choices,
    is_none,
)

Kwargs = dict[str, Value]

#: What the first argument is where nobody has named the parameters.
_FIRST = {"optimizer": "params", "scheduler": "optimizer", "loader": "dataset"}


def of_definition(ev: Evaluator, frame: Frame, name: str) -> Word | None:
    """What the user says of the function or class ``name`` that is being defined at a module's or a class's top level."""
    if frame.scope.framework or frame.outer is not None:
        return None
    if frame.names is not frame.scope.names:
        if frame.owner is None or frame.names is not frame.owner.names:
            return None
        name = f"{frame.owner.name}.{name}"
    if frame.scope.words is None:
        file = frame.scope.file
        module = file.parent if file.stem == "__init__" else file.with_suffix("")
        least = frame.scope.qualified.count(".") + 1
        frame.scope.words = dict(_of_module(ev, module.parts, least))
    return frame.scope.words.get(name)


def _of_module(ev: Evaluator, path: tuple[str, ...], least: int) -> Iterator[tuple[str, Word]]:
    """The words for the module at ``path``, by the rest of their names.

    A module has as many names as there are folders that may be on Python's path; packages set the ``least`` length.
    """
    for name, word in ev.words.items():
        parts = tuple(name.split("."))
        for length in (len(parts) - 1, len(parts) - 2):  # a function or class, or a method
            if length >= least and path[-length:] == parts[:length]:
                yield ".".join(parts[length:]), word


def of_function(ev: Evaluator, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, frame: Frame) -> Word | None:
    """What the user says of the function that is being defined, with its parameters."""
    word = of_definition(ev, frame, getattr(node, "name", ""))
    if word is None:
        return None
    ev.called.add(id(node))  # it is described, so nobody need look at it on its own
    static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in getattr(node, "decorator_list", ()))
    return _with_signature(word, node, method=frame.names is not frame.scope.names and not static)


def of_class(ev: Evaluator, node: ast.ClassDef, frame: Frame) -> Value | None:
    """What stands for the class that is being defined, if the user says what it is: then nobody looks into it."""
    word = of_definition(ev, frame, node.name)
    if word is None:
        return None
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
            ev.words[word.name] = _with_signature(word, statement, method=True)
    return ev.library(word.name)


def describe_inherited(ev: Evaluator, cls: Class) -> None:
    """Give ``cls`` its own copies of inherited methods that the user describes as methods of ``cls``."""
    for path, word in (cls.scope.words or {}).items():
        owner, _, name = path.rpartition(".")
        inherited = cls.find(name) if owner == cls.name and name not in cls.names else None
        if isinstance(inherited, Function):
            cls.names[name] = _twin(inherited, word, method=True)


def _with_signature(
    word: Word, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, *, method: bool
) -> Word:  # fmt: skip
    spec = node.args
    names = [arg.arg for arg in (*spec.posonlyargs, *spec.args)][method:]
    loose = spec.vararg is not None or spec.kwarg is not None
    return word.with_parameters([*names, *(arg.arg for arg in spec.kwonlyargs)], loose=loose, method=method)


def named_as(ev: Evaluator, name: str, value: Value) -> Value:
    """``value``, which a package takes over from elsewhere under the full name ``name``."""
    word = ev.words.get(name)
    if word is None or isinstance(value, Symbol) or (isinstance(value, Function) and value.word is not None):
        return value
    if isinstance(value, Function):
        return _twin(value, word, method=False)
    init = value.find("__init__") if isinstance(value, Class) else None
    if isinstance(init, Function):
        ev.words[name] = _with_signature(word, init.node, method=True)
    return ev.library(name)


def _twin(function: Function, word: Word, *, method: bool) -> Function:
    twin = function.decorated()
    twin.word = _with_signature(word, function.node, method=method)
    return twin


def of_value(ev: Evaluator, function: Value) -> tuple[Word | None, Value | None]:
    """What the user says of a library function, class or method, and the object whose method it is."""
    if isinstance(function, Symbol):
        word = ev.words.get(function.name)
        # What is the same as a library name has become that name already: here it is the library's own.
        return None if word is not None and word.same_as else word, None
    if isinstance(function, Method):
        receiver = function.receiver
        word = _of_method(ev, receiver, function.name)
        return word, receiver.receiver if isinstance(receiver, Super) else receiver
    if isinstance(function, Obj) and function.name:
        if "attribute" in function.state:
            parent = function.state["parent"]
            return _of_method(ev, parent, function.state["attribute"]), parent
        if function.cls is None:
            return ev.words.get(f"{function.name}.__call__"), function
    return None, None


def _of_method(ev: Evaluator, receiver: Value, method: str) -> Word | None:
    """What the user says of a method that no class of the project defines."""
    cls = receiver.owner if isinstance(receiver, Super) else receiver.cls if isinstance(receiver, Obj) else None
    if cls is None:
        return ev.words.get(f"{receiver.name}.{method}") if isinstance(receiver, Obj) else None
    if not isinstance(receiver, Super):
        for each in cls.lineage():
            word = (each.scope.words or {}).get(f"{each.name}.{method}")
            if word is not None:
                return word
    return next((word for base in cls.library_bases() if (word := ev.words.get(f"{base}.{method}"))), None)


def call_function(
    ev: Evaluator, function: Function, word: Word, args: list[Value], kwargs: Kwargs, site: Site
) -> Value:
    """Call a function of the project that the user has described."""
    method = function.owner is not None and not calls.decorated_by(function, "builtins.staticmethod")
    receiver = args[0] if method and args else None
    return call(ev, word, args[1:] if method else args, kwargs, site, receiver)


def call(
    ev: Evaluator, word: Word, args: list[Value], kwargs: Kwargs, site: Site, receiver: Value | None = None
) -> Value:
    """Do to the arguments what the user says that the call does, and nothing else."""
    ev.used.add(word.name)
    if word.same_as:
        return calls.call(ev, ev.library(word.name), args, kwargs, site)
    given = _Arguments(ev, word, args, kwargs, receiver, site)
    for effect, references in word.effects:
        for reference in references:
            for value in given.meant(effect, reference):
                EFFECTS[effect](given, value)
    if word.returns:
        returned = [_one_of(given.meant("returns", reference)) for reference in word.returns]
        return returned[0] if len(returned) == 1 else Seq("tuple", returned)
    if word.makes:
        return MAKERS[ROLES[word.makes]](given)
    ran = [*given.ran.values()]
    return operators.mixed(ran) if ran else opaque.result(ev, word.name, given.all, site)


def _one_of(values: list[Value]) -> Value:
    """What is returned where one argument is meant: usually there is one."""
    return values[0] if len(values) == 1 else Seq("tuple", values) if values else NONE


class _Arguments:
    """What a call passes, and what has been done with it."""

    __slots__ = ("all", "ev", "named", "placed", "ran", "receiver", "site", "spread", "word")

    def __init__(
        self, ev: Evaluator, word: Word, args: list[Value], kwargs: Kwargs, receiver: Value | None, site: Site
    ) -> None:
        self.ev = ev
        self.word = word
        self.site = site
        self.receiver = receiver
        self.placed = args
        self.named = {**dict(zip(word.parameters or (), args, strict=False)), **kwargs}
        #: Arguments that are passed on by ``*`` and ``**``: any parameter may be among them.
        self.spread = bool({"*", "**"} & self.named.keys())
        self.all = [*args, *kwargs.values()]
        #: What forward passes have given, by network.
        self.ran: dict[Obj, Value] = {}

    def meant(self, key: str, reference: str | int) -> list[Value]:
        """The arguments that a reference means: none where it is not passed, something unknown where nobody can tell."""
        head, *path = reference.split(".") if isinstance(reference, str) else (reference,)
        found = self._found(key, head)
        if found is None:
            self.ev.gap(f"{self.word.name}: no argument is known to be what `{key} = {reference!r}` means", self.site)
            opaque.escape_all(self.ev, [*self.all, self.receiver], self.site)
            return [Unknown(f"{reference} of {self.word.name}")]
        for name in path:
            found = [objects.attribute(self.ev, value, str(name), self.site) for value in found]
        return [value for value in found if not is_none(value)]

    def _found(self, key: str, head: str | int) -> list[Value] | None:
        parameters = self.word.parameters
        if isinstance(head, int):
            if head < len(self.placed):
                return [self.placed[head]]
            name = parameters[head] if parameters is not None and head < len(parameters) else None
            return [self.named[name]] if name in self.named else None if self.spread else []
        if head in self.named:
            return [self.named[head]]
        if head == "self" and self.receiver is not None:
            return [self.receiver]
        if parameters is not None and head in parameters:
            return None if self.spread else []
        if head in ROLES:
            return self._in_role(ROLES[head]) or None
        if self.placed and not self.spread and parameters is None:
            raise UsageError(
                f"{self.word.place}: `{key}` names `{head}`, but nothing says which argument that is. "
                f"List the function's parameters: `parameters = [...]`"
            )
        return None if self.spread else []

    def _in_role(self, role: str) -> list[Value]:
        found = [value for value in self.all if _plays(value, role)]
        if not found and role == "loss":
            found = [
                value for value in self.all if isinstance(value, Tensor) and value.models and value.grad is not False
            ]
        return found if role != "loss" or len(found) == 1 else []

    def bound(self) -> Kwargs:
        """The arguments by parameter, as far as their names are known."""
        known = {name: value for name, value in self.named.items() if name.isidentifier()}
        first = _FIRST.get(ROLES[self.word.makes])
        if self.placed and self.word.parameters is None and first is not None:
            return {first: self.placed[0], **known}
        return known


def _plays(value: Value, role: str) -> bool:
    """Whether a value has the role."""
    if isinstance(value, Choice):
        return any(_plays(each, role) for each in value.values)
    if isinstance(value, Seq):
        return any(_plays(each, role) for each in (value.items if value.items is not None else (value.elem,)))
    if isinstance(value, Params):
        return role == "module"
    if isinstance(value, Tensor):
        return value.kind == "loss" if role == "loss" else role == "data" and bool(value.origins) and not value.models
    return isinstance(value, Obj) and value.kind == role


# Effects


def _calls(method: str, *args: Value) -> Callable[[_Arguments, Value], None]:
    def effect(given: _Arguments, value: Value) -> None:
        for each in _each(value):
            function = objects.attribute(given.ev, each, method, given.site)
            calls.call(given.ev, function, list(args), {}, given.site)

    return effect


def _each(value: Value) -> tuple[Value, ...]:
    if isinstance(value, Seq):
        return value.items if value.items is not None else (value.elem,)
    return (value,)


def _steps(given: _Arguments, value: Value) -> None:
    if isinstance(value, Params):
        given.ev.emit("step", given.site, value, manual=True)
    else:
        _calls("step")(given, value)


def _clears(given: _Arguments, value: Value) -> None:
    if isinstance(value, (Params, Seq)):
        given.ev.emit("zero-grad", given.site, value)
    else:
        _calls("zero_grad")(given, value)


def _clips(given: _Arguments, value: Value) -> None:
    given.ev.emit("clip", given.site, value, limit=Unknown("limit"))


def _saves(given: _Arguments, value: Value) -> None:
    given.ev.emit("save", given.site, None, what=value)


def _runs(given: _Arguments, value: Value) -> None:
    """A forward pass on the data among the arguments. Whether it records gradients is the function's own affair."""
    ev = given.ev
    fed = [_fed(ev, each, given.site) for each in given.all if _is_data(each)]
    for network in (each for part in _each(value) for each in choices(part)):
        if not isinstance(network, Obj):
            continue
        before = ev.flow["grad"]
        if before != "off":
            ev.store.bind(ev.flow, "grad", "unknown")
        made = calls.call(ev, objects.attribute(ev, network, "forward", given.site), list(fed), {}, given.site)
        ev.store.bind(ev.flow, "grad", before)
        given.ran[network] = operators.mixed([made]).but(grad=None)


def _is_data(value: Value) -> bool:
    parts = [each for part in _each(value) for each in choices(part)]
    return any(isinstance(each, (Tensor, Unknown)) or _is_set(each) or _is_opaque(each) for each in parts)


def _is_set(value: Value) -> bool:
    return isinstance(value, Obj) and value.kind in ("loader", "dataset")


def _is_opaque(value: Value) -> bool:
    return isinstance(value, Obj) and value.kind == "opaque"


def _fed(ev: Evaluator, value: Value, site: Site) -> Value:
    """What a network gets of a batch, a loader or a data set."""
    parts = [
        iterate.element(ev, each, site) if _is_set(each) else each for part in _each(value) for each in choices(part)
    ]
    return operators.mixed(parts, "data")


def _backpropagates(given: _Arguments, value: Value) -> None:
    """From a loss; or, where a network is named, from its forward pass in this call."""
    for each in _each(value):
        if isinstance(each, Obj) and each.kind == "module":
            loss = given.ran.get(each) or Tensor("loss", True, frozenset({each}))
            given.ev.emit("backward", given.site, loss, models=frozenset({each}))
        elif isinstance(each, Params):
            models = frozenset(module for module, _ in each.parts)
            given.ev.emit("backward", given.site, Tensor("loss", True, models), models=models)
        else:
            _calls("backward")(given, each)


EFFECTS: dict[str, Callable[[_Arguments, Value], None]] = {
    "runs": _runs, "backpropagates": _backpropagates, "clips": _clips, "steps": _steps, "clears": _clears,
    "train-mode": _calls("train"), "eval-mode": _calls("eval"), "freezes": _calls("requires_grad_", FALSE),
    "unfreezes": _calls("requires_grad_", TRUE), "loads": _calls("load_state_dict", Unknown("weights")), "saves": _saves,
}  # fmt: skip


# What calls make


def _object(given: _Arguments) -> Obj:
    obj = Obj(ROLES[given.word.makes], given.word.name, None, given.site)
    obj.args = given.bound()
    return obj


def _module(given: _Arguments) -> Value:
    obj = _object(given)
    obj.state.update({"gives": "unknown", "batchnorm": None, "dropout": None})
    if given.word.pretrained:
        obj.state["pretrained"] = True
        given.ev.emit("pretrained", given.site, obj)
    given.ev.emit("make", given.site, obj)
    return obj


def _optimizer(given: _Arguments) -> Value:
    obj = _object(given)
    held = obj.args.get("params")
    if isinstance(held, Obj) and held.kind == "module":
        obj.args = {**obj.args, "params": Params(((held, True),))}
    given.ev.emit("make-optimizer", given.site, obj)
    return obj


def _scheduler(given: _Arguments) -> Value:
    obj = _object(given)
    given.ev.emit("make-scheduler", given.site, obj)
    return obj


def _dataset(given: _Arguments) -> Value:
    obj = _object(given)
    obj.state["origins"] = _origins(given, obj)
    given.ev.emit(obj.kind, given.site, obj)
    return obj


def _data(given: _Arguments) -> Value:
    return Tensor("data", False, origins=_origins(given, None))


def _origins(given: _Arguments, owner: Obj | None) -> frozenset[Origin]:
    """Where data comes from: it is a part of the data that goes in, or something of its own."""
    ev, word, site = given.ev, given.word, given.site
    sets = [each for value in given.all for part in _each(value) for each in choices(part) if _is_set(each)]
    base = operators.flow(given.all).origins.union(*(data.origins(ev, each) for each in sets))
    if base and word.makes == "loader" and not word.split:
        return base
    part = word.split or objects.at(site)
    made = [ev.origin(o.key, site, word.split, o, f"{word.name} {part}") for o in base]
    for origin in made or [ev.origin(word.name, site, word.split)]:
        origin.owner = origin.owner or owner
    return frozenset(made or [ev.origin(word.name, site, word.split)])


MAKERS: dict[str, Callable[[_Arguments], Value]] = {
    "module": _module, "optimizer": _optimizer, "scheduler": _scheduler, "dataset": _dataset, "loader": _dataset,
    "data": _data, "loss": _object, "transform": _object, "reporter": _object,
}  # fmt: skip
