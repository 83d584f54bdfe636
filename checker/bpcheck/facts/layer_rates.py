"""Learning rates along the depth of a pretrained network: whether earlier layers get larger ones than later layers."""

from __future__ import annotations

import re

from bpcheck.apis import lookup
from bpcheck.evaluate.modules import children, descendants, has_weights
from bpcheck.evaluate.values import Obj
from bpcheck.facts.models import frozen
from bpcheck.facts.optimizers import Group, Optimizer, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.program import Program

#: A part of a library's network that is one of several in a row: ``layer4``, ``blocks.[11]``.
_NUMBERED = r"(.*?)\[?(\d+)\]?"


class Inverted:
    """Two groups of one optimizer: pretrained layers, and later layers with a smaller rate."""

    __slots__ = ("earlier", "earlier_rate", "later", "later_rate", "optimizer")

    def __init__(self, optimizer: Optimizer, earlier: Obj, later: Obj, earlier_rate: float, later_rate: float) -> None:
        self.optimizer = optimizer
        self.earlier = earlier
        self.later = later
        self.earlier_rate = earlier_rate
        self.later_rate = later_rate


def inverted_rates(program: Program) -> list[Inverted]:
    """Optimizers that give pretrained layers a larger rate than layers behind them; each optimizer once."""
    found: list[Inverted] = []
    for optimizer in program.optimizers:
        if optimizer.made is None or len(optimizer.groups) < 2 or not optimizer.steps or not optimizer.fine_tunes():
            continue
        if any(optimizer.touches(event.subject) is not False for event in program.of_kind("lr-write")):
            continue
        pair = next(
            (each for a in optimizer.groups for b in optimizer.groups if (each := _compared(program, optimizer, a, b))),
            None,
        )
        if pair is not None:
            found.append(pair)
    return found


def _compared(program: Program, optimizer: Optimizer, a: Group, b: Group) -> Inverted | None:
    high, low = number(a.lr), number(b.lr)
    if high is None or low is None or not high > low > 0 or not (a.exact and b.exact):
        return None
    for earlier, _ in a.parts:
        if not earlier.state.get("pretrained") and not _wraps_pretrained(earlier):
            continue
        if frozen(earlier) == "all":
            continue
        for later, _ in b.parts:
            if later is not earlier and _behind(program, earlier, later):
                return Inverted(optimizer, earlier, later, high, low)
    return None


def _wraps_pretrained(module: Obj) -> bool:
    """Whether all that has weights in it is pretrained."""
    inside = [inner for inner in descendants(module) if inner.state.get("pretrained")]
    return bool(inside) and not any(has_weights(inner) for inner in descendants(module))


def _behind(program: Program, earlier: Obj, later: Obj) -> bool:
    """Whether ``later`` surely comes after ``earlier`` in one network."""
    if later.state.get("pretrained"):
        one, other = (re.fullmatch(_NUMBERED, part.name) for part in (earlier, later))
        if one is None or other is None or earlier.state.get("part-of") is not later.state.get("part-of"):
            return False
        return one[1] == other[1] and int(one[2]) < int(other[2]) and earlier.state.get("part-of") is not None
    if not _is_fresh_head(later):
        return False
    whole = earlier.state.get("part-of") or earlier
    if isinstance(whole, Obj) and any(inner is later for inner in descendants(whole)):
        return True  # put into it, in the place of its own last layer
    root = program.models.root(earlier)
    if root is not program.models.root(later):
        return False
    order = [set(map(id, descendants(child))) for child in children(root)]
    first = next((i for i, inside in enumerate(order) if id(earlier) in inside), None)
    second = next((i for i, inside in enumerate(order) if id(later) in inside), None)
    return first is not None and second is not None and first < second


def _is_fresh_head(module: Obj) -> bool:
    """Whether it is made of new layers only, a linear one among them and no convolution."""
    inside = list(descendants(module))
    if any(inner.state.get("pretrained") or inner.kind == "opaque" for inner in inside):
        return False
    weighted = [lookup(inner.name) for inner in inside if has_weights(inner)]
    linear = any(inner.name.rpartition(".")[2] in ("Linear", "LazyLinear") for inner in inside)
    return linear and not any(api is not None and api.facts.get("convolution") for api in weighted)
