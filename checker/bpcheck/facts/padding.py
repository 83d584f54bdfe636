"""What convolutions lose of small images: borders without padding, and resolution in a stem that is made for large ones."""

from __future__ import annotations

from bpcheck.apis import lookup
from bpcheck.evaluate.modules import descendants
from bpcheck.evaluate.tracing import Node
from bpcheck.evaluate.values import Obj, Site
from bpcheck.facts.layers import Layers, made_at, number, one_number, says, source

#: Images up to this size lose a good part of themselves to two unpadded convolutions.
SMALL = 32
#: Up to this size a 7 by 7 stem of stride 2 with the pooling after it leaves next to nothing for the last layers.
SMALL_FOR_STEM = 64
#: By how much networks with such a stem divide an image altogether, and what is little in the end.
_LIBRARY_DIVIDES = 32
_LITTLE = 2


class Unpadded:
    """Convolutions without padding on small images: each with the height and width before and after it."""

    __slots__ = ("image", "losses")

    def __init__(self, image: int, losses: list[tuple[Node, int, int]]) -> None:
        self.image = image
        self.losses = losses


def unpadded(layers: Layers) -> Unpadded | None:
    """The convolutions that lose the borders of small images: at least the one that gets the image, or two of them.

    One whose kernel is as large as its map is a linear layer in disguise, and a border that somebody else adds is one.
    """
    if not layers.whole:
        return None
    image = layers.input_size
    if image is None or image > SMALL:
        return None
    found: list[tuple[Node, int, int]] = []
    for node in layers.convolutions:
        kernel, before, after = (
            number(node, "kernel_size"),
            layers.size_of_input(node, image),
            layers.sizes(image)[node],
        )
        if says(node, "convolution") != "2d" or kernel is None or kernel < 3 or before is None or after is None:
            continue
        if number(node, "padding") == 0 and kernel < before and not _is_padded(node):
            found.append((node, before, after))
    stem = any(given is not None and not given.name for given in (source(node) for node, _, _ in found))
    return Unpadded(image, found) if len(found) > 1 or (found and stem) else None


def _is_padded(node: Node) -> bool:
    given = source(node)
    return given is None or bool(says(given, "pads"))


class Stem:
    """A first layer that is made for large images, and the size of those that it gets."""

    __slots__ = ("image", "label", "left", "place", "pretrained", "used")

    def __init__(self, image: int, left: int, label: str, place: Site, used: Site, pretrained: bool) -> None:
        self.image = image
        self.label = label
        #: The height and width of what the last convolution gets.
        self.left = left
        self.place = place
        self.used = used
        self.pretrained = pretrained


def oversized_stem(layers: Layers) -> Stem | None:
    """The 7 by 7 convolution of stride 2 that gets small images, in a network of the project's own or of a library."""
    image = layers.input_size
    if image is None or image > SMALL_FOR_STEM:
        return None
    for node in layers.nodes:
        given = source(node)
        if given is None or given.name or node.layer is None:
            continue
        own = _is_large(node.layer)
        found = made_at(node) if own else _stem_of(node.layer)
        left = _smallest(layers, image) if own else -(-image // _LIBRARY_DIVIDES)
        if found is not None and left is not None and left <= _LITTLE:
            label = layers.network.label if own or node.layer.name == "torch.nn.Sequential" else node.layer.label
            return Stem(image, left, label, found, node.site, node.layer.state.get("pretrained") is True)
    return None


def _smallest(layers: Layers, image: int) -> int | None:
    """The height and width of the smallest map that a convolution gets; ``None`` where one of them is not known."""
    sizes = [layers.size_of_input(node, image) for node in layers.convolutions]
    known = [size for size in sizes if size is not None]
    return min(known) if known and len(known) == len(sizes) else None


def _stem_of(network: Obj) -> Site | None:
    """Where the stem of a library's network was made, if it is a large one: with the network, or put in its place."""
    for inner in descendants(network) if network.name == "torch.nn.Sequential" else (network,):
        api = lookup(inner.name) if inner.cls is None else None
        name = api.facts.get("stem") if api is not None else None
        if name is None:
            continue
        own = inner.attrs.get(name)
        if own is None or (isinstance(own, Obj) and "part-of" in own.state):
            return inner.site
        return own.site if isinstance(own, Obj) and _is_large(own) else None
    return None


def _is_large(layer: Obj) -> bool:
    """Whether it is a convolution of 7 by 7 with stride 2."""
    return layer.name == "torch.nn.Conv2d" and [one_number(layer.args.get(n)) for n in ("kernel_size", "stride")] == [
        7,
        2,
    ]
