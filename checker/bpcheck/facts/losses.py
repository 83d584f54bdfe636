"""Losses and what is fed to them."""

from __future__ import annotations

from bpcheck.evaluate.events import Event
from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.values import Obj, Site, Tensor, choices

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.program import Program


class FedLoss:
    """A loss whose input is of a kind that it is not made for; ``steps`` are the operations that made it so."""

    __slots__ = ("event", "steps")

    def __init__(self, event: Event, steps: tuple[tuple[str, Site], ...]) -> None:
        self.event = event
        self.steps = steps

    @property
    def site(self) -> Site:
        """Where it is computed; where a framework does that, the criterion that it was given."""
        function, criterion = self.event.function, self.event.subject
        given = isinstance(criterion, Obj) and function is not None and function.scope.framework
        return criterion.site or self.event.site if given and isinstance(criterion, Obj) else self.event.site


def fed_with(program: Program, losses: tuple[str, ...], kinds: tuple[str, ...]) -> list[FedLoss]:
    """Losses of these sorts that certainly get one of these kinds of values, each place once.

    Where the criterion is one of several, all of them must be of these sorts.
    """
    found: dict[int, FedLoss] = {}
    events = program.of_kind("loss")
    for event in events:
        if event.data["loss"] not in losses or id(event.site.node) in found:
            continue
        outputs = choices(event.data["output"])
        if not all(isinstance(each, Tensor) and each.kind in kinds for each in outputs):
            continue
        rivals = [e for e in events if e.site.node is event.site.node and e.stack == event.stack]
        if any(rival.data["loss"] not in losses for rival in rivals):
            continue
        first = outputs[0]
        found[id(event.site.node)] = FedLoss(event, first.steps[-2:] if isinstance(first, Tensor) else ())
    return list(found.values())


def one_hot_target(event: Event) -> bool:
    """Whether the target has exactly one true class per sample."""
    return any(t.via == "one-hot" for t in flow([event.data["target"]]).tensors)


def thresholds(program: Program) -> list[tuple[Event, Event]]:
    """Softmax outputs that are thresholded class by class, of networks trained with per-class binary losses:
    (threshold, loss)."""
    found: list[tuple[Event, Event]] = []
    binary = [
        e
        for e in program.task.losses
        if e.data["loss"] in ("bce_logits", "multilabel_soft_margin") and not one_hot_target(e)
    ]
    for event in program.of_kind("threshold"):
        models = {id(program.models.root(m)) for m in event.data["value"].models}
        for loss in binary:
            if models & {id(program.models.root(m)) for m in flow([loss.data["output"]]).models}:
                found.append((event, loss))
                break
    return found
