"""Numbers of the training that stand where those of an evaluation belong: summed up in it, or deciding in its place."""

from __future__ import annotations

import ast

from bpcheck.evaluate.events import Event, Loop
from bpcheck.evaluate.examined import TOTAL
from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.values import Const, Site, Tensor
from bpcheck.facts.passes import has_data, inputs
from bpcheck.facts.program import name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.program import Program


class StaleMetric:
    """A sum of an evaluation to which each turn adds the same number, one that the training left behind."""

    __slots__ = ("computed", "evaluated", "name", "site")

    def __init__(self, site: Site, name: str, computed: Site, evaluated: Site) -> None:
        self.site = site
        self.name = name
        self.computed = computed
        self.evaluated = evaluated


class TrainingStop:
    """An early stop that is decided by the loss on the training samples, where held-out ones are evaluated too."""

    __slots__ = ("computed", "evaluated", "site", "test")

    def __init__(self, site: Site, test: Site, computed: Site, evaluated: Site) -> None:
        self.site = site
        self.test = test
        self.computed = computed
        self.evaluated = evaluated


def _supervised(program: Program) -> bool:
    """Whether plain passes are evaluations, and no part of the training as with agents and generators."""
    task = program.task
    return not (task.reinforcement or task.adversarial or task.images_optimized)


def stale_metrics(program: Program) -> list[StaleMetric]:
    """Sums in loops that only evaluate, of what hangs on no pass of the loop but on passes that train."""
    sums = [event for event in program.of_kind("accumulate") if event.loops]
    if not sums or not program.passes.training or not program.passes.evaluation or not _supervised(program):
        return []
    inside = _passes_by_loop(program)
    evaluating = {event.index for event in program.passes.evaluation}
    training = {event.index for event in program.passes.training}
    found: dict[tuple[int, int], StaleMetric] = {}
    own: set[tuple[int, int]] = set()
    for event in sums:
        loop = next((loop for loop, _ in reversed(event.loops) if not loop.unrolled), None)
        passes = inside.get(id(loop), [])
        if loop is None or not passes:
            continue
        where = _seen_from(loop, event)
        key = id(where.node), id(event.site.node)
        value = event.data["value"]
        added = {p.index for p in value.passes} if isinstance(value, Tensor) and _measured(value) else set()
        only_evaluates = all(p.index in evaluating for p in passes)
        if not added or not added <= training or not only_evaluates or _assigned_in(loop, where):
            own.add(key)
            continue
        name = event.data["name"] if where is event.site else name_of(where, event.data["name"])
        last = max(value.passes, key=lambda p: p.index)
        found.setdefault(key, StaleMetric(where, name, last.site, passes[0].site))
    return list({place: metric for (place, inner), metric in found.items() if (place, inner) not in own}.values())


def _measured(value: Tensor) -> bool:
    """Whether it is a loss, a number that is got from one, or a count of hits."""
    return value.kind in ("loss", "number") or value.via == TOTAL


def _passes_by_loop(program: Program) -> dict[int, list[Event]]:
    """The forward passes in each loop, those of the loops in it too."""
    found: dict[int, list[Event]] = {}
    for event in program.of_kind("forward"):
        for loop, _ in event.loops:
            found.setdefault(id(loop), []).append(event)
    return found


def _seen_from(loop: Loop, event: Event) -> Site:
    """Where the event happens in the function of the loop: its place, or that of the call which leads to it."""
    return next((site for site in reversed(event.stack) if _within(loop, site)), event.site)


def _within(loop: Loop, site: Site) -> bool:
    if site.scope is not loop.site.scope:
        return False
    outer, inner = loop.site.node, site.node
    first, last = getattr(outer, "lineno", 0), getattr(outer, "end_lineno", 0) or 0
    return first <= getattr(inner, "lineno", -1) <= last


def _assigned_in(loop: Loop, where: Site) -> bool:
    """Whether the loop assigns to something that is read where it adds up: then it may be its own number after all."""
    node = where.node
    read = node.value if isinstance(node, (ast.AugAssign, ast.Assign)) else node
    total = _targets(node)
    names = {ast.unparse(n) for n in ast.walk(read) if isinstance(n, (ast.Name, ast.Attribute))} - total
    stored = {
        ast.unparse(n)
        for n in ast.walk(loop.site.node)
        if isinstance(n, (ast.Name, ast.Attribute)) and isinstance(n.ctx, ast.Store)
    }
    return not names.isdisjoint(stored - _iterated(loop))


def _targets(node: ast.AST) -> set[str]:
    """What grows."""
    if isinstance(node, ast.AugAssign):
        return {ast.unparse(node.target)}
    return {ast.unparse(target) for target in node.targets} if isinstance(node, ast.Assign) else set()


def _iterated(loop: Loop) -> set[str]:
    """The variables that the loop itself sets, where they are samples and nothing that a network gave."""
    node = loop.site.node
    if not isinstance(node, (ast.For, ast.AsyncFor)) or flow([loop.iterable]).passes:
        return set()
    return {n.id for n in ast.walk(node.target) if isinstance(n, ast.Name)}


def training_stops(program: Program) -> list[TrainingStop]:
    """Early stops by a metric of the training: the first of a program, since they have one remedy.

    A threshold that the loss must reach, a number that is not finite and a loss that no longer changes are other reasons to
    stop. What is meant here has a patience: a count of the epochs in which the loss was no better than before.
    """
    stops = [event for event in program.of_kind("stop") if event.loops]
    if not stops or not program.passes.training or not program.passes.evaluation or not _supervised(program):
        return []
    if _selects(program):
        return []
    for event in stops:
        loop = next((loop for loop, _ in reversed(event.loops) if not loop.unrolled), None)
        evaluated = _held_out(program, loop) if loop is not None else None
        if loop is None or evaluated is None:
            continue
        test = _framework_test(program, event) or _patience(program, event, loop)
        if test is not None:
            site, passes = test
            return [TrainingStop(event.site, site, max(passes, key=lambda p: p.index).site, evaluated.site)]
    return []


def _selects(program: Program) -> bool:
    """Whether an evaluation takes part in a decision."""
    evaluating = {event.index for event in program.passes.evaluation}
    for event in program.of_kind("save", "state-dict", "keep", "stop", "accumulate"):
        if event.kind == "accumulate" and not isinstance(event.data["value"], Const):
            continue  # a count of how often a metric was no better
        if any(p.index in evaluating for guard in event.guards for p in flow([guard.test]).passes):
            return True
    given = [value for event in program.of_kind("scheduler-step") for value in event.data["args"]]
    return any(p.index in evaluating for p in flow(given).passes)


def _held_out(program: Program, loop: Loop) -> Event | None:
    """A pass on held-out samples in the loop, of which a number is computed."""
    measured: set[int] = set()
    for event in program.of_kind("loss"):
        measured.update(p.index for p in flow([event.data["output"]]).passes)
    for event in program.of_kind("accumulate"):
        measured.update(p.index for p in flow([event.data["value"]]).passes)
    for event in program.passes.evaluation:
        inside = any(each is loop for each, _ in event.loops)
        if inside and event.index in measured and has_data(event) and inputs(event).isdisjoint(program.data.training):
            return event
    return None


def _framework_test(program: Program, event: Event) -> tuple[Site, frozenset[Event]] | None:
    """A library's early stopping, by what it watches."""
    if not event.functions or not event.functions[-1].scope.framework or not event.guards:
        return None
    passes = flow([event.guards[-1].test]).passes
    return (event.site, passes) if _of_training(program, passes) else None


def _patience(program: Program, event: Event, loop: Loop) -> tuple[Site, frozenset[Event]] | None:
    """The comparison that decides whether an epoch counts as one without progress, where the stop asks for that count: the
    comparison itself, or the call that leads to it."""
    guard = event.guards[-1] if event.guards else None
    if guard is None or not isinstance(guard.site.node, ast.If):
        return None
    for counted in program.of_kind("accumulate"):
        if not counted.guards or not isinstance(counted.data["value"], Const):
            continue
        compared = counted.guards[-1]
        where = _asked_for(event, guard.site.node.test, counted, compared.site)
        if where is None or not any(each is loop for each, _ in counted.loops):
            continue
        passes = flow([compared.test]).passes
        ordered = any(tensor.via == "comparison" for tensor in flow([compared.test]).tensors)
        if ordered and _of_training(program, passes) and _over_epochs(passes, loop):
            return where, passes
    return None


def _asked_for(stop: Event, test: ast.expr, counted: Event, compared: Site) -> Site | None:
    """Where the count is made that ``test`` asks for, in the function of the stop: of a variable, or of an object that
    keeps it and is asked for its count, or tells by the way whether to go on."""
    parts = list(ast.walk(test))
    asked = {ast.unparse(node) for node in parts if isinstance(node, (ast.Name, ast.Attribute))}
    here = stop.function.node if stop.function is not None else None
    within = [None, *[function.node for function in counted.functions]]
    if within[-1] is here:
        return compared if counted.data["name"] in asked else None
    for site, function in zip(counted.stack, within, strict=False):
        if function is not here or not isinstance(site.node, ast.Call):
            continue
        called = site.node.func
        keeper = ast.unparse(called.value if isinstance(called, ast.Attribute) else called)
        if site.node in parts or (keeper in asked and keeper != "self"):
            return site
    return None


def _of_training(program: Program, passes: frozenset[Event]) -> bool:
    training = {event.index for event in program.passes.training}
    return bool(passes) and all(p.index in training for p in passes)


def _over_epochs(passes: frozenset[Event], loop: Loop) -> bool:
    """Whether what is compared was measured in several turns of the loop, in each by a loop over the samples."""
    turns: set[int] = set()
    for event in passes:
        walked = [(each, turn) for each, turn in event.loops if not each.unrolled]
        at = next((i for i, (each, _) in enumerate(walked) if each is loop), None)
        if at is None or at == len(walked) - 1:
            return False
        turns.add(walked[at][1])
    return len(turns) > 1
