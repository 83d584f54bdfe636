"""The first layer for small images: padded, stride 1, no pooling.

The stem of an ImageNet network (7 by 7 with stride 2, then max-pooling with stride 2) leaves a quarter of the side
length: of 32 pixels 8, and after three more halvings 1. A stem of stride 1 leaves 32, then 16, 8 and 4.

Source: fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 7 (5 by 5, stride 1 and padding for
CIFAR-10, where its padding of 2 is what keeps the size); K. He et al., Deep Residual Learning, 2015, arXiv
1512.03385, section 4.2 (3 by 3 for CIFAR-10).

Common mistakes: the ImageNet stem on 32 pixels, large kernels without padding (BP511).

Practice: R10. Rules: BP511.
"""

from __future__ import annotations

from torch import nn


def small_image_stem(channels: int, outputs: int, *, kernel: int = 5) -> nn.Sequential:
    """A first convolution that keeps the size of the image, with normalisation and ReLU.

    Args:
        channels: of the image.
        outputs: channels that go out.
        kernel: odd, at least 3.

    Raises:
        ValueError: the kernel is even or smaller than 3.
    """
    if kernel < 3 or kernel % 2 == 0:
        raise ValueError(f"kernel must be odd and at least 3, not {kernel}")
    conv = nn.Conv2d(channels, outputs, kernel, padding=kernel // 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU())


def adapt_resnet_stem(model: nn.Module, *, channels: int = 3) -> nn.Module:
    """Give a torchvision ResNet a 3 by 3 stem of stride 1 without pooling, in place. Returns it.

    For training from scratch: the new first layer knows nothing.

    Args:
        model: with a convolution ``conv1`` and a pooling ``maxpool``.
        channels: of the images.

    Raises:
        ValueError: the model has no such layers.
    """
    conv = getattr(model, "conv1", None)
    if not isinstance(conv, nn.Conv2d) or not isinstance(getattr(model, "maxpool", None), nn.Module):
        raise ValueError(
            f"model must have `conv1` and `maxpool` as torchvision's ResNets have, but is {type(model).__name__}"
        )
    fresh = nn.Conv2d(channels, conv.out_channels, 3, padding=1, bias=False)
    nn.init.kaiming_normal_(fresh.weight, mode="fan_out", nonlinearity="relu")
    model.conv1, model.maxpool = fresh, nn.Identity()
    return model
