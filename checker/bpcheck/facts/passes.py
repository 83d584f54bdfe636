"""Forward passes: which of them train, which only evaluate."""

from __future__ import annotations

from bpcheck.evaluate.events import Event
from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.values import Obj, Origin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.program import Program


class Passes:
    """The forward passes of a program, split by what becomes of their result."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.backwards = program.of_kind("backward") or program.of_kind("gradients")
        fed: set[int] = set()
        self.unclear: list[Event] = []
        for backward in self.backwards:
            feeding = flow([backward.subject]).passes
            if not feeding:
                self.unclear.append(backward)
            fed.update(event.index for event in feeding)
        probed = {p.index for e in program.of_kind("gradients") for p in flow([e.subject]).passes} - fed
        every = program.of_kind("forward")
        self.training = [e for e in every if e.index in fed]
        #: Passes whose gradient is asked for, but which train nothing (saliency, adversarial examples).
        self.probes = [e for e in every if e.index in probed]
        unseen = {p.index for e in program.of_kind("unseen-call") for p in flow(e.data["values"]).passes}
        #: Passes whose result goes into calls that were not followed: what becomes of it is not known.
        self.untold = [e for e in every if e.index in unseen - fed - probed]
        self.evaluation = [e for e in every if e.index not in fed | probed | unseen and not self._may_train(e)]

    def _may_train(self, event: Event) -> bool:
        """Whether a backward pass of unknown provenance may be this pass's."""
        return any(_same_turn(event, b) and b.index > event.index for b in self.unclear)


def _same_turn(a: Event, b: Event) -> bool:
    shared = min(len(a.loops), len(b.loops))
    return all(x[0] is y[0] and x[1] == y[1] for x, y in zip(a.loops[:shared], b.loops[:shared], strict=True))


def inputs(event: Event) -> frozenset[Origin]:
    """Where the data of a forward pass comes from."""
    return flow(event.data["args"]).origins


def has_data(event: Event) -> bool:
    """Whether a forward pass is fed with data that the program did not make up."""
    return any(not origin.synthetic for origin in inputs(event))


def unknown_input(event: Event) -> bool:
    """Whether nothing is known of where a forward pass's data comes from."""
    f = flow(event.data["args"])
    return not f.origins


def subject(event: Event) -> Obj:
    """The network that runs."""
    assert isinstance(event.subject, Obj)
    return event.subject


def volatile(event: Event) -> bool:
    """Whether no graph is recorded though gradients are on outside: the input is an old ``Variable(volatile=True)``, or
    the network switches them off itself (its scores hang on no graph)."""
    if any(tensor.via == "volatile" for tensor in flow(event.data["args"]).tensors):
        return True
    given = flow([event.data.get("result")]).tensors
    return bool(given) and all(tensor.grad is False and tensor.kind in _SCORES for tensor in given)


#: Kinds that a value does not have by being detached or counted.
_SCORES = frozenset({"raw", "relu", "tanh", "softmax", "log_softmax", "sigmoid"})
