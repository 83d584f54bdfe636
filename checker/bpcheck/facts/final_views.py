"""Final predictions: what a trained classifier says of its test images, from how many views of each."""

from __future__ import annotations

from bpcheck.apis import lookup
from bpcheck.evaluate.events import Event, Loop
from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.values import Obj, Origin, Site
from bpcheck.facts.augmentation import classifies, reads_words, varies
from bpcheck.facts.domain import facts_of, is_photo, owners, samples, transforms
from bpcheck.facts.models import originals
from bpcheck.facts.passes import inputs, subject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.program import Program


class SingleView:
    """Test images of which the network sees one view each, though it was trained on mirrored ones, too."""

    __slots__ = ("flip_site", "model", "site")

    def __init__(self, model: Obj, site: Site, flip_site: Site) -> None:
        self.model = model
        self.site = site
        self.flip_site = flip_site


def single_views(program: Program) -> list[SingleView]:
    """Classifiers of photos that are trained, and then scored once on their test images: at most one per program."""
    trained = program.passes.training
    if not trained or not program.closed or not program.evaluator.sampled or not classifies(program):
        return []
    flips = [flip for origin in samples(trained) for flip in _flips(program, origin)]
    flip = next((each for each in flips if each.site is not None), None)
    if flip is None or flip.site is None:
        return []
    final = [event for event in program.passes.evaluation if _is_final(program, event)]
    for event in final:
        others = [e for e in program.of_kind("forward") if e is not event and _same_images(e, event)]
        if not others and len({id(e.site.node) for e in final}) == 1:
            return [SingleView(program.models.root(subject(event)), event.site, flip.site)]
    return []


def _flips(program: Program, origin: Origin) -> list[Obj]:
    """The transforms by which photos are mirrored at random."""
    if not is_photo(program, origin):
        return []
    held = owners(program, origin)
    if not any(facts_of(owner).get("shows") for owner in held) or any(facts_of(owner).get("dense") for owner in held):
        return []
    return [each for owner in held for each in transforms(owner) if _label(each) == "flip"]


def _label(transform: Obj) -> object:
    api = lookup(transform.name)
    return api.facts.get("label") if api is not None else None


def _is_final(program: Program, event: Event) -> bool:
    """Whether a pass over test images comes after all training, in no loop but that over the images; or after each epoch,
    where no other images are held out, so that its last figure is the final one."""
    trained = program.passes.training
    model = program.models.root(subject(event))
    seen = inputs(event)
    turns = _turns(event)
    afterwards = event.index > trained[-1].index and len(turns) == 1
    each_epoch = len(turns) == 2 and any(_turns(e)[:1] == turns[:1] for e in trained)
    if not afterwards and not (
        each_epoch and all(o.split in ("test", "train") for o in samples(program.passes.evaluation))
    ):
        return False
    if not seen or any(origin.split != "test" or not is_photo(program, origin) for origin in seen):
        return False
    if any(
        varies(owner) or any(_shows_views(each) for each in transforms(owner))
        for origin in seen
        for owner in owners(program, origin)
    ):
        return False  # some form of several views, or not all is seen
    known = originals(program, model)
    given = flow(event.data["args"])
    return (
        given.known
        and not given.passes
        and not reads_words(model)
        and any(program.models.root(subject(e)) in known for e in trained)
    )


def _shows_views(transform: Obj) -> bool:
    api = lookup(transform.name)
    return api is None or bool(api.facts.get("views"))


def _same_images(other: Event, event: Event) -> bool:
    """Whether another pass sees the same images in the same turn: a second view."""
    return _turns(other) == _turns(event) and not inputs(other).isdisjoint(inputs(event))


def _turns(event: Event) -> list[tuple[Loop, int]]:
    """The loops round a pass that are no lists written out, with their turns."""
    return [(loop, turn) for loop, turn in event.loops if not loop.unrolled]
