"""Regressions of which the program knows between which numbers the answer lies."""

from __future__ import annotations

from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.tracing import trace
from bpcheck.evaluate.values import Obj, Tensor, choices
from bpcheck.facts.task import imitates, is_made_up, reconstructs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.evaluate.events import Event
    from bpcheck.evaluate.tracing import Node
    from bpcheck.evaluate.values import Site
    from bpcheck.facts.program import Program

#: Larger numbers keep a computation finite and are the range of nothing.
_FINITE = 1e6


class KnownRange:
    """A network trained by a regression loss with an unbounded output, and the place that cuts what it predicts to a range."""

    __slots__ = ("cut", "loss", "site")

    def __init__(self, cut: Event, loss: Event, layer: Obj | None) -> None:
        self.cut = cut
        self.loss = loss
        #: Where the layer is made that gives the output; where it is not one, the loss.
        self.site: Site = layer.site if layer is not None and layer.site is not None else loss.site

    @property
    def low(self) -> float:
        return float(self.cut.data["low"])

    @property
    def high(self) -> float:
        return float(self.cut.data["high"])


def known_ranges(program: Program) -> list[KnownRange]:
    """One for each network of which predictions are cut to a range, but not what it is trained on."""
    cuts = [event for event in program.of_kind("bounded") if max(map(abs, _limits(event))) < _FINITE]
    if not cuts or program.task.reinforcement or program.task.adversarial or not program.task.supervised:
        return []
    found: dict[int, KnownRange] = {}
    for loss in program.task.losses:
        if loss.data["loss"] != "regression" or reconstructs(loss) or imitates(loss) or is_made_up(loss):
            continue
        if not all(isinstance(each, Tensor) and each.kind == "raw" for each in choices(loss.data["output"])):
            continue
        for training in flow([loss.data["output"]]).passes:
            if not isinstance(training.subject, Obj) or id(program.models.root(training.subject)) in found:
                continue
            network = program.models.root(training.subject)
            cut = next((each for each in cuts if _evaluates(program, each, network)), None)
            last = _last_layers(program, training) if cut is not None else []
            if cut is not None and last:
                found[id(network)] = KnownRange(cut, loss, last[0].layer if len(last) == 1 else None)
    return list(found.values())


def _limits(event: Event) -> tuple[float, float]:
    return event.data["low"], event.data["high"]


def _evaluates(program: Program, cut: Event, network: Obj) -> bool:
    """Whether the network's predictions are cut, in passes that do not train it."""
    passes = flow([cut.data["value"]]).passes
    own = [each for each in passes if isinstance(each.subject, Obj) and program.models.root(each.subject) is network]
    training = set(program.passes.training)
    return bool(own) and (cut.grad == "off" or not any(each in training for each in own))


def _last_layers(program: Program, event: Event) -> list[Node]:
    """The linear layers and embeddings that give a network's output; none where it is a map or not known."""
    assert isinstance(event.subject, Obj)
    args, names = event.data["args"], event.data.get("named", ())
    count = len(args) - len(names)
    named = dict(zip(names, args[count:], strict=True))
    found = trace(program.evaluator, event.subject, event.data["method"], args[:count], named, event.site)
    last: list[Node] = []
    waiting, seen = list(found.outputs), set(found.outputs)
    while waiting:
        node = waiting.pop()
        if node.layer is not None and node.api is not None and node.api.facts.get("weights"):
            last.append(node)
            continue
        before = frozenset().union(*node.inputs) - seen
        seen |= before
        waiting += before
    return last if not found.unseen and all(map(_gives_numbers, last)) else []


def _gives_numbers(node: Node) -> bool:
    return "in_features" in node.args or (node.api is not None and bool(node.api.facts.get("embedding")))
