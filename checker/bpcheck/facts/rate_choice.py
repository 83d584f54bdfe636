"""Learning rates that are written into the code, and whether anything in the project tries out several."""

from __future__ import annotations

import ast
import itertools
import os
import re
from collections.abc import Iterator

from bpcheck.evaluate.values import TRUE, Const, Obj, Site, Value, same
from bpcheck.facts.loops import epochs, turns
from bpcheck.facts.optimizers import Optimizer, number
from bpcheck.facts.passes import has_data
from bpcheck.facts.schedules import driver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.program import Program

#: A training of fewer epochs is a trial itself.
_FEWEST_EPOCHS = 3
#: Between these, rates are as in most documented trainings: of optimizers that divide by the size of the gradients, and of
#: plain steps. For the latter what counts is how far a steady gradient carries, which momentum makes farther.
_USUAL_SCALED = (1e-5, 1e-2)
_USUAL_PLAIN = (5e-3, 1.0)
#: Words of range tests, of sweeps and of the libraries that search.
_SEARCHES = (
    rb"lr_?find|range_?test|find_\w*(?:lr|rate)\b|(?:lr|rates?)_?(?:search|sweep|range|grid|finder)"
    rb"|(?:search|sweep|grid)_(?:lrs?|(?:learning_)?rates?)\b|suggest_(?:log)?(?:uniform|float|categorical)|create_study"
    rb"|\btune\.(?:log)?uniform|\btune\.(?:choice|grid_search|run|Tuner)|wandb\.(?:sweep|agent)|hyperopt|hyperparameter_search"
    rb"|GridSearchCV|RandomizedSearchCV|param_?grid"
)
#: What is left out by default and speaks of these may set a rate.
_OPTIONS = ("lr", "learning_rate", "rate =")
#: Larger files are data.
_LARGEST = 1024 * 1024


class WrittenRate:
    """A rate that the code fixes: ``size`` is what is unusual about it (``small`` or ``large``), ``written`` where the number
    stands, if that is not where the optimizer is made."""

    __slots__ = ("made", "optimizer", "rate", "size", "trained", "written")

    def __init__(
        self, optimizer: Optimizer, rate: float, size: str, made: Site, written: Site | None, trained: Site
    ) -> None:
        self.optimizer = optimizer
        self.rate = rate
        self.size = size
        self.made = made
        self.written = written
        self.trained = trained


def written_rates(program: Program) -> list[WrittenRate]:
    """The unusual rates that no option, schedule, recipe or search had a say in, of trainings from scratch on real data."""
    task = program.task
    if not program.closed or not program.optimizers or program.of_kind("rate-search"):
        return []
    if task.reinforcement or task.adversarial or task.images_optimized or task.toy_data:
        return []
    found = [each for optimizer in program.optimizers if (each := _judge(program, optimizer)) is not None]
    if not found or program.skipped_arm(*_OPTIONS) is not None or _searched(program):
        return []
    return found


def _judge(program: Program, optimizer: Optimizer) -> WrittenRate | None:
    made, pair = optimizer.made, turns(optimizer.steps)
    if made is None or pair is None or not _is_the_authors(optimizer) or optimizer.escaped():
        return None
    if optimizer.fine_tunes() or _goes_on(program, optimizer):
        return None
    rate = _fixed_rate(optimizer)
    size = _unusual(program, optimizer, rate) if rate is not None else ""
    if rate is None or not size or not optimizer.trained_by_gradients():
        return None
    count = epochs(program, optimizer)
    if (count is not None and count < _FEWEST_EPOCHS) or not _learns_from_data(program, optimizer):
        return None
    if not _rate_stays(program, optimizer) or _one_of_several(program, optimizer):
        return None
    written = _written(program, made.site, rate)
    if written is None:
        return None
    elsewhere = written if written.node is not made.site.node else None
    return WrittenRate(optimizer, rate, size, made.site, elsewhere, pair[0].site)


def _is_the_authors(optimizer: Optimizer) -> bool:
    """Whether the program itself makes the optimizer, of a class of a library that expects to be given a rate."""
    api, made = optimizer.api, optimizer.made
    if api is None or api.facts.get("adaptive") or api.facts.get("unknown") or optimizer.by_hand or made is None:
        return False
    return not made.site.scope.framework and not any(function.scope.framework for function in made.functions[-1:])


def _goes_on(program: Program, optimizer: Optimizer) -> bool:
    """Whether weights are loaded before the training starts."""
    loads = program.of_kind("load-weights")
    return any(e.index < optimizer.steps[0].index and optimizer.touches(e.subject) is not False for e in loads)


def _fixed_rate(optimizer: Optimizer) -> float | None:
    """The rate of all groups, where it is given and no setting decides it."""
    rates = [group.lr for group in optimizer.groups]
    first = rates[0] if rates else None
    if not optimizer.given("lr") or not isinstance(first, Const) or isinstance(first.value, str):
        return None
    alike = all(isinstance(each, Const) and each.setting is None and same(each, first) for each in rates)
    rate = number(first) if alike else None
    return rate if rate is not None and rate > 0 else None


def _unusual(program: Program, optimizer: Optimizer, rate: float) -> str:
    """Whether the rate is ``small`` or ``large`` for the optimizer; an empty string where it is documented, or may be right for
    losses that are sums or for gradients that are clipped."""
    parameters = dict(optimizer.api.parameters()) if optimizer.api is not None else {}
    if parameters.keys() & {"betas", "alpha"}:
        low, high = _USUAL_SCALED
        return "" if low <= rate <= high or rate == parameters.get("lr") else "small" if rate < low else "large"
    momentum = optimizer.option("momentum") if optimizer.given("momentum") else 0
    if "momentum" not in parameters or not isinstance(momentum, (int, float)) or not 0 <= momentum < 1:
        return ""
    low, high = _USUAL_PLAIN
    reach = round(rate / (1 - momentum), 9)
    if reach < low:
        return "small" if _all_are_means(program) else ""
    return "large" if reach > high and not program.of_kind("clip") else ""


def _all_are_means(program: Program) -> bool:
    """Whether all losses that are trained are known and are means over the batch."""
    arguments = [event.data["args"] for event in program.task.losses]
    return bool(arguments) and not any(_may_sum(each) for each in arguments)


def _may_sum(arguments: dict[str, Value]) -> bool:
    given = [arguments.get("size_average", TRUE), arguments.get("reduce", TRUE)]
    reduction = arguments.get("reduction", Const("mean"))
    settled = all(isinstance(each, Const) and each.value in (True, None) for each in given)
    return not (settled and isinstance(reduction, Const) and reduction.value == "mean")


def _learns_from_data(program: Program, optimizer: Optimizer) -> bool:
    trained = [e for e in program.passes.training if isinstance(e.subject, Obj) and optimizer.trains(e.subject)]
    return any(map(has_data, trained))


def _rate_stays(program: Program, optimizer: Optimizer) -> bool:
    """Whether the rate is in force from the first step on and nothing changes it, but for its falling where training stalls."""
    if driver(program, optimizer) is not None:
        return True
    obj = optimizer.obj
    assert isinstance(obj, Obj)
    mine = [schedule for schedule in program.schedules if schedule.drives(obj) is not False]
    written = any(optimizer.touches(event.subject) is not False for event in program.of_kind("lr-write"))
    return bool(mine) and not written and all(schedule.shape == "plateau" for schedule in mine)


def _one_of_several(program: Program, optimizer: Optimizer) -> bool:
    """Whether the same line makes optimizers of other rates too: whoever calls it tries them out."""
    assert optimizer.made is not None
    node, mine = optimizer.made.site.node, optimizer.groups[0].lr
    return any(
        other.made is not None
        and other.made.site.node is node
        and any(
            not isinstance(g.lr, Const) or not isinstance(mine, Const) or not same(g.lr, mine) for g in other.groups
        )
        for other in program.optimizers
    )


def _written(program: Program, made: Site, rate: float) -> Site | None:
    """Where the number stands: elsewhere in the file in which the optimizer is made, or else (and where that is not clear) there.
    ``None`` where it stands nowhere (it is computed, or comes from a module of settings), or as a default that others may set."""
    if any(_is_number(node, rate) for node in ast.walk(made.node)):
        return made
    tree = made.scope.source.tree
    found = [node for node in ast.walk(tree) if _is_number(node, rate)] if tree is not None else []
    if (
        tree is None
        or not found
        or any(_is_number(node, rate) for default in _defaults(tree) for node in ast.walk(default))
    ):
        return None
    return made.scope.site(found[0]) if len(found) == 1 else made


def _defaults(tree: ast.AST) -> Iterator[ast.AST]:
    """The defaults of parameters and of fields, and what tables of settings say."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arguments):
            yield from (each for each in (*node.defaults, *node.kw_defaults) if each is not None)
        elif isinstance(node, ast.ClassDef):
            yield from (each for each in node.body if isinstance(each, (ast.Assign, ast.AnnAssign)))
        elif isinstance(node, ast.Dict):
            yield from node.values


def _is_number(node: ast.AST, rate: float) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value == rate


def _searched(program: Program) -> bool:
    """Whether something in the program, or in the files beside and below it, looks for a rate or tries out several."""
    evaluator = program.evaluator
    texts = (scope.source.text.encode() for scope in evaluator.modules.values() if not scope.framework)
    return any(re.search(_SEARCHES, text, re.IGNORECASE) for text in itertools.chain(texts, _beside(program)))


def _beside(program: Program) -> Iterator[bytes]:
    from bpcheck.importers import files_below

    entry, project = program.evaluator.entry, program.evaluator.project
    for file in files_below(entry.parent) if entry is not None else ():
        try:
            yield project.content(file) if os.stat(file).st_size <= _LARGEST else b""
        except OSError:
            continue
