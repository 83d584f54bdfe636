"""Abstract values: what an expression can be known to be.

Values are small slotted classes rather than dataclasses: thousands are made a second. Objects with an identity
(:class:`Obj`, :class:`Seq`, :class:`Map`) keep whatever can change in plain dictionaries, and every change goes through
the :class:`~bpcheck.evaluate.store.Store`, so that both arms of a branch can be evaluated and joined.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bpcheck.apis.vocabulary import Word
    from bpcheck.evaluate.events import Event
    from bpcheck.evaluate.scope import Frame, ModuleScope

MAX_CHOICES = 6


class Cell(dict["Any", "Any"]):
    """What can change of an object or a container. ``born`` tells whether a call in progress made it itself."""

    __slots__ = ("born",)
    now = 0

    def __init__(self) -> None:
        self.born = Cell.now


class Entries(Cell):
    """What a dictionary holds: an entry that only one of several paths makes is :func:`optional`."""

    __slots__ = ()


class Unknown:
    """A value nothing is known of; ``why`` is for people who debug a missing finding."""

    __slots__ = ("why",)

    def __init__(self, why: str = "") -> None:
        self.why = why


class Counted(Unknown):
    """A number that follows from how often a loop has turned; ``shape`` says how (see ``evaluate.counts``)."""

    __slots__ = ("shape",)

    def __init__(self, shape: str = "count") -> None:
        self.why = "a number of a range"
        self.shape = shape


class Const:
    """A Python constant. ``setting`` names the option whose default it is: the user may override it."""

    __slots__ = ("setting", "value")

    def __init__(self, value: Any, setting: str | None = None) -> None:
        self.value = value
        self.setting = setting


class Symbol:
    """Something of a library that is not opened: its fully qualified name is all there is.

    ``chosen`` is where a configuration chooses it by that name: what it makes is made there, to whoever reads about it.
    """

    __slots__ = ("chosen", "name")

    def __init__(self, name: str, chosen: Site | None = None) -> None:
        self.name = name
        self.chosen = chosen


class Module:
    """A module of the project, evaluated when first looked into."""

    __slots__ = ("scope",)

    def __init__(self, scope: ModuleScope) -> None:
        self.scope = scope


class Imported:
    """A name that a project module imports from another: looked up when it is first used, so that a script which needs
    one function of a large package does not evaluate all of it."""

    __slots__ = ("importer", "level", "module", "name", "package")

    def __init__(self, package: Module, module: str, name: str, level: int, importer: ModuleScope) -> None:
        self.package = package
        self.module = module
        self.name = name
        self.level = level
        self.importer = importer


class Function:
    """A project function or lambda with the frame that it closes over."""

    __slots__ = ("closure", "decorators", "defaults", "kw_defaults", "name", "node", "owner", "scope", "word")

    def __init__(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: ModuleScope, closure: Frame | None
    ) -> None:
        self.node = node
        self.name: str = getattr(node, "name", "<lambda>")
        self.scope = scope
        self.closure = closure
        self.owner: Class | None = None
        self.defaults: list[Value] = []
        self.kw_defaults: dict[str, Value] = {}
        #: Those of libraries, the one next to the function first.
        self.decorators: list[Value] = []
        #: What the user says that it does; it is not followed then.
        self.word: Word | None = None

    def options(self) -> dict[str, Value]:
        """The constant defaults of its parameters, as settings that whoever runs it may override."""
        spec = self.node.args
        names = [arg.arg for arg in (*spec.posonlyargs, *spec.args)]
        defaults = {
            **dict(zip(names[len(names) - len(self.defaults) :], self.defaults, strict=True)),
            **self.kw_defaults,
        }
        return {name: Const(value.value, name) for name, value in defaults.items() if isinstance(value, Const)}

    def decorated(self, *decorators: Value) -> Function:
        """The function with more library decorators round it."""
        twin = Function(self.node, self.scope, self.closure)
        twin.owner, twin.defaults, twin.kw_defaults = self.owner, self.defaults, self.kw_defaults
        twin.word = self.word
        twin.decorators = [*self.decorators, *decorators]
        return twin


class Class:
    """A project class: its own names, its bases and, through them, the library classes that it extends."""

    __slots__ = ("bases", "fields", "name", "names", "node", "scope")

    def __init__(self, node: ast.ClassDef, scope: ModuleScope, bases: list[Value]) -> None:
        self.node = node
        self.name = node.name
        self.scope = scope
        self.bases = bases
        self.names: dict[str, Value] = {}
        self.fields: list[str] = []

    def lineage(self) -> list[Class]:
        """This class and the project classes that it inherits from, nearest first."""
        found: list[Class] = []
        queue: list[Value] = [self]
        while queue:
            cls = queue.pop(0)
            if isinstance(cls, Class) and cls not in found:
                found.append(cls)
                queue.extend(cls.bases)
        return found

    def library_bases(self) -> list[str]:
        """Qualified names of the library classes that this class extends, directly or not."""
        return [base.name for cls in self.lineage() for base in cls.bases if isinstance(base, Symbol)]

    def has_unknown_base(self) -> bool:
        """Whether some base could not be resolved, so that methods may come from code not seen."""
        return any(not isinstance(base, (Class, Symbol)) for cls in self.lineage() for base in cls.bases)

    def find(self, name: str) -> Value | None:
        """The class attribute ``name``, looked up as Python would (nearest class first)."""
        for cls in self.lineage():
            if name in cls.names:
                return cls.names[name]
        return None


class BoundMethod:
    """A project function bound to an object (or a class, for class methods)."""

    __slots__ = ("function", "receiver")

    def __init__(self, receiver: Value, function: Function) -> None:
        self.receiver = receiver
        self.function = function


class Method:
    """A method of a library object, tensor or container: receiver and name."""

    __slots__ = ("name", "receiver")

    def __init__(self, receiver: Value, name: str) -> None:
        self.receiver = receiver
        self.name = name


class Partial:
    """``functools.partial``: a callable with some arguments filled in."""

    __slots__ = ("args", "function", "kwargs")

    def __init__(self, function: Value, args: list[Value], kwargs: dict[str, Value]) -> None:
        self.function = function
        self.args = args
        self.kwargs = kwargs


class Super:
    """``super()`` inside a method of ``owner``."""

    __slots__ = ("owner", "receiver")

    def __init__(self, owner: Class, receiver: Value) -> None:
        self.owner = owner
        self.receiver = receiver


class Obj:
    """An object with an identity: an instance of a project class, of a library class, or of something unknown.

    ``kind`` is the role that the library tables give it (``module``, ``optimizer``, ``scheduler``, ``loss``,
    ``dataset``, ``loader``, ``scaler``, ``transform`` ...) or ``opaque``. ``name`` is the qualified name of the library
    class or function that made it (empty for project classes), ``args`` are the arguments by parameter name, ``attrs``
    its attributes, ``state`` what the evaluator notes about it (mode, frozen, escaped ...).
    """

    __slots__ = ("args", "attrs", "cls", "kind", "name", "site", "state")

    def __init__(self, kind: str, name: str = "", cls: Class | None = None, site: Site | None = None) -> None:
        self.kind = kind
        self.name = name
        self.cls = cls
        self.site = site
        self.args: dict[str, Value] = {}
        self.attrs: dict[str, Value] = Cell()
        self.state: dict[str, Any] = Cell()

    def belong_to(self, owner: Obj) -> None:
        """It has been there as long as ``owner``, though it is only noticed now."""
        for own, old in ((self.attrs, owner.attrs), (self.state, owner.state)):
            if isinstance(own, Cell) and isinstance(old, Cell):
                own.born = old.born

    @property
    def label(self) -> str:
        """The class's short name, for messages."""
        return self.cls.name if self.cls is not None else self.name.rpartition(".")[2] or "object"


class Seq:
    """A list, tuple, set or other iterable. ``cell["items"]`` is the tuple of elements, or ``None`` where the length
    is not
    known; ``cell["elem"]`` then stands for any element."""

    __slots__ = ("cell", "kind")

    def __init__(self, kind: str, items: Iterable[Value] | None, elem: Value | None = None) -> None:
        self.kind = kind
        self.cell = Cell()
        self.cell["items"] = None if items is None else tuple(items)
        self.cell["elem"] = elem

    @property
    def items(self) -> tuple[Value, ...] | None:
        return self.cell["items"]  # type: ignore[no-any-return]

    @property
    def elem(self) -> Value:
        """A value that stands for any element."""
        if self.items is not None:
            return settled(join_all(self.items)) if self.items else Unknown("element of an empty sequence")
        return self.cell["elem"] or Unknown("element")


class Map:
    """A dictionary with constant keys; ``cell["open"]`` says that there may be more, and ``cell["elem"]`` stands for
    those."""

    __slots__ = ("cell", "data", "places", "setting", "site")

    def __init__(self, data: dict[Any, Value] | None = None, open_: bool = False, elem: Value | None = None) -> None:
        self.data: dict[Any, Value] = Entries()
        if data:
            self.data.update(data)
        self.cell = Cell()
        self.cell["open"] = open_
        self.cell["elem"] = elem
        self.setting: str | None = None
        #: Where it and its entries stand in a configuration file, if it comes from one.
        self.site: Site | None = None
        self.places: dict[Any, Site] = {}

    @property
    def elem(self) -> Value:
        values: list[Value] = [v for v in self.data.values() if not isinstance(v, Imported)]
        if self.cell["elem"] is not None:
            values.append(self.cell["elem"])
        return settled(join_all(values)) if values else Unknown("element")

    def holds(self, key: Any) -> bool | None:
        """Whether ``key`` is in it (``None``: not known). Raises ``TypeError`` for what cannot be a key."""
        if key in self.data:
            return None if is_optional(self.data[key]) else True
        return None if self.cell["open"] else False


class Tensor:
    """A value computed from data: a tensor, an array, a number got from one.

    ``kind`` is the last operation that decides what the numbers mean (``raw``, ``softmax``, ``log_softmax``,
    ``sigmoid``,
    ``log_sigmoid``, ``relu``, ``loss``, ``index``, ``number``, or ``unknown``); ``grad`` whether it hangs on an
    autograd
    graph (``None``: not known); ``models`` the modules that computed it, ``passes`` in which forward passes;
    ``origins`` where its data
    came from;
    ``steps`` the operations for the proof, last ones last; ``axes`` what is known of its axes (see ``axes.py``);
    ``history`` what was done to the data on the way (events: a table read, statistics fitted, gaps filled).
    """

    __slots__ = ("axes", "grad", "history", "kind", "models", "origins", "passes", "steps", "via")

    def __init__(
        self, kind: str = "unknown", grad: bool | None = None, models: frozenset[Obj] = frozenset(),
        origins: frozenset[Origin] = frozenset(), steps: tuple[tuple[str, Site], ...] = (), via: str = "",
        passes: frozenset[Event] = frozenset(), axes: str = "", history: frozenset[Event] = frozenset(),
    ) -> None:  # fmt: skip
        self.axes = axes
        self.history = history
        self.kind = kind
        self.grad = grad
        self.models = models
        self.origins = origins
        self.steps = steps
        self.via = via
        self.passes = passes

    def but(self, **changes: Any) -> Tensor:
        """A copy with some fields changed."""
        new = Tensor(
            self.kind, self.grad, self.models, self.origins, self.steps, self.via, self.passes, self.axes, self.history
        )
        for field, value in changes.items():
            setattr(new, field, value)
        return new


class Params:
    """Parameters of modules, as an optimizer receives them: ``parts`` are (module, whole) pairs, where ``whole`` is
    False for
    a selection; ``tensors`` are parameters that belong to no module; ``known`` is False when something else may be
    in it. ``name`` is that of the one parameter (``weight``), empty where it may be any."""

    __slots__ = ("known", "name", "parts", "tensors")

    def __init__(
        self, parts: tuple[tuple[Obj, bool], ...] = (), known: bool = True, tensors: bool = False, name: str = ""
    ) -> None:  # fmt: skip
        self.parts = parts
        self.name = name
        self.known = known
        self.tensors = tensors


class Grad:
    """``p.grad`` of a parameter."""

    __slots__ = ("params",)

    def __init__(self, params: Params) -> None:
        self.params = params


class Choice:
    """One of several values, depending on a branch that is not decided."""

    __slots__ = ("values",)

    def __init__(self, values: tuple[Value, ...]) -> None:
        self.values = values


class Origin:
    """Where data comes from: a dataset, a file, a generator of random numbers; or a part of another origin.

    ``split`` is ``train``, ``validation``, ``test`` or empty when its constructor does not say; ``part`` identifies
    a slice or
    element within ``base``; ``synthetic`` says that the numbers are made in the program.
    """

    __slots__ = ("base", "calls", "key", "owner", "part", "readers", "site", "split", "synthetic")

    def __init__(
        self, key: str, site: Site | None, split: str = "", base: Origin | None = None, part: str = "",
        synthetic: bool = False,
    ) -> None:  # fmt: skip
        self.key = key
        self.site = site
        self.split = split
        self.base = base
        self.part = part
        self.synthetic = synthetic
        #: The calls that led to ``site``, outermost first.
        self.calls: tuple[Site, ...] = ()
        #: The data set that it is, with its transform.
        self.owner: Obj | None = None
        #: Data sets of the project that read it, each in its way.
        self.readers: tuple[Obj, ...] = ()

    def root(self) -> Origin:
        return self.base.root() if self.base is not None else self

    def within(self, wholes: frozenset[Origin]) -> bool:
        """Whether it is one of ``wholes`` or a part of one."""
        return self in wholes or (self.base is not None and self.base.within(wholes))


class Site:
    """A node of a module: a place that is only turned into lines and columns when somebody asks."""

    __slots__ = ("node", "scope")

    def __init__(self, scope: ModuleScope, node: ast.AST) -> None:
        self.scope = scope
        self.node = node


Value = (
    Unknown
    | Const
    | Symbol
    | Module
    | Function
    | Class
    | BoundMethod
    | Method
    | Partial
    | Super
    | Obj
    | Seq
    | Map
    | Tensor
    | Params
    | Grad
    | Choice
)

#: The "setting" of ``self.training``, which is known at each call but no option of the user's.
TRAINING_FLAG = "self.training"

#: ``via`` of a loss to which a penalty was (or may have been) added.
PENALIZED = "penalized"
#: ``via`` of zeros of which those were set to one that data point at: symbols as one-hot vectors.
POINTED = "pointed"
#: What stays true of a value that is so on some path only.
_ON_SOME_PATH = frozenset({PENALIZED, POINTED})

#: The "value" of a call from which nothing comes back.
NEVER = Symbol("<never returns>")
NONE = Const(None)
TRUE = Const(True)
FALSE = Const(False)


#: A slice among the indices of several axes.
SLICE = Unknown("slice")
#: Among the alternatives of an element or entry: on some path it is not there.
ABSENT = Unknown("may be absent")


def optional(value: Value) -> Value:
    """``value`` as an element or entry that is not there on every path."""
    return value if is_optional(value) else Choice((*choices(value), ABSENT))


def is_optional(value: Value) -> bool:
    """Whether an element or entry may be absent."""
    return isinstance(value, Choice) and any(each is ABSENT for each in value.values)


def settled(value: Value, instead: Value | None = None) -> Value:
    """What an element or entry is where it is there; ``instead`` is what stands for it where it is not."""
    if not is_optional(value):
        return value
    present = join_all([each for each in choices(value) if each is not ABSENT])
    return present if instead is None else join(present, instead)


def choices(value: Value) -> tuple[Value, ...]:
    """The alternatives of a value (itself, if there is only one)."""
    return value.values if isinstance(value, Choice) else (value,)


def same(a: Value, b: Value) -> bool:
    """Whether two values are surely the same."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, Const) and isinstance(b, Const):
        return type(a.value) is type(b.value) and bool(a.value == b.value)
    if isinstance(a, Symbol) and isinstance(b, Symbol):
        return a.name == b.name
    if isinstance(a, Counted) and isinstance(b, Counted):
        return a.shape == b.shape
    if isinstance(a, Unknown):
        return (a is ABSENT) == (b is ABSENT)
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return (
            a.kind == b.kind
            and a.grad == b.grad
            and a.passes == b.passes
            and a.models == b.models
            and a.origins == b.origins
            and a.axes == b.axes
            and a.history == b.history
            and (a.via == b.via or not (a.via in _ON_SOME_PATH or b.via in _ON_SOME_PATH))
        )
    if isinstance(a, Function) and isinstance(b, Function):
        return a.node is b.node and a.closure is b.closure
    if isinstance(a, BoundMethod) and isinstance(b, BoundMethod):
        return a.receiver is b.receiver and a.function.node is b.function.node
    if isinstance(a, Method) and isinstance(b, Method):
        return a.name == b.name and same(a.receiver, b.receiver)
    if isinstance(a, Params) and isinstance(b, Params):
        return a.parts == b.parts and a.known == b.known and a.name == b.name
    if isinstance(a, Module) and isinstance(b, Module):
        return a.scope is b.scope
    if isinstance(a, Seq) and isinstance(b, Seq) and a.items is not None and b.items is not None:
        return a.kind == b.kind == "tuple" and len(a.items) == len(b.items) and all(map(same, a.items, b.items))
    return False


def join(a: Value, b: Value) -> Value:
    """What is known of a value that is either ``a`` or ``b``."""
    if same(a, b):
        return a
    if isinstance(a, Tensor) and isinstance(b, Tensor) and a.kind == b.kind:
        return Tensor(
            a.kind, a.grad if a.grad == b.grad else None if None in (a.grad, b.grad) else True, a.models | b.models,
            a.origins | b.origins, a.steps or b.steps, _joined_via(a.via, b.via), a.passes | b.passes,
            a.axes if a.axes == b.axes else "", a.history | b.history,
        )  # fmt: skip
    if isinstance(a, Seq) and isinstance(b, Seq) and _alike(a, b):
        return Seq("tuple", map(join, a.items or (), b.items or ()))
    merged: list[Value] = []
    for value in (*choices(a), *choices(b)):
        if not any(same(value, other) for other in merged):
            merged.append(value)
    if len(merged) > MAX_CHOICES:
        return Unknown("too many alternatives")
    return merged[0] if len(merged) == 1 else Choice(tuple(merged))


def _joined_via(a: str, b: str) -> str:
    if a == b or a in _ON_SOME_PATH:
        return a
    return b if b in _ON_SOME_PATH else ""


def _alike(a: Seq, b: Seq) -> bool:
    """Whether two tuples have the same known length, so that they can be joined place by place."""
    if a.kind != "tuple" or b.kind != "tuple" or a.items is None or b.items is None:
        return False
    return len(a.items) == len(b.items)


def join_all(values: Iterable[Value]) -> Value:
    """The join of one or more values."""
    result: Value | None = None
    for value in values:
        result = value if result is None else join(result, value)
    return Unknown("nothing") if result is None else result


def constant(value: Value | None) -> Any:
    """The Python constant behind ``value``; ``None`` stands for "not known" as well as for ``None`` itself."""
    return value.value if isinstance(value, Const) else None


def is_none(value: Value | None) -> bool:
    """Whether the value is surely ``None``."""
    return isinstance(value, Const) and value.value is None


def _some(elements: Iterable[Value]) -> bool | None:
    """Whether there is an element (``None``: on some path only)."""
    certain = [not is_optional(element) for element in elements]
    return any(certain) or (None if certain else False)


def truth(value: Value) -> bool | None:
    """The truth of a value, or ``None`` where it is not known."""
    if isinstance(value, Const):
        try:
            return bool(value.value)
        except Exception:
            return None
    if isinstance(value, Seq):
        return _some(value.items) if value.items is not None else None
    if isinstance(value, Map):
        return None if value.cell["open"] and not value.data else _some(value.data.values())
    if isinstance(value, (Function, Class, BoundMethod, Module, Partial)):
        return True
    if isinstance(value, Obj):
        return None if value.kind in ("opaque", "dataset", "loader", "size") else True
    if isinstance(value, Choice):
        answers = {truth(v) for v in value.values}
        return answers.pop() if len(answers) == 1 else None
    return None
