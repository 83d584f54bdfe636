"""Activations between the last layer of a network and its loss."""

from __future__ import annotations

from bpcheck.evaluate.operators import POOLED, flow
from bpcheck.evaluate.values import Obj, Site, Tensor, Value, choices
from bpcheck.facts.losses import FedLoss, fed_with

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.evaluate.events import Event
    from bpcheck.facts.program import Program


def one_per_activation(program: Program, losses: list[FedLoss]) -> list[FedLoss]:
    """One loss for each activation that feeds some of them, the first (or for each network that none follows): mending
    it there mends them all."""
    found: dict[object, FedLoss] = {}
    for loss in losses:
        behind = flow([loss.event.data["output"]]).models
        networks = frozenset(id(program.models.root(model)) for model in behind) or program.site_key(loss.site)
        found.setdefault(program.site_key(loss.steps[-1][1]) if loss.steps else networks, loss)
    return list(found.values())


def logs_of_softmax(program: Program) -> list[tuple[Event, tuple[tuple[str, Site], ...]]]:
    """Where the logarithm of a softmax is taken and a gradient goes through it, each place once, with what was applied
    before.

    Whatever else may be there has to be a softmax, too. The logarithm of a mean of several is not one that log-softmax
    gives, and in a framework's own formula nobody can change it.
    """
    found: dict[tuple[str, int, int], tuple[Event, tuple[tuple[str, Site], ...]]] = {}
    events = program.of_kind("log")
    others = {(event.site.node, event.stack) for event in events if not _is_softmax(event.data["value"])}
    for event in events:
        if event.grad == "off" or (event.site.node, event.stack) in others:
            continue
        tensors = flow([event.data["value"]]).tensors
        fixed = event.function is not None and event.function.scope.framework
        if not fixed and all(each.grad is not False and each.via != POOLED for each in tensors):
            found.setdefault(program.site_key(event.site), (event, tensors[0].steps[-2:]))
    return list(found.values())


def _is_softmax(value: Value) -> bool:
    return all(isinstance(each, Tensor) and each.kind == "softmax" for each in choices(value))


def without_log_softmax(program: Program) -> list[tuple[FedLoss, bool]]:
    """Negative log-likelihoods of something that is no log-probability, and whether it is at least a probability.

    What is made of log-probabilities, by scaling or shifting them, may be some again.
    """
    probabilities = one_per_activation(program, fed_with(program, ("nll",), ("softmax", "sigmoid")))
    scores = one_per_activation(program, fed_with(program, ("nll",), ("raw", "relu", "tanh")))
    return [(loss, True) for loss in probabilities] + [
        (loss, False) for loss in scores if not any("log" in what.lower() for what, _ in loss.steps)
    ]


def squashed_scores(program: Program) -> list[FedLoss]:
    """Losses that want scores and get what is left of them behind an activation, with nothing averaged in between."""
    losses = fed_with(program, ("cross_entropy",), ("relu", "tanh", "sigmoid"))
    losses += fed_with(program, ("bce_logits", "multilabel_soft_margin"), ("relu", "tanh"))
    direct = [loss for loss in losses if all(t.via != POOLED for t in flow([loss.event.data["output"]]).tensors)]
    return one_per_activation(program, direct)


def built_in(event: Event) -> bool:
    """Whether a framework itself computes a loss, by a formula that its users cannot change."""
    return event.subject is None and event.function is not None and event.function.scope.framework


def exported(program: Program, loss: FedLoss) -> bool:
    """Whether a network behind this loss is handed on, as it is, to users who expect what it gives now."""
    behind = {id(program.models.root(model)) for model in flow([loss.event.data["output"]]).models}
    given = [
        each for event in program.of_kind("export") if event.subject is not None for each in choices(event.subject)
    ]
    return any(isinstance(each, Obj) and id(program.models.root(each)) in behind for each in given)
