"""Pretrained networks by their names in torchvision, timm and other collections: how deep they are, and where they are normalised."""

from __future__ import annotations

import re

# Compiled where such a network comes up.
#: Families without batch normalisation, or with a kind that does not depend on the mode.
_OTHER_NORM = r"_gn|_evos|evonorm|_nf_|^nf_|nfnet|_frn|frozen|_ln(?![a-z])|resnetv2|_bit|convnext|vit|swin|deit|beit|clip|coat|maxvit"
#: Networks that are named after their number of layers.
_COUNTED = r"(?:resnet|resnext|resnest|res2net|res2next|seresnext|densenet|ecaresnet|skresnet|skresnext|dpn|dla)[a-z]{0,3}_?(\d+)"
#: Families all of whose members have more layers than a ResNet-34.
_DEEP = r"(?:^|_)(?:(?:tf_)?efficientnet|mobilenet_?v2|mnasnet|regnet|inception_?v[34]|inception_resnet|xception|shufflenet|hrnet|nasnet|pnasnet|rexnet)"
_SHALLOWER = 34
#: What collections call the layers that give the scores.
HEADS = frozenset(
    {"fc", "classifier", "head", "heads", "get_classifier", "last_linear", "output", "AuxLogits", "aux_classifier"}
)


def has_deep_batch_norm(name: str) -> bool:
    """Whether the network of this name is known to be normalised by batches and to be deeper than a ResNet-34."""
    short = name.rpartition(".")[2].lower()
    if re.search(_OTHER_NORM, short):
        return False
    counted = re.search(_COUNTED, short)
    if counted is not None:
        return int(counted.group(1)) > _SHALLOWER
    return re.search(_DEEP, short) is not None
