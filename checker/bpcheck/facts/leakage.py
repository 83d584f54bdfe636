"""Leakage: held-out samples that training knows of, by a statistic, by copies, or because it sees them themselves."""

from __future__ import annotations

from bpcheck.evaluate.events import Event
from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.values import Const, Obj, Origin, Site, constant
from bpcheck.facts.passes import inputs, subject
from bpcheck.facts.rows import Use, covers, is_split, rows, separated, within_sample

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.program import Program


class Leak:
    """Something in the training that held-out samples had a part in: ``event`` is the statistic or the copying (``None``: the
    samples themselves), ``site`` where it is, ``held`` where the held-out samples are used."""

    __slots__ = ("event", "held", "site", "together", "trained")

    def __init__(
        self, event: Event | None, site: Site, trained: Site, held: Site, together: Site | None = None
    ) -> None:
        self.event = event
        self.site = site
        self.trained = trained
        self.held = held
        #: Where data of different files were joined before.
        self.together = together


def leaks(program: Program) -> list[Leak]:
    """What training knows of held-out samples: the first proof, since they have one remedy."""
    known = program.of_kind("fit-statistics", "resample")
    if not program.passes.training or not program.passes.evaluation:
        return []
    held = _held_out(program)
    if known and held:
        found = _known(program, sorted(known, key=lambda event: event.index), held)
        if found is not None:
            return [found]
    overlap = _seen(program)
    return [overlap] if overlap is not None else []


def _held_out(program: Program) -> list[Use]:
    """The evaluations with data that training does not see."""
    training = program.data.training.union(*(flow([loss.data["target"]]).origins for loss in program.task.losses))
    return [use for use in _uses(program, program.passes.evaluation) if use[1] not in training]


def _uses(program: Program, events: list[Event]) -> list[Use]:
    """What goes into these forward passes, and the targets that their results are compared with, each once."""
    found: dict[Origin, Use] = {}
    chosen = set(events)
    losses = [loss for loss in program.of_kind("loss") if flow([loss.data["output"]]).passes & chosen]
    for event in (*events, *losses):
        values = event.data["args"] if event.kind == "forward" else [event.data["target"]]
        for origin in flow(values).origins:
            if not origin.synthetic:
                found.setdefault(origin, (event, origin))
    return list(found.values())


def _known(program: Program, known: list[Event], held: list[Use]) -> Leak | None:
    uses = _uses(program, program.passes.training)
    knows = {use[0]: _history(use[0]) for use in uses}
    for event in known:
        training = [use for use in uses if event in knows[use[0]]]
        if not training:
            continue
        source = flow([event.data["of"]])
        for use in held:
            together = _joined(source.history, use[1], training)
            if together is not None or any(
                _took_part(whole, source.origins, use, training) for whole in source.origins
            ):
                return Leak(event, event.site, training[0][0].site, use[0].site, together)
    return None


def _history(event: Event) -> frozenset[Event]:
    """What was done to the data that a forward pass, or a loss and the passes before it, are fed with."""
    if event.kind == "forward":
        return flow(event.data["args"]).history
    passes = flow([event.data["output"]]).passes
    return flow([event.data["target"], *(value for each in passes for value in each.data["args"])]).history


def _took_part(whole: Origin, source: frozenset[Origin], held: Use, training: list[Use]) -> bool:
    """Whether the held-out samples are among those of ``whole``, told from those that train."""
    if within_sample(whole):
        return False
    if any(separated(whole, each, held) for each in training):
        return True
    return len(source) == 1 and _outside(whole, held[1], training)


def _outside(whole: Origin, held: Origin, training: list[Use]) -> bool:
    """Whether ``whole`` holds samples that are held out and none that train."""
    if not covers(whole, held) or any(covers(whole, origin) or covers(origin, whole) for _, origin in training):
        return False
    return not any(origin.part.startswith("some at") for origin in rows(whole))


def _joined(history: frozenset[Event], held: Origin, training: list[Use]) -> Site | None:
    """Where rows that train and rows that are held out became rows of one array."""
    for event in history:
        if event.kind == "table-concat":
            parts = flow([event.data["of"]]).origins
            if any(covers(part, held) for part in parts) and any(
                covers(part, each) and not covers(part, held) for part in parts for _, each in training
            ):
                return event.site
    return None


def _seen(program: Program) -> Leak | None:
    """An evaluation on samples that were split off, though training sees the whole."""
    if not program.closed or program.task.adversarial or program.task.reinforcement or _chosen_by_samplers(program):
        return None
    training = [origin for origin in program.data.training if not origin.synthetic]
    found: Leak | None = None
    for event in program.passes.evaluation:
        for origin in inputs(event):
            if origin.synthetic or origin in program.data.training:
                continue
            before = [e for e in program.passes.training if e.index < event.index and _one_network(program, e, event)]
            wholes = [(e, t) for e in before for t in inputs(e) if t in training and _is_whole_of(t, origin)]
            if not wholes:
                return None  # other samples are held out
            split = _split_of(wholes[0][1], origin)
            site = split.site if split is not None else origin.root().site
            if found is None and site is not None:
                found = Leak(None, site, wholes[0][0].site, event.site)
    return found


def _is_whole_of(whole: Origin, part: Origin) -> bool:
    return _split_of(whole, part) is not None or _same_samples(whole, part)


def _split_of(whole: Origin, part: Origin) -> Origin | None:
    """The split by which ``part`` was taken out of ``whole``."""
    if not covers(whole, part):
        return None
    further = rows(part)[len(rows(whole)) :]
    return further[0] if further and is_split(further[0]) else None


def _same_samples(one: Origin, other: Origin) -> bool:
    """Whether two data sets of a library are made with equal arguments, but for what is done to each sample."""
    a, b = one.root(), other.root()
    if a is b or rows(one) or rows(other) or a.key != b.key or not a.split or a.split != b.split:
        return False
    return isinstance(a.owner, Obj) and isinstance(b.owner, Obj) and _choosing(a.owner) == _choosing(b.owner) != None  # noqa: E711


def _choosing(dataset: Obj) -> dict[str, object] | None:
    """The arguments that decide which samples a data set has; ``None`` where they are not all known."""
    names = [name for name in dataset.args if "transform" not in name and name not in ("download", "loader")]
    if not all(isinstance(dataset.args[name], Const) for name in names) or dataset.cls is not None:
        return None
    return {name: constant(dataset.args[name]) for name in names}


def _chosen_by_samplers(program: Program) -> bool:
    """Whether some loader has a sampler of which it is not known which samples it leaves out."""
    for event in program.of_kind("loader"):
        loader = event.subject
        for name in ("sampler", "batch_sampler"):
            given = loader.args.get(name) if isinstance(loader, Obj) else None
            if given is None or (isinstance(given, Const) and given.value is None):
                continue
            if not isinstance(given, Obj) or given.cls is not None or not given.name.startswith("torch.utils.data."):
                return True
    return False


def _one_network(program: Program, one: Event, other: Event) -> bool:
    return program.models.root(subject(one)) is program.models.root(subject(other))
