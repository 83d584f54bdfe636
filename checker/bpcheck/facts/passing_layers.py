"""Layers that last for one forward pass: made in it, with weights that no optimizer ever gets."""

from __future__ import annotations

from bpcheck.evaluate.events import Event
from bpcheck.evaluate.modules import descendants
from bpcheck.evaluate.values import Const, Map, Obj, Seq, Site, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.program import Program

#: Arguments that leave a layer without weights.
_AFFINE = ("affine", "elementwise_affine")


class Passing:
    """A layer that is made anew in every forward pass of ``network``."""

    __slots__ = ("layer", "made", "network", "site")

    def __init__(self, layer: Obj, made: Site, network: Obj, site: Site) -> None:
        self.layer = layer
        self.made = made
        self.network = network
        #: Where the code of the network's pass makes it.
        self.site = site


def passing_layers(program: Program) -> list[Passing]:
    """Layers with random weights that every forward pass makes anew; each place once.

    What is kept for the next pass is made once: where it is kept, it counts only if later passes make it again all the same.
    """
    events = program.of_kind("layer-in-forward")
    if not events:
        return []
    runs = program.of_kind("forward")
    found: dict[tuple[str, int, int], Passing] = {}
    for number, event in enumerate(events):
        layer, network, at = event.subject, event.data["network"], event.data["at"]
        key = program.site_key(at)
        if key in found or not isinstance(layer, Obj) or not _random(program, layer):
            continue
        run = next((run for run in reversed(runs) if run.index < event.index), None)
        if run is None or len(event.guards) > len(run.guards):
            continue
        again = any(
            later.site is event.site and later.data["network"] is network and _another(runs, event, later)
            for later in events[number + 1 :]
        )
        if again or not _kept(network, layer):
            found[key] = Passing(layer, event.site, network, at)
    return list(found.values())


def _another(runs: list[Event], first: Event, second: Event) -> bool:
    return any(first.index < run.index < second.index for run in runs)


def _random(program: Program, layer: Obj) -> bool:
    """Whether a layer has weights, and nobody sets them."""
    for name in _AFFINE:
        value = layer.args.get(name)
        if value is not None and not (isinstance(value, Const) and value.value):
            return False
    told = {"given-weights", "initialised", "pretrained", "copy-of"} & set(layer.state)
    own = {"weight", "bias"} & set(layer.attrs)
    return not told and not own and layer.state.get("frozen", "no") == "no" and not program.escaped(layer)


def _kept(network: Obj, layer: Obj) -> bool:
    """Whether the network holds the layer, or something that does, when the program has ended."""
    return any(inner is layer or _holds(list(inner.attrs.values()), layer, 0) for inner in descendants(network))


def _holds(values: list[Value], layer: Obj, depth: int) -> bool:
    for value in values:
        if isinstance(value, Obj) and value.kind == "module" and any(inner is layer for inner in descendants(value)):
            return True
        if depth < 3 and isinstance(value, Map) and _holds([*value.data.values(), value.elem], layer, depth + 1):
            return True
        if depth < 3 and isinstance(value, Seq) and _holds([*(value.items or ()), value.elem], layer, depth + 1):
            return True
    return False
