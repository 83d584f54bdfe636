"""What is done to the data that a network is evaluated on."""

from __future__ import annotations

from bpcheck.evaluate.values import Obj, Origin, Site
from bpcheck.facts.data import random_transform
from bpcheck.facts.passes import inputs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.program import Program


_PARTS = ("split", "subset", "sampler", "[")


class Augmented:
    """Evaluation data with a random transform."""

    __slots__ = ("dataset_site", "transform")

    def __init__(self, transform: Obj, dataset_site: Site) -> None:
        self.transform = transform
        self.dataset_site = dataset_site


def augmented(program: Program) -> list[Augmented]:
    """Data sets that evaluation passes read through a random transform, each once."""
    if program.task.adversarial or program.task.reinforcement:
        return []
    found: dict[int, Augmented] = {}
    for event in program.passes.evaluation:
        for origin in inputs(event):
            if _same_samples(program, origin):
                continue
            owner = _owner(origin)
            if owner is None or owner.site is None or id(owner) in found:
                continue
            for name in ("transform", "transforms"):
                transform = random_transform(owner.attrs.get(name, owner.args.get(name)))
                if isinstance(transform, Obj):
                    found[id(owner)] = Augmented(transform, owner.site)
    return list(found.values())


def _same_samples(program: Program, origin: Origin) -> bool:
    """Whether training sees the very same samples (an evaluation on the training data shares its transform by
    nature). Where the training is not seen, what comes from a training set may be what trains."""
    if origin.split == "train" and not program.data.training:
        return True
    return any(origin is o or _line(origin) & _line(o) for o in program.data.training)


def _line(origin: Origin) -> set[int]:
    """The origin and what it is a part of, down to whole data sets that are not split."""
    found: set[int] = {id(origin)}
    if origin.base is not None and not origin.part.startswith(_PARTS):
        found |= _line(origin.base)
    return found


def _owner(origin: Origin) -> Obj | None:
    current: Origin | None = origin
    while current is not None:
        if current.owner is not None:
            return current.owner
        current = current.base
    return None
