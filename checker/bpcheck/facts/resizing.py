"""The sizes of the images that a pretrained network is fine-tuned on."""

from __future__ import annotations

from bpcheck.apis import lookup
from bpcheck.apis.backbones import has_deep_batch_norm
from bpcheck.evaluate.modules import descendants
from bpcheck.evaluate.values import Const, Obj, Seq, Site, Value
from bpcheck.facts.augmentation import classifies, may_change, not_seen
from bpcheck.facts.domain import owners, samples, transforms, unlike_pretraining
from bpcheck.facts.loops import epochs, turns
from bpcheck.facts.passes import subject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.evaluate.values import Origin
    from bpcheck.facts.program import Program

#: Below these the course's stages (64, 128, 256 pixels; frozen and unfrozen) have no room.
_SMALLEST = 128
_FEWEST_EPOCHS = 5


class OneSize:
    """A pretrained network that sees images unlike those it knows in one size: ``site`` is where that is set."""

    __slots__ = ("data_site", "model", "pretrained_site", "site", "size")

    def __init__(self, model: Obj, pretrained_site: Site, site: Site, data_site: Site, size: int) -> None:
        self.model = model
        self.pretrained_site = pretrained_site
        self.site = site
        self.data_site = data_site
        self.size = size


def one_size(program: Program) -> list[OneSize]:
    """Fine-tuning on dissimilar images in which all training images have one known size: at most one per program."""
    if (
        not program.closed
        or not program.of_kind("pretrained")
        or not program.evaluator.sampled
        or not classifies(program)
    ):
        return []
    trained = program.passes.training
    network = next((n for event in trained for n in descendants(subject(event)) if _takes_any_size(n)), None)
    if network is None or network.site is None or program.escaped(network) or not _long_enough(program):
        return []
    seen = samples(trained)
    if not all(unlike_pretraining(program, origin) for origin in seen) or any(
        may_change(program, event) for event in trained
    ):
        return []
    last = [_last_size(program, origin) for origin in seen]
    known = [each for each in last if each is not None]
    if not known or len(known) != len(last) or len({size for _, size in known}) != 1:
        return []
    transform, size = known[0]
    data_site = next((owner.site for owner in owners(program, seen[0]) if owner.site is not None), None)
    if size < _SMALLEST or transform.site is None or data_site is None:
        return []
    return [OneSize(network, network.site, transform.site, data_site, size)]


def _takes_any_size(network: Obj) -> bool:
    if not network.state.get("pretrained") or "part-of" in network.state:
        return False
    return network.state.get("batchnorm") is True or has_deep_batch_norm(network.name)


def _long_enough(program: Program) -> bool:
    for optimizer in program.optimizers:
        if turns(optimizer.steps) is not None and optimizer.known and not optimizer.escaped():
            count = epochs(program, optimizer)
            return count is None or count >= _FEWEST_EPOCHS
    return False


def _last_size(program: Program, origin: Origin) -> tuple[Obj, int] | None:
    """The transform that decides on the size of the images, with that size."""
    found: tuple[Obj, int] | None = None
    for owner in owners(program, origin):
        if not_seen(owner):
            return None
        for transform in transforms(owner):
            api = lookup(transform.name)
            if api is None:
                return None
            if "size" in api.facts:
                size = _pixels(transform.args.get(str(api.facts["size"])))
                if size is None:
                    return None
                found = transform, size
    return found


def _pixels(value: Value | None) -> int | None:
    if isinstance(value, Seq) and value.items:
        sizes = [_pixels(item) for item in value.items]
        known = [size for size in sizes if size is not None]
        return max(known) if len(known) == len(sizes) else None
    if isinstance(value, Const) and isinstance(value.value, tuple) and value.value:
        return max((v for v in value.value if isinstance(v, int)), default=None)
    return value.value if isinstance(value, Const) and isinstance(value.value, int) else None
