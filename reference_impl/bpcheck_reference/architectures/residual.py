"""Residual blocks in groups, each group at half the size of the one before.

y = relu(shortcut(x) + f(x)). With the last scale of f at zero a block starts as the identity, so that a deep network
starts as a shallow one, and gradients reach the first layer through the sums. Where size or channels change, the
shortcut is a convolution of 1 by 1.

Source: K. He et al., Deep Residual Learning for Image Recognition, 2015, arXiv 1512.03385; P. Goyal et al., 2017,
arXiv 1706.02677 (zero scale); fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 7 (``ResnetLayer``:
layer groups that begin with stride 2).

Common mistakes: many plain layers in a row (BP512), ``x += f(x)`` on a tensor that autograd needs.

Practice: R11. Rules: BP512.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F


class ResidualBlock(nn.Module):
    """Two convolutions of 3 by 3 with a shortcut round them.

    Args:
        inputs: channels that come in.
        outputs: channels that go out.
        stride: 2 halves the size.
    """

    def __init__(self, inputs: int, outputs: int, *, stride: int = 1) -> None:
        super().__init__()
        for name, value in (("inputs", inputs), ("outputs", outputs), ("stride", stride)):
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        last = nn.BatchNorm2d(outputs)
        nn.init.zeros_(last.weight)
        self.branch = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False), last,
        )  # fmt: skip
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        """From ``(batch, inputs, h, w)`` to ``(batch, outputs, ceil(h / stride), ceil(w / stride))``."""
        return F.relu(self.shortcut(x) + self.branch(x))


def layer_group(inputs: int, outputs: int, blocks: int, *, stride: int = 2) -> nn.Sequential:
    """One block that changes size and channels, then ``blocks`` - 1 that keep them.

    Raises:
        ValueError: there is no block.
    """
    if blocks < 1:
        raise ValueError(f"blocks must be at least 1, not {blocks}")
    rest = [ResidualBlock(outputs, outputs) for _ in range(blocks - 1)]
    return nn.Sequential(ResidualBlock(inputs, outputs, stride=stride), *rest)


class SmallResNet(nn.Module):
    """A residual network for small images.

    Args:
        channels: of the images.
        classes: how many.
        widths: channels of the stem and of each group; each group after the first halves the size.
        blocks: residual blocks in each group.
    """

    def __init__(self, channels: int, classes: int, *, widths: Sequence[int] = (16, 32, 64), blocks: int = 2) -> None:
        super().__init__()
        if not widths:
            raise ValueError("widths must hold at least one width")
        self.stem = nn.Sequential(
            nn.Conv2d(channels, widths[0], 3, padding=1, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU()
        )
        before = [widths[0], *widths[:-1]]
        self.groups = nn.Sequential(
            *[
                layer_group(i, o, blocks, stride=1 if k == 0 else 2)
                for k, (i, o) in enumerate(zip(before, widths, strict=True))
            ]
        )
        self.head = nn.Linear(widths[-1], classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits ``(batch, classes)`` from images ``(batch, channels, height, width)``."""
        logits: Tensor = self.head(self.groups(self.stem(images)).mean(dim=(2, 3)))
        return logits
