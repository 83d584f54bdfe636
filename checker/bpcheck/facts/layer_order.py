"""Convolutions, batch normalisations and activations: what comes directly after what."""

from __future__ import annotations

from bpcheck.evaluate.tracing import Node
from bpcheck.evaluate.values import Const, Obj
from bpcheck.facts.layers import Layers, is_true, says, source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def biased_before_batchnorm(layers: Layers) -> list[tuple[Node, Node]]:
    """Convolutions trained from scratch whose bias a batch normalisation takes away again, each with that normalisation."""
    followed: dict[Obj, tuple[Node, Node] | None] = {}
    for node in layers.convolutions:
        assert node.layer is not None
        norm = layers.only_fed(node)
        fits = norm is not None and is_true(node.args.get("bias")) and subtracts_mean(layers, norm)
        if fits and norm is not None and node.layer not in followed:
            followed[node.layer] = (node, norm)
        elif not fits:
            followed[node.layer] = None  # used elsewhere, where its bias counts
    return [pair for layer, pair in followed.items() if pair is not None and layers.is_fresh(layer)]


def subtracts_mean(layers: Layers, norm: Node) -> bool:
    """Whether a node is a batch normalisation that is trained: it subtracts the mean and adds a shift of its own."""
    if norm.layer is None or says(norm, "mode") != "batchnorm" or not layers.in_training(norm.layer):
        return False
    return is_true(norm.args.get("affine")) and is_true(norm.args.get("track_running_stats"))


def normalised_before_activation(layers: Layers) -> Iterator[tuple[Node, Node, Node]]:
    """Convolution, batch normalisation and activation where they follow in this order, in networks trained from scratch.

    A network that normalises and activates the sum of its residual branches does so before its convolutions by design.
    """
    found: list[tuple[Node, Node, Node]] = []
    for norm in layers.nodes:
        if norm.layer is None or says(norm, "mode") != "batchnorm":
            continue
        activation, convolution = layers.only_fed(norm), source(norm)
        if activation is None or not says(activation, "activation"):
            continue
        if convolution is None or not says(convolution, "convolution"):
            if norm.inputs and any(node.name == "+" for given in norm.inputs for node in given):
                return
            continue
        if (
            layers.only_fed(convolution) is norm
            and convolution.layer is not None
            and layers.is_fresh(convolution.layer)
        ):
            found.append((convolution, norm, activation))
    yield from (triple for triple in found if _is_rectifier(triple[2]))


def _is_rectifier(activation: Node) -> bool:
    output = says(activation, "output")
    slope = activation.args.get("negative_slope")
    return bool(output == "relu") and not (isinstance(slope, Const) and slope.value == 1)
