"""Whether anybody looks at what a classifier gets wrong, or only at how often it is right."""

from __future__ import annotations

import ast

from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.values import Const, Obj, Site
from bpcheck.facts.evaluation import Evaluation, evaluations
from bpcheck.facts.losses import one_hot_target
from bpcheck.facts.models import layers
from bpcheck.facts.passes import inputs, subject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.evaluate.events import Event
    from bpcheck.facts.program import Program


class Unexamined:
    """An evaluation of which only the number of hits is kept: ``site`` is where they are counted."""

    __slots__ = ("evaluation", "site")

    def __init__(self, evaluation: Evaluation, site: Site) -> None:
        self.evaluation = evaluation
        self.site = site


def unexamined(program: Program) -> Unexamined | None:
    """The first evaluation of a classifier, where nothing in the program looks at single predictions or classes."""
    hits = program.of_kind("matched")
    if not hits or not program.closed or not program.task.supervised:
        return None
    found = next(((each, hit) for each in evaluations(program) if (hit := _counted(each, hits)) is not None), None)
    if found is None:
        return None
    evaluation, hit = found
    trained = [e for e in program.task.losses if _of_network(program, e, evaluation)]
    if not trained or not all(_single_label(program, e) for e in trained):
        return None
    passes = {event for each in evaluations(program) for event in each.events}
    if program.passes.untold or _is_examined(program, passes) or program.escaped(evaluation.model):
        return None
    return Unexamined(evaluation, _where(evaluation, hit))


def _counted(evaluation: Evaluation, hits: list[Event]) -> Event | None:
    return next((hit for hit in hits if not hit.data["passes"].isdisjoint(evaluation.events)), None)


def _of_network(program: Program, loss: Event, evaluation: Evaluation) -> bool:
    models = {program.models.root(subject(event)) for event in flow([loss.data["output"]]).passes}
    return evaluation.model in models


def _single_label(program: Program, loss: Event) -> bool:
    """Whether each sample has one true class (of two, where it is a single number that is compared with the label)."""
    output, target = flow([loss.data["output"]]), flow([loss.data["target"]])
    if one_hot_target(loss) or any(t.via == "multi-hot" for t in target.tensors):
        return False
    if loss.data["loss"] in ("bce", "bce_logits"):
        return all(_one_number(program, subject(event)) for event in output.passes)
    ignored = loss.data["args"].get("ignore_index")
    if loss.data["loss"] not in ("cross_entropy", "nll") or not _is_default(ignored):
        return False
    seen = {origin.root() for event in output.passes for origin in inputs(event)}
    parts = {origin for event in output.passes for origin in inputs(event)}
    return bool(seen) and target.origins.isdisjoint(parts)


def _is_default(ignored: object) -> bool:
    """Whether no label stands for padding, as in sequences of labels."""
    return ignored is None or (isinstance(ignored, Const) and ignored.value == -100)


def _one_number(program: Program, model: Obj) -> bool:
    widths = [layer.args.get("out_features") for layer in layers(program.models.root(model))]
    return any(isinstance(width, Const) and width.value == 1 for width in widths)


def _is_examined(program: Program, passes: set[Event]) -> bool:
    first = min(event.index for event in passes)
    for event in program.of_kind("examined"):
        if (event.data["passes"] is None and event.index > first) or not passes.isdisjoint(event.data["passes"] or ()):
            return True
    return any(_per_sample(e, passes) for e in program.of_kind("loss")) or any(
        _collects(e, passes) for e in program.of_kind("accumulate")
    )


def _per_sample(loss: Event, passes: set[Event]) -> bool:
    """Whether an evaluation has the loss of each sample."""
    reduction = loss.data["args"].get("reduction")
    each = isinstance(reduction, Const) and reduction.value == "none"
    return each and not passes.isdisjoint(flow([loss.data["output"]]).passes)


def _collects(event: Event, passes: set[Event]) -> bool:
    """Whether something is collected of those samples that were taken for the right or wrong class."""
    if not isinstance(event.site.node, ast.Call) or isinstance(event.data["value"], Const):
        return False  # a number grows
    tests = [guard.test for guard in event.guards]
    return any(t.via == "comparison" and not passes.isdisjoint(t.passes) for t in flow(tests).tensors)


def _where(evaluation: Evaluation, hit: Event) -> Site:
    """Where the evaluation counts hits: the comparison, or the call that leads to it."""
    depth = 0
    for mine, other in zip(evaluation.events[0].stack, hit.stack, strict=False):
        if mine is not other and mine.node is not other.node:
            break
        depth += 1
    return hit.stack[depth] if len(hit.stack) > depth else hit.site
