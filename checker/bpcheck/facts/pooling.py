"""Pooling: what it throws away of a convolution, and what a head keeps of the last map."""

from __future__ import annotations

from bpcheck.evaluate.modules import descendants
from bpcheck.evaluate.tracing import Node
from bpcheck.evaluate.values import Const
from bpcheck.facts.layers import Layers, number, says, source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

#: From this size on, the positions that pooling throws away are most of what a network computes.
LARGE = 64


def pooled_convolutions(layers: Layers) -> list[tuple[Node, Node, int]]:
    """Convolutions of stride 1 on large maps, trained from scratch, whose output is only pooled by 2: each with the pooling, and
    the height and width of the map."""
    image = layers.input_size
    if image is None or image < LARGE or not layers.whole:
        return []
    found: list[tuple[Node, Node, int]] = []
    for node in layers.convolutions:
        pool, size = layers.only_fed(node), layers.sizes(image)[node]
        if pool is None or says(pool, "pool") != "max" or size is None or size < LARGE or node.layer is None:
            continue
        if number(node, "stride") != 1 or (number(node, "kernel_size") or 1) < 3 or not layers.is_fresh(node.layer):
            continue
        given = pool.args.get("stride")
        stride = (
            number(pool, "kernel_size") if isinstance(given, Const) and given.value is None else number(pool, "stride")
        )
        if stride == number(pool, "kernel_size") == 2:
            found.append((node, pool, size))
    return found


class Head:
    """A new head on a pretrained body: its one global pooling, and the first linear layer after that."""

    __slots__ = ("linear", "pool")

    def __init__(self, pool: Node, linear: Node) -> None:
        self.pool = pool
        self.linear = linear


def averaging_heads(layers: Layers) -> Iterator[Head]:
    """New heads that keep only the mean of each channel of what a pretrained body gives."""
    for pool in layers.nodes:
        if says(pool, "pool") != "adaptive-avg" or number(pool, "output_size") != 1:
            continue
        if pool.layer is not None and "part-of" in pool.layer.state:
            continue
        body = source(pool)
        if body is None or layers.only_fed(body) is not pool or not _is_pretrained(body):
            continue
        linear = _linear_after(layers, pool)
        if linear is not None and linear.layer is not None and layers.is_fresh(linear.layer):
            yield Head(pool, linear)


def _is_pretrained(body: Node) -> bool:
    """Whether a node is a pretrained network, or a part of one."""
    return body.layer is not None and any(inner.state.get("pretrained") is True for inner in descendants(body.layer))


def _linear_after(layers: Layers, node: Node) -> Node | None:
    """The linear layer that gets the output of ``node``, with nothing but rearrangements, dropout and normalisation between."""
    after = layers.only_fed(node)
    while after is not None and number(after, "in_features") is None:
        if not (
            says(after, "arranges")
            or says(after, "norm")
            or says(after, "mode") == "dropout"
            or says(after, "activation")
        ):
            return None
        after = layers.only_fed(after)
    return after
