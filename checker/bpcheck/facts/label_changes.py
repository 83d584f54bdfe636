"""Random transforms that do not suit what the images show: they change the label, cannot occur, or do nothing."""

from __future__ import annotations

from bpcheck.apis import lookup
from bpcheck.evaluate.chance import READING
from bpcheck.evaluate.values import Const, Obj, Seq, Site, Value
from bpcheck.facts.augmentation import classifies
from bpcheck.facts.domain import facts_of, owners, samples, shows, transforms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.evaluate.values import Origin
    from bpcheck.facts.program import Program

#: From here on a turned character may pass for another (6 and 9, N and Z).
_WIDEST_ANGLE = 45.0


class Unsuitable:
    """A transform with what it does to the images of ``dataset``, which show ``shown``."""

    __slots__ = ("data_site", "effect", "shown", "site", "transform")

    def __init__(self, transform: Obj, site: Site, effect: str, shown: str, data_site: Site) -> None:
        self.transform = transform
        self.site = site
        self.effect = effect
        self.shown = shown
        self.data_site = data_site


def unsuitable(program: Program) -> list[Unsuitable]:
    """Transforms of the images that a classifier is trained on, each place once."""
    if not program.passes.training or not program.evaluator.sampled or not classifies(program):
        return []
    found: dict[int, Unsuitable] = {}
    for origin in samples(program.passes.training):
        shown = shows(program, origin)
        for owner in owners(program, origin):
            grey = facts_of(owner).get("channels") == 1
            for transform in _applied(owner):
                grey = grey or _takes_colour_away(transform)
                effect = _effect(transform, shown, grey)
                if effect and transform.site is not None and id(transform.site.node) not in found:
                    data_site = _made(program, origin) or transform.site
                    found[id(transform.site.node)] = Unsuitable(transform, transform.site, effect, shown, data_site)
    return list(found.values())


def _made(program: Program, origin: Origin) -> Site | None:
    """Where the data set is made that says what the images show."""
    return next((owner.site for owner in owners(program, origin) if facts_of(owner).get("shows")), None)


def _applied(dataset: Obj) -> list[Obj]:
    """The transforms that a sample goes through, in order."""
    happened, _ = dataset.state.get(READING, ((), ()))
    found = transforms(dataset)
    found += [e.subject for e in happened if e.kind == "transformed" and isinstance(e.subject, Obj)]
    return list(dict.fromkeys(found))


def _takes_colour_away(transform: Obj) -> bool:
    api = lookup(transform.name)
    return api is not None and "grey" in api.facts


def _effect(transform: Obj, shown: str, grey: bool) -> str:
    """What is wrong with it; empty where nothing is, as far as is known."""
    api = lookup(transform.name)
    if api is None or _is_zero(transform.args.get("p")):
        return ""
    label = api.facts.get("label")
    if shown == "glyphs" and label in ("flip", "upside-down", "turn"):
        return str(label)
    if shown == "glyphs" and label == "rotation":
        angle = _angle(transform.args.get(str(api.facts["angle"])))
        return "rotation" if angle is not None and angle > _WIDEST_ANGLE else ""
    if shown == "signs" and label == "flip":
        return "flip"
    if shown == "photos" and label == "upside-down":
        return "upright"
    colours = [transform.args.get(name) for name in api.facts.get("colour", ())]
    alone = all(_is_zero(transform.args.get(name)) for name in ("brightness", "contrast"))
    if grey and any(isinstance(value, (Const, Seq)) and not _is_zero(value) for value in colours):
        return "no colour" if alone else "no colour in part"
    return ""


def _is_zero(value: Value | None) -> bool:
    return isinstance(value, Const) and not isinstance(value.value, str) and not value.value


def _angle(value: Value | None) -> float | None:
    """The widest angle in degrees that a rotation is given."""
    if isinstance(value, Seq) and value.items:
        angles = [_angle(item) for item in value.items]
        known = [angle for angle in angles if angle is not None]
        return max(known) if len(known) == len(angles) else None
    if isinstance(value, Const) and isinstance(value.value, (tuple, list)) and value.value:
        return max((abs(float(v)) for v in value.value if isinstance(v, (int, float))), default=None)
    if isinstance(value, Const) and isinstance(value.value, (int, float)) and not isinstance(value.value, bool):
        return abs(float(value.value))
    return None
