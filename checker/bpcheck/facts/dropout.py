"""Dropout that takes effect in a network: as a layer, between the layers of a recurrence, as a function, by hand."""

from __future__ import annotations

from bpcheck.apis import lookup
from bpcheck.evaluate.modules import descendants
from bpcheck.evaluate.values import Const, Obj

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.program import Program


def has_dropout(model: Obj) -> bool | None:
    """Whether ``model`` or a part of it drops activations or weights in training (``None``: not known)."""
    unknown = False
    for inner in descendants(model):
        if "functional-dropout" in inner.state:
            return True
        # Random masks are mostly a dropout written out.
        unknown = unknown or "masks" in inner.state or "unseen" in inner.state
        answer = _drops(inner)
        if answer:
            return True
        unknown = unknown or answer is None
    return None if unknown else False


def _drops(layer: Obj) -> bool | None:
    """Whether a single layer does."""
    if layer.kind == "opaque" or layer.state.get("part-of") is not None:
        return None
    if layer.state.get("dropout"):
        return True
    api = lookup(layer.name)
    if api is None:
        known = layer.cls is not None and not layer.cls.has_unknown_base() and layer.name in ("", "torch.nn.Module")
        return False if known else None
    if layer.cls is not None and layer.cls.has_unknown_base():
        return None
    mode = api.facts.get("mode")
    if mode == "rnn-dropout":
        return _between_layers(layer)
    if mode in ("dropout", "dropout-argument"):
        p = layer.args.get("p" if mode == "dropout" else "dropout")
        return bool(p.value) if isinstance(p, Const) else None
    return False if api.what in ("layer", "container", "base-module", "loss") else None


def _between_layers(layer: Obj) -> bool | None:
    """Whether a recurrence of several layers has dropout between them (behind the last one there is none)."""
    p, count = layer.args.get("dropout"), layer.args.get("num_layers")
    if isinstance(p, Const) and not p.value:
        return False
    if isinstance(count, Const) and count.value == 1:
        return False
    return True if isinstance(p, Const) and isinstance(count, Const) else None


class Inert:
    """A dropout that never acts: between the layers of a recurrence that has only one. ``p`` is what was asked for."""

    __slots__ = ("layer", "p")

    def __init__(self, layer: Obj, p: float) -> None:
        self.layer = layer
        self.p = p


def inert(program: Program) -> list[Inert]:
    """Recurrent layers that run and are given a dropout which acts between layers, but consist of one layer; each place
    once."""
    ran = {id(event.subject) for event in program.of_kind("forward")}
    found: dict[tuple[str, int, int], Inert] = {}
    rivals: set[tuple[str, int, int]] = set()
    for layer in program.models.everything:
        api = lookup(layer.name)
        if api is None or api.facts.get("mode") != "rnn-dropout" or layer.site is None:
            continue
        key = program.site_key(layer.site)
        p, count = layer.args.get("dropout"), layer.args.get("num_layers")
        if isinstance(p, Const) and isinstance(count, Const) and count.value == 1 and isinstance(p.value, (int, float)):
            if p.value and (layer.state.get("used") or id(layer) in ran):
                found[key] = Inert(layer, p.value)
        else:
            rivals.add(key)
    return [each for key, each in found.items() if key not in rivals]
