"""What hand-chosen initial weights do to the size of the signal on its way through a network of rectified layers."""

from __future__ import annotations

from math import exp, hypot, log, pi, prod, sqrt

from bpcheck.evaluate.initialisation import NOTE, Init
from bpcheck.evaluate.values import Const, Obj, Seq, Site, choices
from bpcheck.facts.initialisation import initialisations, option
from bpcheck.facts.layers import Layers, number, says

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeGuard

    from bpcheck.evaluate.tracing import Node
    from bpcheck.facts.program import Program

_CONSTANT = frozenset({"constant", "zeros", "ones", "zero", "fill"})
_DRAWN = frozenset({"normal", "uniform", "trunc_normal"})
_RECTIFIERS = frozenset({"ReLU", "ReLU6", "LeakyReLU", "PReLU", "relu", "relu_", "relu6", "leaky_relu", "prelu"})
_RESHAPES = frozenset({"view", "reshape", "flatten", "Flatten", "squeeze", "contiguous", "Identity", "dropout"})
#: The spread of weights in GANs and Transformers as published, whose norms or optimizers make up for it.
_PUBLISHED = 0.02
#: What the names of the parameters in question begin with.
_WEIGHT = "weight"
#: From here on a signal is out of proportion.
TOO_MUCH = 10.0


class Misscaled:
    """Layers before a ReLU whose weights were filled at ``site`` without regard to their number of inputs.

    ``factor`` is how many times too large (or, below 1, too small) they make a signal, against He's initialisation, on the
    way through all of them; 0 where all weights are one constant.
    """

    __slots__ = ("factor", "layers", "made", "site")

    def __init__(self, made: Init, layers: list[Obj], factor: float) -> None:
        self.made = made
        self.site: Site = made.site
        self.layers = layers
        self.factor = factor


def misscaled(program: Program) -> list[Misscaled]:
    """The initialisations without regard to the number of inputs in networks that are trained, each place once."""
    found: dict[tuple[str, int, int], Misscaled] = {}
    seen: set[Obj] = set()
    for event in program.passes.training:
        network = event.subject
        if not isinstance(network, Obj) or network.kind != "module" or network in seen:
            continue
        seen.add(network)
        noted = (made for inner in program.models.inside(network) for made in inner.state.get(NOTE, ()))
        if not any(_fills(each) and _may_be_weight(each) for made in noted for each in choices(made)):
            continue
        for each in _of_network(program, Layers(program, event)):
            found.setdefault(program.site_key(each.site), each)
    return list(found.values())


def _fills(made: object) -> TypeGuard[Init]:
    return isinstance(made, Init) and made.scheme in _CONSTANT | _DRAWN


def _may_be_weight(made: Init) -> bool:
    return not made.name or made.name.startswith(_WEIGHT)


def _of_network(program: Program, layers: Layers) -> list[Misscaled]:
    filled: dict[Node, Init] = {}
    for node in layers.nodes:
        if node.layer is None or not _rectified(layers, node) or not layers.is_fresh(node.layer):
            continue
        made = _last(program, node.layer)
        if made is not None:
            filled[node] = made
    constant = [(node, made) for node, made in filled.items() if made.scheme in _CONSTANT]
    if constant:
        return [Misscaled(constant[0][1], [node.layer for node, _ in constant if node.layer is not None], 0.0)]
    if any(says(node, "norm") for node in layers.nodes):
        return []
    sums: dict[Node, float] = {}
    ways: dict[Node, list[Node]] = {}
    for node in layers.nodes:
        # Where ways meet, the one that changes the signal least brings it along.
        before = min((each for given in node.inputs for each in given), key=lambda each: abs(sums[each]), default=None)
        gain = _gain(node, filled[node]) if node in filled else None
        sums[node] = (sums[before] if before is not None else 0.0) + (gain or 0.0)
        ways[node] = [*(ways[before] if before is not None else ()), *([node] if gain is not None else ())]
    last = max(layers.outputs, key=lambda node: abs(sums[node]), default=None)
    if last is None or abs(sums[last]) < log(TOO_MUCH):
        return []
    way = ways[last]
    return [Misscaled(filled[way[0]], [node.layer for node in way if node.layer is not None], exp(sums[last]))]


def _last(program: Program, layer: Obj) -> Init | None:
    """The initialisation that is surely in force for the layer's weights."""
    made = initialisations(program, layer, _WEIGHT)
    if not made or not all(each.certain for each in made):
        return None
    own = [each for each in layer.state.get(NOTE, ()) if each in made]
    return made[-1] if (not own or len(own) == len(made)) and _fills(made[-1]) else None


def _rectified(layers: Layers, node: Node) -> bool:
    """Whether what a layer gives goes into a ReLU, with no normalisation in between, and from there into other layers."""
    if node.name != "torch.nn.Linear" and says(node, "convolution") not in ("1d", "2d", "3d"):
        return False
    after = layers.only_fed(node)
    while after is not None:
        name = after.name.rpartition(".")[2]
        if name in _RECTIFIERS:
            return _goes_on(layers, after)
        if name not in _RESHAPES and not says(after, "pool") and says(after, "mode") != "dropout":
            return False
        after = layers.only_fed(after)
    return False


def _goes_on(layers: Layers, node: Node) -> bool:
    """Whether a layer with weights gets what a node gives: it is not the last thing in the network."""
    queue, seen = [node], {node}
    while queue:
        for after in layers.fed_by(queue.pop()):
            if says(after, "weights"):
                return True
            if after not in seen:
                seen.add(after)
                queue.append(after)
    return False


def _gain(node: Node, made: Init) -> float | None:
    """By how much, on a logarithmic scale, the weights enlarge a signal more than He's would; ``None``: not known."""
    fan, numbers = _fan_in(node), _numbers(made)
    if not fan or numbers is None:
        return None
    mean, deviation = numbers
    if deviation <= 0 or deviation == _PUBLISHED:
        return None
    # What comes out of a ReLU is never negative, so the mean of the weights adds up: the mean of a rectified normal
    # signal is its root mean square over the root of pi.
    return log(hypot(deviation, mean * sqrt(fan / pi)) / sqrt(2 / fan))


def _numbers(made: Init) -> tuple[float, float] | None:
    """The mean and the standard deviation of the weights."""
    if made.scheme == "uniform":
        low, high = option(made, 0, "a", 0.0), option(made, 1, "b", 1.0)
        return None if low is None or high is None else ((low + high) / 2, (high - low) / sqrt(12))
    mean, deviation = option(made, 0, "mean", 0.0), option(made, 1, "std", 1.0)
    return None if mean is None or deviation is None else (mean, deviation)


def _fan_in(node: Node) -> int | None:
    if node.name == "torch.nn.Linear":
        return number(node, "in_features")
    channels, groups = number(node, "in_channels"), number(node, "groups")
    kernel = node.args.get("kernel_size")
    sizes = (
        [item.value if isinstance(item, Const) else None for item in kernel.items or ()]
        if isinstance(kernel, Seq)
        else []
    )
    if isinstance(kernel, Const):
        axes = int(str(says(node, "convolution"))[0])
        sizes = list(kernel.value) if isinstance(kernel.value, (tuple, list)) else [kernel.value] * axes
    known = [size for size in sizes if isinstance(size, int)]
    if not channels or not groups or not known or len(known) < len(sizes):
        return None
    return channels // groups * prod(known)
