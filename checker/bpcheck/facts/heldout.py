"""Held-out data: whether a trained network is ever looked at on samples that it was not trained on."""

from __future__ import annotations

from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.values import Obj, Origin, Site
from bpcheck.facts.loops import turns
from bpcheck.facts.models import originals
from bpcheck.facts.passes import inputs, subject, unknown_input
from bpcheck.facts.selection import position

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.evaluate.events import Event
    from bpcheck.facts.optimizers import Optimizer
    from bpcheck.facts.program import Program


class Unvalidated:
    """A network that only ever sees its training data: ``site`` is the training loop, ``data_site`` where the data
    is got."""

    __slots__ = ("data_site", "minor", "model", "pass_site", "site")

    def __init__(self, model: Obj, site: Site, pass_site: Site, data_site: Site, minor: bool) -> None:
        self.model = model
        self.site = site
        self.pass_site = pass_site
        self.data_site = data_site
        self.minor = minor


def unvalidated(program: Program) -> list[Unvalidated]:
    """Networks that are trained with supervision and never evaluated on held-out samples: at most one per program."""
    task = program.task
    if (
        not program.closed
        or task.adversarial
        or task.reinforcement
        or task.images_optimized
        or task.toy_data
        or not task.supervised
    ):
        return []
    for optimizer in program.optimizers:
        pair = turns(optimizer.steps)
        if pair is None or optimizer.escaped() or not optimizer.known:
            continue
        trained = [e for e in program.passes.training if optimizer.trains(subject(e))]
        found = _judge(program, optimizer, trained)
        if found is not None:
            return [found]
    return []


def _judge(program: Program, optimizer: Optimizer, trained: list[Event]) -> Unvalidated | None:
    if not trained:
        return None
    seen: frozenset[Origin] = frozenset().union(*(inputs(e) for e in trained))
    real = sorted((o for o in seen if not o.synthetic), key=lambda o: position(o.root()))
    if not real or any(unknown_input(e) for e in trained):
        return None
    training = set(program.passes.training)
    for event in program.of_kind("forward"):
        if event in training or not _same_network(program, event, trained):
            continue
        f = flow(event.data["args"])
        if not f.known or _outside(f.origins, seen):
            return None
        if not f.origins and not f.passes:
            return None
    if any(_on_selected(loss) for loss in program.task.losses):
        return None  # of one whole (a graph with masks) the loss looks at chosen samples: the others may be held out
    first = trained[0]
    loops = optimizer.loops()
    site = loops[0].site if loops else first.site
    return Unvalidated(program.models.root(subject(first)), site, first.site, _got(real[0], first.site), False)


def _on_selected(loss: Event) -> bool:
    f = flow([loss.data["output"], loss.data["target"]])
    return any(t.via == "selected" for t in f.tensors) or any(o.part.startswith("@") for o in f.origins)


def _got(origin: Origin, fallback: Site) -> Site:
    """Where the code that trains asks for the data: the last place in its file that leads there; else the outermost call."""
    root = origin.root()
    led = [site for site in (*root.calls, root.site) if site is not None]
    near = [site for site in led if site.scope is fallback.scope]
    return near[-1] if near else led[0] if led else fallback


def _outside(origins: frozenset[Origin], seen: frozenset[Origin]) -> bool:
    """Whether some data is not among what training sees (made-up data, such as a seed for sampling, does not count)."""
    return any(not o.synthetic and o not in seen for o in origins)


def _same_network(program: Program, event: Event, trained: list[Event]) -> bool:
    model = program.models.root(subject(event))
    known = {program.models.root(subject(e)) for e in trained}
    return model.kind == "opaque" or not known.isdisjoint(originals(program, model))
