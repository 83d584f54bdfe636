"""Learning rates that are written into the code, and whether anything in the project tries out several."""

from __future__ import annotations

import ast
import itertools
import os
import re
from collections.abc import Iterator

from bpcheck.evaluate.values import Const, Obj, Site, same
from bpcheck.facts.loops import epochs, turns
from bpcheck.facts.optimizers import Optimizer, number
from bpcheck.facts.passes import has_data
from bpcheck.facts.schedules import driver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.program import Program

#: A training of fewer epochs is a trial itself.
_FEWEST_EPOCHS = 3
#: Between these, rates of optimizers that scale their steps by the size of the gradients are as good as documented.
_USUAL = (1e-5, 1e-2)
#: Words of range tests, of sweeps and of the libraries that search.
_SEARCHES = (
    rb"lr_?find|range_?test|find_\w*(?:lr|rate)\b|(?:lr|rates?)_?(?:search|sweep|range|grid|finder)"
    rb"|(?:search|sweep|grid)_(?:lrs?|(?:learning_)?rates?)\b|suggest_(?:log)?(?:uniform|float|categorical)|create_study"
    rb"|\btune\.(?:log)?uniform|\btune\.(?:choice|grid_search|run|Tuner)|wandb\.(?:sweep|agent)|hyperopt|hyperparameter_search"
    rb"|GridSearchCV|RandomizedSearchCV|param_?grid"
)
#: Larger files are data.
_LARGEST = 1024 * 1024


class WrittenRate:
    """A rate that the code fixes: ``written`` is where the number stands, if that is not where the optimizer is made."""

    __slots__ = ("made", "optimizer", "rate", "trained", "written")

    def __init__(self, optimizer: Optimizer, rate: float, made: Site, written: Site | None, trained: Site) -> None:
        self.optimizer = optimizer
        self.rate = rate
        self.made = made
        self.written = written
        self.trained = trained


def written_rates(program: Program) -> list[WrittenRate]:
    """The rates that no option, schedule, recipe or search had a say in, of trainings from scratch on real data."""
    task = program.task
    if not program.closed or not program.optimizers or program.of_kind("rate-search"):
        return []
    if task.reinforcement or task.adversarial or task.images_optimized or task.toy_data:
        return []
    found = [each for optimizer in program.optimizers if (each := _judge(program, optimizer)) is not None]
    return found if found and not _searched(program) else []


def _judge(program: Program, optimizer: Optimizer) -> WrittenRate | None:
    made, pair = optimizer.made, turns(optimizer.steps)
    if made is None or pair is None or not _is_the_authors(optimizer) or optimizer.fine_tunes() or optimizer.escaped():
        return None
    rate = _fixed_rate(optimizer)
    if rate is None or _is_documented(optimizer, rate) or not optimizer.trained_by_gradients():
        return None
    count = epochs(program, optimizer)
    if (count is not None and count < _FEWEST_EPOCHS) or not _learns_from_data(program, optimizer):
        return None
    if not _rate_stays(program, optimizer) or _one_of_several(program, optimizer):
        return None
    written = _written(program, made.site, rate)
    if written is None:
        return None
    return WrittenRate(
        optimizer, rate, made.site, written if written.node is not made.site.node else None, pair[0].site
    )


def _is_the_authors(optimizer: Optimizer) -> bool:
    """Whether the program itself makes the optimizer, of a class of a library that expects to be given a rate."""
    api, made = optimizer.api, optimizer.made
    if api is None or api.facts.get("adaptive") or api.facts.get("unknown") or optimizer.by_hand or made is None:
        return False
    return not made.site.scope.framework and not any(function.scope.framework for function in made.functions[-1:])


def _fixed_rate(optimizer: Optimizer) -> float | None:
    """The rate of all groups, where it is given and no setting decides it."""
    rates = [group.lr for group in optimizer.groups]
    first = rates[0] if rates else None
    if not optimizer.given("lr") or not isinstance(first, Const) or isinstance(first.value, str):
        return None
    alike = all(isinstance(each, Const) and each.setting is None and same(each, first) for each in rates)
    return number(first) if alike else None


def _is_documented(optimizer: Optimizer, rate: float) -> bool:
    """Whether the rate is one that is known to do: the optimizer's default, or for optimizers that divide by the size of the
    gradients one of the usual magnitude. How large a plain step may be depends on the network and its loss."""
    parameters = dict(optimizer.api.parameters()) if optimizer.api is not None else {}
    plain = "momentum" in parameters and not parameters.keys() & {"betas", "alpha"}
    return not plain and (rate == parameters.get("lr") or _USUAL[0] <= rate <= _USUAL[1])


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
    """Where the number stands: in the call that makes the optimizer, or else elsewhere in its file. What stands nowhere is
    computed."""
    if any(_is_number(node, rate) for node in ast.walk(made.node)):
        return made
    tree = made.scope.source.tree
    found = [node for node in ast.walk(tree) if _is_number(node, rate)] if tree is not None else []
    return made.scope.site(found[0]) if found else None


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
