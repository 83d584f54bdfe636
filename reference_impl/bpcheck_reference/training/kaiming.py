"""Kaiming initialisation for networks of ReLUs.

Behind a ReLU half of the signal is gone, so weights with variance 2 / fan_in keep its second moment from layer to
layer: std = sqrt(2 / fan_in). PyTorch's default for Linear and Conv layers is uniform in +-1 / sqrt(fan_in), a
variance of 1 / (3 fan_in), under which the signal of a deep plain network shrinks by sqrt(1/6) a layer. Normalisation
layers make most of the difference vanish.

Source: K. He et al., Delving Deep into Rectifiers, 2015, arXiv 1502.01852; fast.ai, Practical Deep Learning for
Coders (2018), part 1, lesson 6, where the course library applies it to new heads.

Common mistakes: N(0, 1) or constant weights (BP303), Kaiming on a sigmoid head.

Practice: T3. Rules: BP303.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

_WEIGHTED = (
    nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d,
)  # fmt: skip


@torch.no_grad()
def kaiming_(model: nn.Module, *, head: nn.Module | None = None) -> nn.Module:
    """Initialise all Linear and (transposed) Conv layers of ``model`` in place: N(0, 2 / fan_in), biases zero. Returns it.

    Embeddings and normalisation layers keep what they have.

    Args:
        model: a network whose layers feed ReLUs.
        head: the last layer, which feeds none: its weights get variance 1 / fan_in.
    """
    for layer in model.modules():
        if isinstance(layer, _WEIGHTED):
            gain = 1.0 if layer is head else 2.0
            layer.weight.normal_(std=(gain / fan_in(layer)) ** 0.5)
            if layer.bias is not None:
                layer.bias.zero_()
    return model


def fan_in(layer: nn.Module) -> int:
    """How many inputs go into one output of a Linear or Conv layer. Groups and transposition are counted right.

    Of a transposed convolution with stride s along each side, each output sees 1 / s of the kernel along that side.

    Raises:
        TypeError: the layer is another kind.
    """
    if isinstance(layer, nn.Linear):
        return layer.in_features
    if not isinstance(layer, _WEIGHTED):
        raise TypeError(f"layer must be Linear or a convolution, not {type(layer).__name__}")
    assert isinstance(layer, nn.modules.conv._ConvNd)
    kernel = 1
    for size, stride in zip(layer.kernel_size, layer.stride, strict=True):
        kernel *= max(size // stride, 1) if layer.transposed else size
    return layer.in_channels // layer.groups * kernel


@torch.no_grad()
def signal_profile(model: nn.Module, inputs: Tensor) -> list[tuple[str, float]]:
    """Name and standard deviation of the output of each Linear and Conv layer, in the order in which they run.

    A profile that falls or grows by a factor at each layer says that training will not reach the first ones.
    """
    found: list[tuple[str, float]] = []

    def hook(name: str) -> object:
        return lambda _layer, _inputs, output: found.append((name, float(output.float().std())))

    handles = [
        layer.register_forward_hook(hook(name))  # type: ignore[arg-type]  # its result is not used
        for name, layer in model.named_modules()
        if isinstance(layer, _WEIGHTED)
    ]
    try:
        model(inputs)
    finally:
        for handle in handles:
            handle.remove()
    return found
