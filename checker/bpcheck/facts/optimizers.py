"""Optimizers: their parameter groups with effective values, when they step, what clears their gradients."""

from __future__ import annotations

from collections.abc import Iterable

from bpcheck.apis import lookup
from bpcheck.apis.spec import Api
from bpcheck.evaluate.events import Event, Loop
from bpcheck.evaluate.values import NONE, Choice, Const, Map, Obj, Params, Seq, Site, Tensor, Value, choices

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.program import Program


class Group:
    """One parameter group: what it holds and the values in force for it."""

    __slots__ = ("exact", "lr", "parts", "weight_decay")

    def __init__(
        self, parts: tuple[tuple[Obj, bool], ...], exact: bool, lr: Value | None, weight_decay: Value | None
    ) -> None:
        self.parts = parts
        self.exact = exact
        self.lr = lr
        self.weight_decay = weight_decay


class Optimizer:
    """An optimizer of the program. ``obj`` is a library optimizer, an unknown object that steps, or hand-written
    SGD's weights."""

    def __init__(self, program: Program, obj: Obj | Params) -> None:
        self.program = program
        self.obj = obj
        self.by_hand = isinstance(obj, Params)
        self.made: Event | None = None
        self.steps: list[Event] = []
        self.groups: list[Group] = []
        self.known = True
        if isinstance(obj, Params):
            self.groups = [Group(obj.parts, obj.known, None, None)]
        elif obj.kind == "optimizer":
            self._read(obj)
        else:
            self.known = False
        self.holds = {
            id(inner) for group in self.groups for module, _ in group.parts for inner in program.models.inside(module)
        }

    @property
    def api(self) -> Api | None:
        obj = self.obj
        if not isinstance(obj, Obj) or (obj.cls is not None and obj.cls.find("step") is not None):
            return None
        return lookup(obj.name)  # a class of the project that steps as the library's does is the library's

    @property
    def name(self) -> str:
        return "hand-written SGD" if isinstance(self.obj, Params) else self.obj.label

    @property
    def clips(self) -> bool:
        """Whether it limits the gradients itself, or may."""
        limit = self.api.facts.get("clips") if self.api is not None else None
        value = self.obj.args.get(str(limit)) if limit and isinstance(self.obj, Obj) else NONE
        return not isinstance(value, Const) or bool(value.value)

    @property
    def modules(self) -> list[Obj]:
        """The networks whose parameters it holds."""
        return list(dict.fromkeys(module for group in self.groups for module, _ in group.parts))

    def escaped(self) -> bool:
        """Whether the optimizer or what it trains (or the network that this is a part of) was handed to unseen code."""
        if isinstance(self.obj, Obj) and self.program.escaped(self.obj):
            return True
        models = self.program.models
        networks = dict.fromkeys([*map(models.root, self.modules), *self.modules])
        return any(self.program.escaped(inner) for network in networks for inner in models.inside(network))

    def trains(self, module: Obj) -> bool:
        """Whether it holds parameters of ``module`` or of a part of it."""
        return not self.holds.isdisjoint(self.program.models.parts(module))

    def fine_tunes(self) -> bool:
        """Whether some of what it holds are pretrained weights."""
        return any(
            inner.state.get("pretrained") for module in self.modules for inner in self.program.models.inside(module)
        )

    def of_unknown_make(self) -> bool:
        """Whether it comes from code that is not seen (an engine that may do more than step); an argument does not."""
        if not isinstance(self.obj, Obj) or self.obj.kind != "opaque":
            return False
        runs = any(e.subject is self.obj for e in self.program.of_kind("forward"))
        return runs or not self.obj.state.get("argument")

    def trained_by_gradients(self) -> bool:
        """Whether some backward pass gives gradients to what it holds."""
        from bpcheck.facts.loops import backwards_of

        return bool(backwards_of(self.program, self))

    def option(self, name: str) -> object:
        """A constant argument; ``None`` where it is absent or not known."""
        value = self.obj.args.get(name) if isinstance(self.obj, Obj) else None
        return value.value if isinstance(value, Const) else None

    def given(self, name: str) -> bool:
        """Whether the argument is passed at all."""
        return isinstance(self.obj, Obj) and name in self.obj.args

    def touches(self, subject: Obj | Value | None) -> bool | None:
        """Whether something done to ``subject`` (an optimizer, module or parameters) is done to its parameters."""
        if subject is self.obj:
            return True
        if isinstance(subject, Choice):
            answers = [self.touches(each) for each in subject.values]
            return True if True in answers else None if None in answers else False
        if isinstance(subject, Params):
            if not self.known or not subject.known:
                return True
            return any(self.trains(module) for module, _ in subject.parts)
        if isinstance(subject, Seq):
            items = subject.items if subject.items is not None else (subject.elem,)
            answers = [self.touches(item) for item in items]
            return True if True in answers else None if None in answers else False
        if isinstance(subject, Obj):
            if subject.kind == "module":
                return self.trains(subject) or (None if not self.known else False)
            if subject.kind == "optimizer":
                other = Optimizer(self.program, subject)
                return bool(other.holds & self.holds) or (None if not (other.known and self.known) else False)
            return None
        return None if not isinstance(subject, (Const, Tensor)) else False

    def loops(self) -> list[Loop]:
        """The loops that an optimizer step is in, innermost last."""
        return [loop for loop, _ in self.steps[0].loops if not loop.unrolled] if self.steps else []

    def _read(self, obj: Obj) -> None:
        lr, decay = obj.args.get("lr"), obj.args.get("weight_decay")
        for value in (obj.args.get("params"), *obj.state.get("added", ())):
            if value is None:
                self.known = False
                continue
            self._groups(value, lr, decay)

    def _groups(self, value: Value, lr: Value | None, decay: Value | None) -> None:
        if isinstance(value, Params):
            self.groups.append(Group(value.parts, value.known, lr, decay))
            self.known = self.known and value.known
        elif isinstance(value, Map):
            inner = value.data.get("params")
            if inner is None:
                self.known = False
                return
            before = len(self.groups)
            self._groups(inner, value.data.get("lr", lr), value.data.get("weight_decay", decay))
            if value.cell["open"]:
                for group in self.groups[before:]:
                    group.lr = group.weight_decay = None
        elif isinstance(value, Seq):
            self._sequence(value, lr, decay)
        elif isinstance(value, Choice):
            for each in choices(value):
                self._groups(each, lr, decay)
            self.known = False
        else:
            self.known = False

    def _sequence(self, value: Seq, lr: Value | None, decay: Value | None) -> None:
        items = value.items if value.items is not None else choices(value.elem)
        flat: list[tuple[Obj, bool]] = []
        exact = True
        for item in items:
            if isinstance(item, Params):
                flat.extend(item.parts)
                exact = exact and item.known
            elif (
                isinstance(item, Seq)
                and item.items is not None
                and len(item.items) == 2
                and isinstance(item.items[1], Params)
            ):
                flat.extend(item.items[1].parts)
            elif isinstance(item, Tensor):
                continue
            else:
                self._groups(item, lr, decay)
        if flat:
            self.groups.append(Group(tuple(dict.fromkeys(flat)), exact, lr, decay))


def optimizers(program: Program) -> list[Optimizer]:
    """Every optimizer that is made or steps."""
    found: dict[int, Optimizer] = {}
    for event in program.of_kind("make-optimizer", "step"):
        subject = event.subject
        if isinstance(subject, Params):
            key = hash(tuple(id(module) for module, _ in subject.parts))
        elif isinstance(subject, Obj):
            key = id(subject)
        else:
            continue
        if key not in found:
            found[key] = Optimizer(program, subject)
        if event.kind == "make-optimizer":
            found[key].made = event
        else:
            found[key].steps.append(event)
    return list(found.values())


def alike(optimizers: Iterable[Optimizer]) -> list[list[Optimizer]]:
    """Optimizers of one class that train the same network, one after the other, together: their defect is one."""
    found: list[list[Optimizer]] = []
    for optimizer in optimizers:
        for others in found:
            if optimizer.name == others[0].name and optimizer.holds & others[0].holds:
                others.append(optimizer)
                break
        else:
            found.append([optimizer])
    return found


def number(value: Value | None) -> float | None:
    """The number behind a value, where it is one and known."""
    if isinstance(value, Const) and isinstance(value.value, (int, float)) and not isinstance(value.value, bool):
        return float(value.value)
    if isinstance(value, Const) and isinstance(value.value, str):
        try:
            return float(value.value)
        except ValueError:
            return None
    return None


def site_of(optimizer: Optimizer) -> Site | None:
    """Where the optimizer is made."""
    return optimizer.obj.site if isinstance(optimizer.obj, Obj) else None
