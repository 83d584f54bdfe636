"""Parameter groups whose learning rate falls by a constant ratio from the head to the first layers.

Early layers of a pretrained network hold general features that need little change; the new head knows nothing. Group
k of n (the head is the last) gets lr * ratio^(k - n). The course uses three groups and a ratio of 10 for data like
that of pretraining, of 3 for other data.

Source: fast.ai, Practical Deep Learning for Coders (2018), part 1, lessons 1 and 2 (``lrs = [lr/100, lr/10, lr]``);
J. Howard and S. Ruder, ULMFiT, 2018, arXiv 1801.06146, section 3.2 (ratio 2.6 for each layer).

Common mistakes: one rate for all (BP202), the ratio the wrong way round (BP203), a scheduler with one ``max_lr``.

Practice: L2. Rules: BP202, BP203.
"""

from __future__ import annotations

from typing import Any

from torch import nn


def discriminative_parameter_groups(
    model: nn.Module, lr: float, *, ratio: float = 10.0, groups: int = 3, weight_decay: float | None = None
) -> list[dict[str, Any]]:
    """Groups for an optimizer, first layers first: ``torch.optim.AdamW(discriminative_parameter_groups(model, 1e-3))``.

    Depth is the order in which the children of the model are registered, containers and block lists opened; the last child
    with trainable parameters is the head and a group of its own, and the rest is cut into ``groups`` - 1 parts of about
    the same number of children. This suits torchvision, timm and Hugging Face classifiers.

    Args:
        model: only parameters that require grad are taken; shared ones once, with the earlier layer.
        lr: the rate of the head.
        ratio: how much each group's rate lies below the next one's; 1 gives the same rate to all.
        groups: how many, at least 2; fewer where the model has fewer parts.
        weight_decay: for all groups; without it, the optimizer's own.

    Raises:
        ValueError: an argument is out of range, or nothing is trainable.
    """
    if not lr > 0:
        raise ValueError(f"lr must be positive, not {lr}")
    if not ratio >= 1:
        raise ValueError(f"ratio must be at least 1, not {ratio}")
    if groups < 2:
        raise ValueError(f"groups must be at least 2, not {groups}")
    parts = _parts(model)
    if not parts:
        raise ValueError("model must have parameters that require grad")
    body, head = parts[:-1], parts[-1]
    wanted = min(groups - 1, len(body))
    cut = [
        [p for part in body[len(body) * k // wanted : len(body) * (k + 1) // wanted] for p in part]
        for k in range(wanted)
    ]
    made: list[dict[str, Any]] = []
    for k, parameters in enumerate([*cut, head]):
        group: dict[str, Any] = {"params": parameters, "lr": lr * ratio ** (k - wanted)}
        made.append(group if weight_decay is None else {**group, "weight_decay": weight_decay})
    return made


def _parts(model: nn.Module) -> list[list[nn.Parameter]]:
    """The trainable parameters by layer, in the order of depth."""
    seen: set[int] = set()
    found: list[list[nn.Parameter]] = []
    for layer in _layers(model, top=True):
        fresh = [p for p in layer if p.requires_grad and id(p) not in seen]
        seen.update(map(id, fresh))
        if fresh:
            found.append(fresh)
    return found


def _layers(module: nn.Module, *, top: bool = False) -> list[list[nn.Parameter]]:
    """The parameters of a module as one layer; of what only holds others, its own and then those of each of them."""
    if not top and not _holds_layers(module):
        return [list(module.parameters())]
    inner = [layer for child in module.children() for layer in _layers(child)]
    return [list(module.parameters(recurse=False)), *inner]


def _holds_layers(module: nn.Module) -> bool:
    """Whether a module is a container or holds a stack of blocks (the encoder of a transformer), rather than being a block."""
    if isinstance(module, (nn.Sequential, nn.ModuleList)):
        return True
    return any(
        isinstance(child, (nn.Sequential, nn.ModuleList))
        and len({type(block) for block in child if _weighs(block)}) == 1 < len(child)
        for child in module.children()
    )


def _weighs(module: nn.Module) -> bool:
    return next(module.parameters(), None) is not None and any(module.children())
