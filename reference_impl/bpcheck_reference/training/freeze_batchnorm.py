"""BatchNorm layers that stay in eval mode while the rest of a network trains, through every later ``model.train()``.

A pretrained layer's running mean and variance describe what the weights behind it were trained on. Small batches of
new data replace them within some hundred steps. A frozen layer normalises with the old ones; its scale and shift
still train unless they are frozen, too.

Source: fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 2 (``bn_freeze(True)``); course library
0.7, ``fastai/learner.py``.

Common mistakes: ``requires_grad = False`` alone, which leaves the statistics running (BP301); ``eval()`` once, undone
by the next ``model.train()``; ``momentum=0``, which still normalises by the batch.

Practice: T1. Rules: BP301.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


def freeze_batchnorm(module: nn.Module, *, affine: bool = False) -> Callable[[], None]:
    """Keep every BatchNorm layer in ``module`` in eval mode from now on.

    A forward pre-hook puts a layer back into eval mode whoever has called ``train()``. Such hooks are copied by
    ``deepcopy`` and are no part of ``state_dict``.

    Args:
        module: a network, or the body of one.
        affine: freeze scale and shift of these layers as well.

    Returns:
        A function that undoes it: the layers follow ``train()`` again, and scale and shift get their gradients back.

    Raises:
        ValueError: there is no BatchNorm layer in ``module``.
    """
    layers = [layer for layer in module.modules() if isinstance(layer, _BatchNorm)]
    if not layers:
        raise ValueError(f"module must hold a BatchNorm layer, but {type(module).__name__} has none")
    hooks = [layer.register_forward_pre_hook(_to_eval) for layer in layers]
    weights = [(weight, weight.requires_grad) for layer in layers for weight in layer.parameters()]
    for layer in layers:
        layer.eval()
    if affine:
        for weight, _ in weights:
            weight.requires_grad_(False)

    def undo() -> None:
        for hook in hooks:
            hook.remove()
        for layer in layers:
            layer.train(module.training)
        for weight, before in weights if affine else ():
            weight.requires_grad_(before)

    return undo


def _to_eval(layer: nn.Module, _inputs: object) -> None:
    layer.training = False
