"""Augmentation: whether images are changed at random before a network is trained on them, and by what."""

from __future__ import annotations

from bpcheck.apis import lookup
from bpcheck.evaluate.chance import READING
from bpcheck.evaluate.modules import descendants
from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.values import Obj, Origin, Site
from bpcheck.facts.domain import is_photo, owners, samples, takes_colour
from bpcheck.facts.loops import epochs, turns
from bpcheck.facts.passes import inputs, subject
from bpcheck.facts.task import imitates, is_made_up, reconstructs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.evaluate.events import Event
    from bpcheck.facts.optimizers import Optimizer
    from bpcheck.facts.program import Program

#: Losses of classification, of whole images or pixel by pixel.
CLASSIFYING = frozenset({"cross_entropy", "nll", "bce", "bce_logits", "margin", "multilabel_soft_margin"})
#: In fewer epochs hardly an image is seen often enough to be learned by heart.
_FEWEST_EPOCHS = 5
#: Methods of images, arrays, tables and paths that do the same each time.
_NAMES = (
    "convert resize thumbnail crop transpose copy astype reshape permute get format join split strip rstrip lstrip "
    "replace lower upper endswith startswith index find glob rglob exists is_file open close read readlines seek "
    "decode encode tolist item any all sum mean min max argmax squeeze unsqueeze flatten ravel view div mul sub add "
    "float long int double byte to type contiguous numpy clone detach size dim load getpixel getdata swapaxes iloc "
    "loc iat at keys values items append extend pop insert nonzero unique clip clamp round fill fill_ zero_ repeat "
    "expand stack cpu cuda __getitem__ __len__ as_posix with_suffix relative_to getbands getbbox to_numpy group "
    "groups match search count sort isin isnull query eq ne gt lt scatter_ imread imdecode asarray array __enter__ "
    "__exit__ update set_index reset_index value_counts __call__ "
)
_FIXED = frozenset(_NAMES.split())


class Unaugmented:
    """Photos that a network is trained on as they are: ``site`` is where the data set is made."""

    __slots__ = ("dataset", "model", "pass_site", "site")

    def __init__(self, dataset: Obj, site: Site, model: Obj, pass_site: Site) -> None:
        self.dataset = dataset
        self.site = site
        self.model = model
        self.pass_site = pass_site


def unaugmented(program: Program) -> list[Unaugmented]:
    """Classifiers of photos (or of their pixels) in whose training nothing is left to chance: at most one per program."""
    if not program.closed or not program.evaluator.sampled or not classifies(program) or _compares(program):
        return []
    for optimizer in program.optimizers:
        if turns(optimizer.steps) is None or not optimizer.known or optimizer.escaped():
            continue
        count = epochs(program, optimizer)
        if count is not None and count < _FEWEST_EPOCHS:
            continue
        trained = [e for e in program.passes.training if optimizer.trains(subject(e))]
        found = _judge(program, optimizer, trained)
        if found is not None:
            return [found]
    return []


def classifies(program: Program) -> bool:
    """Whether the program trains by classification, with targets that come with the data, and by nothing else."""
    task = program.task
    if task.adversarial or task.reinforcement or task.images_optimized or task.toy_data:
        return False
    return bool(task.losses) and all(
        loss.data["loss"] in CLASSIFYING and not (reconstructs(loss) or imitates(loss) or is_made_up(loss))
        for loss in task.losses
    )


def _compares(program: Program) -> bool:
    """Whether some other training of the program does augment: then it shows what difference that makes."""
    seen = {origin for event in program.passes.training for origin in inputs(event)}
    held = {owner for origin in seen for owner in owners(program, origin)}
    return any(e.kind in ("draw", "transformed") for owner in held for e in owner.state.get(READING, ((), ()))[0])


def _judge(program: Program, optimizer: Optimizer, trained: list[Event]) -> Unaugmented | None:
    models = [program.models.root(subject(event)) for event in trained]
    if not trained or any(reads_words(model) or _chance_inside(model) for model in models):
        return None
    seen = samples(trained)
    if not seen or not all(_is_plain(program, origin) and is_photo(program, origin) for origin in seen):
        return None
    if any(may_change(program, event) for event in trained):
        return None
    dataset = next(owner for origin in seen for owner in owners(program, origin))
    named = any(_named(program, origin) for origin in seen)
    if dataset.site is None or not (named or takes_colour(models)) or _switched_off(program):
        return None
    return Unaugmented(dataset, dataset.site, models[0], trained[0].site)


def _named(program: Program, origin: Origin) -> bool:
    """Whether the data set is a library's, which gives colour images."""
    return any(owner.name.startswith("torchvision.datasets.") for owner in owners(program, origin))


def reads_words(model: Obj) -> bool:
    """Whether the network has layers for words or sequences, too (captions, answers)."""
    for inner in descendants(model):
        api = lookup(inner.name)
        if inner.name == "torch.nn.Embedding" or inner.state.get("text") or inner.state.get("recurrent"):
            return True
        if api is not None and api.facts.get("recurrent"):
            return True
    return False


def _chance_inside(model: Obj) -> bool:
    """Whether the network itself draws random numbers (or runs a transform), or is not seen."""
    return model.kind == "opaque" or any(inner.state.get("chance") for inner in descendants(model))


def _is_plain(program: Program, origin: Origin) -> bool:
    """Whether nothing at all is left to chance where a sample is read, as far as all of it was seen."""
    held = owners(program, origin)
    return bool(held) and not any(varies(owner) or program.escaped(owner) for owner in held)


def not_seen(dataset: Obj) -> bool:
    """Whether some of what happens to a sample of the data set is not seen."""
    happened, unseen = dataset.state.get(READING, ((), ("never read",)))
    return bool(unseen) or any(
        event.kind in ("forward", "unseen-call") or (event.kind == "unseen-method" and event.data["name"] not in _FIXED)
        for event in happened
    )


def varies(dataset: Obj) -> bool:
    """Whether reading a sample draws random numbers, or may: not all that happens on the way is seen."""
    happened, _ = dataset.state.get(READING, ((), ()))
    return not_seen(dataset) or any(event.kind in ("draw", "transformed") for event in happened)


def may_change(program: Program, event: Event) -> bool:
    """Whether what goes into a training pass may have been changed on the way from the data set."""
    given = flow(event.data["args"])
    outermost = next((loop for loop, _ in event.loops if not loop.unrolled), None)
    learned = set(program.passes.training)
    for (
        earlier
    ) in given.passes:  # features computed beforehand, adversarial examples, or what a network of transforms gives
        if (
            earlier not in learned
            or _chance_inside(subject(earlier))
            or all(loop is not outermost for loop, _ in earlier.loops)
        ):
            return True
    if not given.known:
        return True
    drawn = program.of_kind("draw", "transformed")
    if any(loop is outermost for each in drawn for loop, _ in each.loops):
        return True
    batch = {origin.root() for origin in inputs(event)}
    unseen = [e for e in program.of_kind("unseen-call") if e.index < event.index]
    return any(origin.root() in batch for e in unseen for origin in flow(e.data["values"]).origins)


def _switched_off(program: Program) -> bool:
    """Whether an option that is off by default would augment."""
    return program.skipped_arm("ugment", "Random", "Flip", "mixup", "Mixup", "cutmix", "CutMix", "Jitter") is not None
