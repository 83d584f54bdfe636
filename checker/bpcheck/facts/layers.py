"""The layers of a network that is trained, as its forward pass runs them: which one's output feeds which, and how large it is."""

from __future__ import annotations

from math import isqrt

from bpcheck.apis import lookup
from bpcheck.evaluate.modules import descendants, mode_of
from bpcheck.evaluate.tracing import Node, trace
from bpcheck.evaluate.values import Const, Obj, Seq, Site, Value
from bpcheck.facts.image_size import image_size
from bpcheck.facts.passes import inputs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from bpcheck.evaluate.events import Event
    from bpcheck.facts.program import Program

#: Sizes of images that are tried where only what comes out of a network's convolutions is known.
_SIZES = range(4, 257)
_MOST_SIZES = 16
#: For each node the height and width of what it gives.
Sizes = dict[Node, "int | None"]


class Layers:
    """The layers of one network in one pass that trains it."""

    __slots__ = ("_fed", "_given", "_sizes", "event", "network", "nodes", "outputs", "program", "unseen")

    def __init__(self, program: Program, event: Event) -> None:
        assert isinstance(event.subject, Obj)
        self.program = program
        self.event = event
        self.network = event.subject
        args, names = event.data["args"], event.data.get("named", ())
        count = len(args) - len(names)
        named = dict(zip(names, args[count:], strict=True))
        found = trace(program.evaluator, self.network, event.data["method"], args[:count], named, event.site)
        self.nodes = found.nodes
        self.outputs = found.outputs
        self.unseen = found.unseen
        self._fed: dict[Node, list[Node]] | None = None
        self._given: set[Obj] | None = None
        self._sizes: dict[int, Sizes] = {}

    @property
    def whole(self) -> bool:
        """Whether all that runs is seen, each layer once for each time that it runs."""
        if self.unseen or not self.outputs or self.program.escaped(self.network):
            return False
        return all(node.known and not node.repeated for node in self.nodes)

    @property
    def convolutions(self) -> list[Node]:
        """The convolution layers, transposed ones too."""
        return [node for node in self.nodes if node.layer is not None and says(node, "convolution")]

    def fed_by(self, node: Node) -> list[Node]:
        """What gets the output of ``node``, or may get it."""
        if self._fed is None:
            self._fed = {}
            for each in self.nodes:
                for source in frozenset().union(*each.inputs):
                    self._fed.setdefault(source, []).append(each)
        return self._fed.get(node, [])

    def only_fed(self, node: Node) -> Node | None:
        """The one thing that surely gets the output of ``node``, and nothing else."""
        fed = self.fed_by(node)
        if len(fed) != 1 or node in self.outputs or fed[0].guards != node.guards:
            return None
        return fed[0] if source(fed[0]) is node else None

    def depth(self, counts: Callable[[Node], bool]) -> int:
        """How many of the nodes that count stand one behind the other on the longest way through the network."""
        depths: dict[Node, int] = {}
        for node in self.nodes:
            before = [depths[each] for given in node.inputs for each in given]
            depths[node] = max(before, default=0) + counts(node)
        return max(depths.values(), default=0)

    def is_fresh(self, layer: Obj) -> bool:
        """Whether the layer's weights are trained from scratch."""
        if "part-of" in layer.state or layer.state.get("frozen") not in (None, "none", "no"):
            return False
        if self._given is None:
            self._given = self._with_given_weights()
        return layer not in self._given

    def _with_given_weights(self) -> set[Obj]:
        """All in the network that has, or may have, weights of somebody else's when it begins to train."""
        inner = self.program.models.inside(self.program.models.root(self.network))
        holders = [each for each in inner if each.state.get("pretrained", False) is not False]
        for event in self.program.of_kind("load-weights"):
            if isinstance(event.subject, Obj) and not event.guards and event.index < self.event.index:
                holders.append(event.subject)
        return {layer for holder in holders for layer in descendants(holder)}

    def in_training(self, layer: Obj) -> bool:
        """Whether a layer is in the mode of the network that it is a part of."""
        return mode_of(layer) == mode_of(self.network)

    @property
    def input_size(self) -> int | None:
        """The height and width of the square images that it gets (the largest that is possible), where that is known.

        A linear layer that gets all of a map tells how large the map is, and so how large the images are.
        """
        told = image_size(inputs(self.event))
        flattened = list(self._flattened())
        fitting = (
            [n for n in _SIZES if all(self.sizes(n)[node] == side for node, side in flattened)] if flattened else []
        )
        if not 0 < len(fitting) <= _MOST_SIZES:
            return told
        return told if told in fitting else fitting[-1]

    def sizes(self, image: int) -> Sizes:
        """The height and width of what each node gives, where it is a square map, for images of this size."""
        known = self._sizes.get(image)
        if known is None:
            known = self._sizes[image] = {}
            for node in self.nodes:
                known[node] = _size(node, known, image)
        return known

    def size_of_input(self, node: Node, image: int) -> int | None:
        """The height and width of what a node gets."""
        given = source(node)
        return self.sizes(image)[given] if given is not None else None

    def channels(self, node: Node) -> int | None:
        """The number of channels of the map that a node gives."""
        given = source(node)
        while not says(node, "convolution"):
            if given is None or not _keeps_channels(node):
                return None
            node, given = given, source(given)
        return number(node, "out_channels")

    def _flattened(self) -> Iterator[tuple[Node, int]]:
        """The maps of which a linear layer gets all numbers in a row, with their height and width."""
        for node in self.nodes:
            features = number(node, "in_features")
            given = source(node)
            arranged = False
            while given is not None and (says(given, "arranges") or _keeps_size(given)):
                arranged = arranged or says(given, "arranges")
                given = source(given)
            channels = self.channels(given) if given is not None and arranged and features else None
            if given is not None and channels and features and features % channels == 0:
                side = isqrt(features // channels)
                if side * side * channels == features:
                    yield given, side


def trained_layers(program: Program) -> list[Layers]:
    """The layers of each network with convolutions that is trained, once for each network."""
    found: dict[Obj, Layers] = {}
    for event in program.passes.training:
        network = event.subject
        if not isinstance(network, Obj) or network.kind != "module" or network in found:
            continue
        if any(_is_visual(inner) for inner in program.models.inside(network)):
            found[network] = Layers(program, event)
    return list(found.values())


def says(node: Node, fact: str) -> Any:
    """What the library's table says of a layer or operation under this word."""
    return node.api.facts.get(fact) if node.api is not None else None


def source(node: Node) -> Node | None:
    """The one node that feeds this one, if it is known to be one."""
    if len(node.inputs) != 1 or len(node.inputs[0]) != 1:
        return None
    return next(iter(node.inputs[0]))


def joins(node: Node) -> bool:
    """Whether a node brings together what comes on several ways (a sum, a concatenation, a gate)."""
    return len(set(node.inputs)) > 1 or any(len(given) > 1 for given in node.inputs)


def number(node: Node, name: str) -> int | None:
    """An argument that is a number, or the same number for all axes."""
    return one_number(node.args.get(name))


def one_number(value: Value | None) -> int | None:
    """The number that a value is, or that it has for all axes."""
    if isinstance(value, Seq) and value.items is not None:
        numbers = {item.value if isinstance(item, Const) else None for item in value.items}
    elif isinstance(value, Const):
        numbers = set(value.value) if isinstance(value.value, (tuple, list)) else {value.value}
    else:
        return None
    one = numbers.pop() if len(numbers) == 1 else None
    return one if isinstance(one, int) and not isinstance(one, bool) else None


def made_at(node: Node) -> Site:
    """Where the layer was made; for an operation, where it stands."""
    return node.layer.site if node.layer is not None and node.layer.site is not None else node.site


def is_true(value: Value | None) -> bool:
    """Whether an argument is surely ``True``."""
    return isinstance(value, Const) and value.value is True


def _is_visual(layer: Obj) -> bool:
    while isinstance(layer.state.get("part-of"), Obj):
        layer = layer.state["part-of"]
    api = lookup(layer.name)
    return api is not None and bool(api.facts.get("convolution") or api.facts.get("vision"))


def _keeps_size(node: Node) -> bool:
    """Whether the result is of the size of what went in, channels and all."""
    if node.name in ("torch.nn.Identity", "torch.clone") or says(node, "functional_dropout"):
        return True
    return bool(says(node, "activation") or says(node, "norm") or says(node, "mode") in ("dropout", "batchnorm"))


def _keeps_channels(node: Node) -> bool:
    return _keeps_size(node) or bool(says(node, "pool"))


def _size(node: Node, sizes: Sizes, image: int) -> int | None:
    if not node.name:
        return image
    before = {sizes[each] for given in node.inputs for each in given}
    size = before.pop() if len(before) == 1 else None
    if size is None or _keeps_size(node) or node.name in ("+", "-", "*", "/"):
        return size
    if says(node, "convolution") in ("2d", "1d", "3d"):
        return _slid(node, size, number(node, "stride"), number(node, "dilation"))
    pool = says(node, "pool")
    if pool in ("adaptive-avg", "adaptive-max"):
        return number(node, "output_size")
    if pool:
        given = node.args.get("stride")
        stride = (
            number(node, "kernel_size") if isinstance(given, Const) and given.value is None else number(node, "stride")
        )
        return _slid(node, size, stride, 1)
    return size if node.name in ("torch.cat", "torch.concat") else None


def _slid(node: Node, size: int, stride: int | None, dilation: int | None) -> int | None:
    """The size of what a window gives that slides over a map."""
    padding = node.args.get("padding")
    if isinstance(padding, Const) and padding.value == "same":
        return size
    kernel = number(node, "kernel_size")
    border = 0 if isinstance(padding, Const) and padding.value == "valid" else number(node, "padding")
    if kernel is None or border is None or not stride or dilation is None:
        return None
    span = size + 2 * border - dilation * (kernel - 1) - 1
    if span < 0:
        return None
    return (-(-span // stride) if is_true(node.args.get("ceil_mode")) else span // stride) + 1
