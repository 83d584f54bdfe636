"""Trying a training on a part of the data: which ways a program has, where its data are not small."""

from __future__ import annotations

import ast
import itertools
import re

from bpcheck.apis import lookup
from bpcheck.evaluate.events import Event, Loop
from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.values import Const, Obj, Origin, Seq, Site, Value
from bpcheck.facts.loops import turns
from bpcheck.facts.passes import inputs, subject
from bpcheck.facts.selection import position

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.optimizers import Optimizer
    from bpcheck.facts.program import Program

#: Parts of data that are some of the samples, other than the halves of a split.
_SOME = ("subset", "sampler", "[", "select", "filter", "take", "skip", "shard", "selected")
#: Names by which authors call what shortens a run: whoever has one of these has thought of it. (Compiled where
#: that matters.)
_SHORTENS = (
    r"(?:max|num|n|limit)_?(?:train(?:ing)?_?)?(?:samples|examples|batches|steps|iters?|iterations|images|rows|items|lines|files|updates)"
    r"(?:_per_epoch)?"
    r"|(?:limit|subset|fraction|overfit|debug|toy|tiny|smoke|mini|sanity|quick|dummy|fake)(?:_?\w+)?"
    r"|\w+_(?:limit|limits|subset|fraction|frac|debug|iters|iterations|samples|examples)"
    r"|dry_?run|fast_?(?:dev_?)?run|test_?run|sample_?(?:size|frac|rate|data)?|(?:data|train)_?(?:frac|percent|pct|ratio|size)"
    r"|(?:steps|iters|batches|iterations)_per_epoch|epoch_?(?:size|length|steps)|total_?(?:iters?|iterations|steps)"
)
#: Where a name is one of an option, or of something that has a plain value.
_NAMES = (
    r"""["']-{1,2}([\w-]+)["']|\b(\w+)\s*(?::[^=\n]+)?=\s*(?:None|True|False|[\d.]+)\b"""
    r"""|\b(?:args|opts?|cfg|config|conf|hparams|hps?|params|flags|settings)(?:\.|\[["'])(\w+)"""
)


class Whole:
    """A training that always runs over all of its data: ``site`` is where the data are asked for."""

    __slots__ = ("loop", "model", "site")

    def __init__(self, model: Obj, loop: Loop, site: Site) -> None:
        self.model = model
        self.loop = loop
        self.site = site


def whole_only(program: Program) -> Whole | None:
    """The first training on data of some size that has no way to run on less of it."""
    if not program.closed or program.task.reinforcement or program.task.images_optimized or program.task.toy_data:
        return None
    for optimizer in program.optimizers:
        found = _judge(program, optimizer)
        if found is not None:
            return None if _has_way(program, found) else found
    return None


def _judge(program: Program, optimizer: Optimizer) -> Whole | None:
    loops = optimizer.loops()
    if turns(optimizer.steps) is None or not loops or not _runs_over_data(loops[-1].iterable):
        return None
    trained = [e for e in program.passes.training if optimizer.trains(subject(e))]
    if not trained or any(function.scope.framework for function in trained[0].functions):
        return None  # trainers of frameworks have options of their own
    origins = {origin for event in trained for origin in inputs(event) if not origin.synthetic}
    if not origins or any(_is_some(origin) or _is_small(origin) for origin in origins):
        return None
    site = _asked_for(program, loops[-1].iterable, origins, trained[0])
    return Whole(program.models.root(subject(trained[0])), loops[-1], site) if site is not None else None


def _asked_for(program: Program, iterable: Value | None, origins: set[Origin], trained: Event) -> Site | None:
    """Where the code that sets the training up asks for its data; ``None`` where they are none of a data set."""
    large = sorted((origin for origin in origins if _is_large(origin)), key=lambda origin: position(origin.root()))
    loader, data = _parts(iterable)
    if data is None and not large:
        return None
    wanted = loader if loader is not None else large[0].root().owner if large else data
    made = next((event for event in program.of_kind("loader", "dataset") if event.subject is wanted), None)
    way = [*made.stack, made.site] if made is not None else []
    if not way and large:
        way = [site for site in (*large[0].root().calls, large[0].root().site) if site is not None]
    if not way:
        return data.site if data is not None else None
    depth = sum(
        1 for _ in itertools.takewhile(lambda pair: pair[0].node is pair[1].node, zip(way, trained.stack, strict=False))
    )
    return way[min(depth, len(way) - 1)]


def _parts(iterable: Value | None) -> tuple[Obj | None, Obj | None]:
    """The loader that a loop runs over, and the data set of the project that is behind it."""
    if isinstance(iterable, Seq) and "over" in iterable.cell:
        return _parts(iterable.cell["over"])
    if isinstance(iterable, Obj) and iterable.kind == "loader":
        return iterable, _data_set(iterable.args.get("dataset"))
    return None, _data_set(iterable)


def _data_set(value: Value | None) -> Obj | None:
    """The data set of the project that this is, or is a part of."""
    if isinstance(value, Obj) and value.kind == "dataset" and "of" in value.state:
        return _data_set(value.state["of"])
    return value if isinstance(value, Obj) and value.kind == "dataset" and value.cls is not None else None


def _runs_over_data(iterable: Value | None) -> bool:
    """Whether a loop takes one batch after the other, and not as many as it is told to."""
    if isinstance(iterable, Seq) and iterable.kind == "range":
        bounds: tuple[Value, ...] = iterable.cell.get("bounds") or ()
        return len(bounds) == 3 and not isinstance(bounds[1], Const)
    if isinstance(iterable, Seq) and "over" in iterable.cell:
        return _runs_over_data(iterable.cell["over"])
    if isinstance(iterable, Obj) and iterable.kind in ("loader", "dataset"):
        return True
    return any(not origin.synthetic for origin in flow([iterable]).origins)


def _is_large(origin: Origin) -> bool:
    """Whether the data come from a data set of a library or of the project."""
    root = origin.root()
    api = lookup(root.key.split(" ")[0])
    if api is not None:
        return api.what in ("dataset", "hub-dataset", "parts")
    return root.owner is not None and root.owner.cls is not None


def _is_small(origin: Origin) -> bool:
    """Whether the data come from a small table, or from one of which the size is not known."""
    api = lookup(origin.root().key.split(" ")[0])
    return api is not None and (api.what == "bunch" or bool(api.facts.get("table")))


def _is_some(origin: Origin) -> bool:
    current: Origin | None = origin
    while current is not None:
        if current.part.startswith(_SOME):
            return True
        current = current.base
    return False


def _has_way(program: Program, found: Whole) -> bool:
    """Whether something in the program may end a run early or leave samples out."""
    ended = program.of_kind("stop")
    if any(loop is found.loop for event in ended for loop, _ in event.loops) or found.loop.test is not None:
        return True
    if any(_ends(site) for _, site in program.evaluator.skipped):
        return True
    if any(_is_part(event) for event in program.of_kind("dataset", "loader")):
        return True
    evaluator = program.evaluator
    if any(re.fullmatch(_SHORTENS, key.rpartition(".")[2], re.IGNORECASE) for key in evaluator.setting_sites):
        return True
    return any(_names_one(scope.source.text) for scope in evaluator.modules.values() if scope.state == "done")


def _names_one(text: str) -> bool:
    """Whether something in a file has a name that speaks of a shorter run."""
    return any(
        re.fullmatch(_SHORTENS, name.replace("-", "_"), re.IGNORECASE)
        for match in re.finditer(_NAMES, text, re.IGNORECASE)
        if (name := next(filter(None, match.groups())))
    )


def _is_part(event: Event) -> bool:
    return isinstance(event.subject, Obj) and str(event.subject.state.get("part", "")).startswith(_SOME)


def _ends(first: Site) -> bool:
    """Whether an arm that the defaults leave out ends a loop."""
    tree = first.scope.source.tree
    for node in ast.walk(tree) if tree is not None else ():
        for arm in (node.body, node.orelse) if isinstance(node, ast.If) else ():
            if arm and arm[0] is first.node:
                return any(
                    isinstance(part, (ast.Break, ast.Return)) for statement in arm for part in ast.walk(statement)
                )
    return False
