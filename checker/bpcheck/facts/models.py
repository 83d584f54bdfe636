"""Networks: which belong together, what they are made of, whether train() and eval() make a difference."""

from __future__ import annotations

from functools import cached_property

from bpcheck.apis import lookup
from bpcheck.evaluate.modules import children, descendants
from bpcheck.evaluate.values import Choice, Const, Obj, Params, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.program import Program

#: What may be or hold parameters where it is an attribute of a network.
_MAY_BE_WEIGHTS = (Choice, Params, Unknown)


class Models:
    """The networks of a program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        made = [event.subject for event in program.of_kind("make", "forward") if isinstance(event.subject, Obj)]
        self.all: list[Obj] = list(dict.fromkeys(made))
        self._root: dict[int, Obj] = {}
        self._inside: dict[Obj, tuple[Obj, ...]] = {}
        self._parts: dict[Obj, frozenset[int]] = {}
        known = set(self.all)
        for model in self.all:
            inside = children(model)
            for part in inside:  # which grows on the way
                self._root.setdefault(id(part), model)
                if part not in known:  # what is known speaks for its own parts
                    inside += [inner for inner in children(part) if inner not in inside]

    def root(self, model: Obj) -> Obj:
        """The whole network that ``model`` is a part of."""
        seen: set[int] = set()
        while id(model) in self._root and id(model) not in seen:
            seen.add(id(model))
            model = self._root[id(model)]
        return model

    @cached_property
    def everything(self) -> list[Obj]:
        """All networks and all in them, each once."""
        return list(dict.fromkeys(inner for model in self.all for inner in self.inside(model)))

    def inside(self, model: Obj) -> tuple[Obj, ...]:
        """The network and all in it, when the program has ended."""
        known = self._inside.get(model)
        if known is None:
            known = self._inside[model] = tuple(descendants(model))
        return known

    def parts(self, model: Obj) -> frozenset[int]:
        """The identities of the network and of all in it."""
        known = self._parts.get(model)
        if known is None:
            known = self._parts[model] = frozenset(map(id, self.inside(model)))
        return known

    def related(self, a: object, b: Obj) -> bool:
        """Whether one is part of the other, or both of one network."""
        if not isinstance(a, Obj):
            return False
        return a is b or self.root(a) is self.root(b)


def originals(program: Program, model: Obj) -> set[Obj]:
    """The network, and those whose copies it or a part of it is (a moving average of the weights, with what holds it)."""
    found = {model}
    for inner in program.models.inside(model):
        copied = inner.state.get("copy-of")
        if isinstance(copied, Obj):
            found.add(program.models.root(copied))
    return found


def layers(model: Obj) -> list[Obj]:
    """The library layers of a network, itself included where it is one."""
    return [
        inner for inner in descendants(model) if inner.name.startswith("torch.nn.") and lookup(inner.name) is not None
    ]


def recurrent(model: Obj) -> Obj | None:
    """The first recurrent layer of a network."""
    for inner in descendants(model):
        api = lookup(inner.name)
        if api is not None and api.facts.get("recurrent"):
            return inner
    return None


def mode_effect(model: Obj) -> tuple[bool | None, Obj | None]:
    """Whether train() and eval() make a difference in ``model`` (``None``: not known), and the layer that proves it."""
    unknown = False
    for inner in descendants(model):
        if inner.state.get("functional-dropout") == "mode":
            return True, inner
        answer = _layer_effect(inner)
        if answer:
            return True, inner
        unknown = unknown or answer is None
    return (None if unknown else False), None


def _layer_effect(layer: Obj) -> bool | None:
    if layer.kind == "opaque":
        return None
    if layer.state.get("batchnorm") or layer.state.get("dropout"):
        return True
    if "batchnorm" in layer.state:
        return None if layer.state["batchnorm"] is None or layer.state.get("dropout") is None else False
    if layer.state.get("part-of") is not None:
        return None
    api = lookup(layer.name)
    if api is None:
        if layer.cls is not None:
            return None if layer.cls.has_unknown_base() or (layer.name and layer.name != "torch.nn.Module") else False
        return None
    mode = api.facts.get("mode")
    if mode == "batchnorm":
        tracked = layer.args.get("track_running_stats")
        return not (isinstance(tracked, Const) and tracked.value is False)
    if mode in ("dropout", "dropout-argument"):
        p = layer.args.get("p" if mode == "dropout" else "dropout")
        return None if not isinstance(p, Const) else bool(p.value)
    if mode == "rnn-dropout":
        p, count = layer.args.get("dropout"), layer.args.get("num_layers")
        if isinstance(p, Const) and not p.value:
            return False
        if isinstance(count, Const) and count.value == 1:
            return False
        return True if isinstance(p, Const) and isinstance(count, Const) else None
    return False


def frozen(model: Obj) -> str:
    """``all``, ``part`` or ``none`` of the weights are frozen."""
    states = {
        str(inner.state.get("frozen", "no"))
        for inner in descendants(model)
        if not children(inner) or (inner.cls is None and not _is_container(inner))
    }
    if states == {"all"}:
        return "all"
    return "part" if states & {"all", "part", "mixed", "unknown"} else "none"


def only_computes(model: Obj) -> bool:
    """Whether all of a network is seen, and there is neither a weight in it nor a layer with two modes."""
    for inner in descendants(model):
        if inner.cls is not None:
            if inner.name != "torch.nn.Module" or inner.cls.has_unknown_base() or inner.state.get("open"):
                return False
            if any(isinstance(value, _MAY_BE_WEIGHTS) for value in inner.attrs.values()):
                return False
            continue
        api = lookup(inner.name)
        if api is None or api.facts.get("weights") or api.facts.get("mode") or api.what not in ("layer", "container"):
            return False
        if api.what == "container" and inner.state.get("children") is None:
            return False
    return True


def _is_container(layer: Obj) -> bool:
    api = lookup(layer.name)
    return api is not None and api.what == "container"


def label(model: Obj) -> str:
    """The network's class, for messages."""
    return model.label
