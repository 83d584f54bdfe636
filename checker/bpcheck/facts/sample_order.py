"""The order in which a training sees its samples: drawn anew in each epoch, or that of the data set each time."""

from __future__ import annotations

from bpcheck.evaluate.chance import READING
from bpcheck.evaluate.values import Const, Obj, Seq, Site, Value, is_none, truth
from bpcheck.facts.loops import epochs, turns
from bpcheck.facts.passes import inputs, subject
from bpcheck.facts.recurrence import recurrent_part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.optimizers import Optimizer
    from bpcheck.facts.program import Program

#: What may put samples into another order in place, wherever it stands: then nothing is said of any order. What splits or
#: mixes them once leaves an order that is the same in every epoch.
_MIXES = "shuffle("


class Unshuffled:
    """A loader that gives the samples to a training in the same order each time."""

    __slots__ = ("loader", "loop", "made")

    def __init__(self, loader: Obj, made: Site, loop: Site) -> None:
        self.loader = loader
        self.made = made
        self.loop = loop


def unshuffled(program: Program) -> Unshuffled | None:
    """The first training on a loader that never shuffles, where nothing else does either."""
    loaders = program.of_kind("loader")
    if not loaders or not program.closed or program.task.reinforcement or program.task.toy_data:
        return None
    for optimizer in program.optimizers:
        found = _judge(program, optimizer)
        if found is not None:
            return None if _mixed_elsewhere(program) else found
    return None


def _judge(program: Program, optimizer: Optimizer) -> Unshuffled | None:
    loops = optimizer.loops()
    if turns(optimizer.steps) is None or len(loops) < 2 or epochs(program, optimizer) == 1:
        return None
    loader = _loader(loops[-1].iterable)
    if (
        loader is None
        or loader.cls is not None
        or loader.site is None
        or program.escaped(loader)
        or not _in_order(loader)
    ):
        return None
    trained = [e for e in program.passes.training if optimizer.trains(subject(e))]
    if any(
        loop is loops[0] for event in program.of_kind("loader") if event.subject is loader for loop, _ in event.loops
    ):
        return None  # made anew in every epoch, of samples that may have been mixed since
    if not trained or any(function.scope.framework for function in trained[0].functions):
        return None  # trainers may put a sampler of their own in
    if not all(any(not origin.synthetic for origin in inputs(event)) for event in trained):
        return None
    if any(recurrent_part(program, module) is not None for module in dict.fromkeys(subject(e) for e in trained)):
        return None  # a sequence, of which one batch may go on where the last one ended
    return Unshuffled(loader, loader.site, loops[-1].site) if _any_order(loader.args.get("dataset")) else None


def _loader(iterable: Value | None) -> Obj | None:
    if isinstance(iterable, Seq) and "over" in iterable.cell:
        return _loader(iterable.cell["over"])
    return iterable if isinstance(iterable, Obj) and iterable.kind == "loader" else None


def _in_order(loader: Obj) -> bool:
    """Whether it surely takes the samples as they come, some at a time."""
    args = loader.args
    if any(args.get(name) is not None and not is_none(args[name]) for name in ("sampler", "batch_sampler")):
        return False
    size = args.get("batch_size")
    return truth(args.get("shuffle", Const(False))) is False and isinstance(size, Const) and isinstance(size.value, int)


def _any_order(dataset: Value | None) -> bool:
    """Whether a data set has its samples by number, and draws none of them at random."""
    if not isinstance(dataset, Obj) or dataset.kind != "dataset":
        return False
    if "of" in dataset.state:
        return _any_order(dataset.state["of"])
    happened, unseen = dataset.state.get(READING, ((), ()))
    if any(event.kind == "draw" for event in happened) or unseen:
        return False
    if dataset.cls is None:
        return dataset.name.startswith(("torch.utils.data.", "torchvision.", "datasets."))
    return dataset.cls.find("__getitem__") is not None and dataset.cls.find("__iter__") is None


def _mixed_elsewhere(program: Program) -> bool:
    scopes = program.evaluator.modules.values()
    return any(_MIXES in scope.source.text for scope in scopes if scope.state == "done")
