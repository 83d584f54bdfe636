"""Snapshots: states of one network from several epochs of one training, whose predictions are averaged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bpcheck.evaluate.events import Branch, Event, Loop
from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.values import Map, Obj, Params, Seq, Site, Tensor, Value, choices
from bpcheck.facts.loops import epochs
from bpcheck.facts.passes import subject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.optimizers import Optimizer
    from bpcheck.facts.program import Program
    from bpcheck.facts.schedules import Schedule


class Snapshots:
    """Snapshots that one training keeps at ``kept`` and that predict together at ``averaged``; ``epochs`` is its length."""

    __slots__ = ("averaged", "epochs", "kept", "schedule")

    def __init__(self, kept: Site, averaged: Site, schedule: Schedule, epochs: int) -> None:
        self.kept = kept
        self.averaged = averaged
        self.schedule = schedule
        self.epochs = epochs


def snapshots(program: Program) -> Iterator[Snapshots]:
    """The ensembles of snapshots of one run, where its learning rate falls a single time."""
    if not program.schedules or not program.passes.evaluation or program.of_kind("lr-write"):
        return
    if not program.of_kind("load-weights") and not any(_copies(e.data["value"]) for e in program.of_kind("accumulate")):
        return
    for optimizer in program.optimizers:
        turns = epochs(program, optimizer)
        schedule = _single_descent(program, optimizer, turns) if turns else None
        kept = _kept(program, optimizer) if schedule is not None else []
        averaged = _averaged(program, optimizer, kept) if kept else None
        if schedule is not None and turns and averaged is not None:
            yield Snapshots(kept[0].site, averaged, schedule, turns)


def _single_descent(program: Program, optimizer: Optimizer, turns: int | None) -> Schedule | None:
    """The only schedule of an optimizer that is made once, where the rate provably falls once and never rises again."""
    made = optimizer.made
    obj = optimizer.obj
    if made is None or not isinstance(obj, Obj) or _walked(made) or turns is None:
        return None
    mine = [each for each in program.schedules if each.drives(obj) is not False]
    schedule = mine[0] if len(mine) == 1 else None
    if schedule is None or not schedule.drives(obj) or not schedule.steps or schedule.constant():
        return None
    if _walked(schedule.made):
        return None
    if schedule.combined() or program.escaped(schedule.obj) or any(event.data["args"] for event in schedule.steps):
        return None
    if schedule.shape == "cosine":
        period = schedule.argument("T_max")
        by_epoch = all(len(_walked(event)) == 1 for event in schedule.steps)
        return schedule if by_epoch and isinstance(period, int) and period >= turns else None
    return schedule if schedule.shape in ("one-cycle", "step", "exponential") else None


def _walked(event: Event) -> list[Loop]:
    return [loop for loop, _ in event.loops if not loop.unrolled]


def _copies(value: Value | None) -> list[Obj]:
    """The networks in ``value`` that are copies of others."""
    return [each for each in choices(value) if isinstance(each, Obj) and "copy-of" in each.state] if value else []


def _states(value: Value | None) -> list[Obj]:
    """The networks whose weights are in ``value``."""
    maps = [each for each in choices(value) if isinstance(each, Map)] if value is not None else []
    held = [each for found in maps for each in (found.elem, *found.data.values())]
    return [module for each in held if isinstance(each, Params) for module, _ in each.parts]


def _kept(program: Program, optimizer: Optimizer) -> list[Event]:
    """Where states of the network are collected or saved in the loop over the epochs, whatever their metrics are."""
    epoch = optimizer.loops()[0]
    networks = {*optimizer.modules, *map(program.models.root, optimizer.modules)}
    places = {id(network.site.node) for network in networks if network.site is not None}
    found: list[Event] = []
    for event in program.of_kind("accumulate", "save"):
        value = event.data["value"] if event.kind == "accumulate" else event.data["what"]
        if [id(loop) for loop in _walked(event)] != [id(epoch)]:
            continue
        if any(flow([guard.test]).passes or _ordered(guard) for guard in event.guards):
            continue  # the best so far, or those of a last stretch
        held = _states(value) or ([] if event.kind == "save" else [_original(copy) for copy in _copies(value)])
        if any(_of(program, optimizer, each) or (each.site and id(each.site.node) in places) for each in held):
            found.append(event)  # a copy of its weights still says where the network was made
    return found


def _ordered(guard: Branch) -> bool:
    """Whether the branch is taken from some epoch on, and not every few epochs."""
    import ast

    test = guard.site.node.test if isinstance(guard.site.node, ast.If) else guard.site.node
    order = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
    return any(isinstance(op, order) for node in ast.walk(test) if isinstance(node, ast.Compare) for op in node.ops)


def _original(copy: Obj) -> Obj:
    source = copy.state["copy-of"]
    return source if isinstance(source, Obj) else copy


def _averaged(program: Program, optimizer: Optimizer, kept: list[Event]) -> Site | None:
    """Where what several snapshots predict for the same samples comes together."""
    turns = _turns(program, optimizer, kept)
    if not turns:
        return None
    for event in program.of_kind("accumulate", "matched", "loss"):
        if event.kind == "accumulate":
            value = event.data["value"]
            if not isinstance(value, Tensor):
                continue
            passes = value.passes
            if value.kind not in ("loss", "number", "index") and _several(turns, passes | event.data["carried"]):
                return event.site
            continue
        passes = event.data["passes"] if event.kind == "matched" else flow([event.data["output"]]).passes
        inside = {id(loop) for loop, _ in event.loops}
        if passes and _several(turns, passes) and not any(id(t[0]) in inside for p in passes for t in turns.get(p, ())):
            return event.site
    return None


def _turns(program: Program, optimizer: Optimizer, kept: list[Event]) -> dict[Event, list[tuple[Loop, int, int]]]:
    """The passes of snapshots: in which loop over them, at which turn, and of which network."""
    copies = {id(copy) for event in kept if event.kind == "accumulate" for copy in _copies(event.data["value"])}
    last = max(event.index for event in kept)
    loads = [e for e in program.of_kind("load-weights") if e.index > last and _of(program, optimizer, e.subject)]
    found: dict[Event, list[tuple[Loop, int, int]]] = {}
    for event in program.passes.evaluation:
        if event.index < last:
            continue
        model = program.models.root(subject(event))
        for loop, turn in reversed(event.loops):
            over = id(model) in copies and any(id(each) in copies for each in _elements(loop.iterable))
            if over or any((loop, turn) in load.loops and load.index < event.index for load in loads):
                found.setdefault(event, []).append((loop, turn, id(model)))
                break
    return found


def _of(program: Program, optimizer: Optimizer, network: object) -> bool:
    return isinstance(network, Obj) and (optimizer.trains(network) or optimizer.trains(program.models.root(network)))


def _elements(value: Value | None, depth: int = 2) -> Iterator[Value]:
    """What a loop over ``value`` meets, in the pairs of ``zip`` and ``enumerate`` too."""
    for each in choices(value) if value is not None else ():
        if isinstance(each, Seq) and depth:
            held: Iterable[Value | None] = each.items if each.items is not None else (each.elem,)
            for inner in held:
                yield from _elements(inner, depth - 1)
        else:
            yield each


def _several(turns: dict[Event, list[tuple[Loop, int, int]]], passes: frozenset[Event]) -> bool:
    """Whether there are passes of several snapshots among ``passes``, and no others."""
    places = [turns.get(event) for event in passes]
    if not places or any(place is None for place in places):
        return False
    members = [place[0] for place in places if place]
    loops = {id(loop) for loop, _, _ in members}
    return len(loops) == 1 and (len({turn for _, turn, _ in members}) > 1 or _unwalked(members))


def _unwalked(members: list[tuple[Loop, int, int]]) -> bool:
    """Whether a comprehension gave them all: it is walked once, for any number of turns."""
    import ast

    comprehension = isinstance(members[0][0].site.node, (ast.ListComp, ast.GeneratorExp))
    return comprehension and len({model for _, _, model in members}) > 1
