"""Deep convolutional networks, and what makes depth trainable: normalisation and residual connections."""

from __future__ import annotations

from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.tracing import Node
from bpcheck.facts.layers import Layers, joins, number, says

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.program import Program

#: Losses of classifiers, of whole images or of their pixels.
_CLASSIFIES = frozenset({"cross_entropy", "nll", "bce", "bce_logits", "margin", "multilabel_soft_margin"})
#: Operators between tensors of which a normalisation by hand, a residual connection or a gate may consist.
_BY_HAND = frozenset({"+", "-", "*", "/", "operator"})


def unnormalised(program: Program, layers: Layers) -> int | None:
    """How many convolutions stand one behind the other in a classifier trained from scratch in which nothing is normalised.

    ``None`` where something is, or may be: by a layer, by hand, by its weights, by activations that keep the variance, or
    by residual connections that were made to do without.
    """
    if not layers.convolutions or not layers.whole or not classifies(program, layers):
        return None
    for node in layers.nodes:
        if says(node, "norm") or says(node, "scales") or says(node, "self_normalizing"):
            return None
        if joins(node) and node.name in _BY_HAND:
            return None
        if node.layer is not None and "normalizes-weights" in node.layer.state:
            return None
    return layers.depth(is_convolution) if _from_scratch(layers) else None


def plain_depth(layers: Layers) -> int | None:
    """How many convolutions stand one behind the other in a network trained from scratch in which no way leads round any of
    them. Those that look at one pixel or one channel at a time do not count."""
    if not layers.convolutions or not layers.whole or any(map(joins, layers.nodes)) or not _from_scratch(layers):
        return None
    return layers.depth(_is_full)


def classifies(program: Program, layers: Layers) -> bool:
    """Whether the network's output goes into the loss of a classifier in training."""
    losses = [event for event in program.task.losses if event.data["loss"] in _CLASSIFIES]
    return any(layers.network is past.subject for event in losses for past in flow([event.data["output"]]).passes)


def is_convolution(node: Node) -> bool:
    return node.layer is not None and bool(says(node, "convolution"))


def _is_full(node: Node) -> bool:
    """Whether a convolution mixes pixels and channels."""
    if not is_convolution(node):
        return False
    groups = number(node, "groups")
    return number(node, "kernel_size") != 1 and (groups == 1 or groups is None or groups != number(node, "in_channels"))


def _from_scratch(layers: Layers) -> bool:
    return all(node.layer is not None and layers.is_fresh(node.layer) for node in layers.convolutions)
