"""What is learned: the kind of task, with evidence. Rules gate on it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from bpcheck.evaluate.events import Event
from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.values import Obj

if TYPE_CHECKING:
    from bpcheck.facts.program import Program

_RL_ROOTS = ("gym", "gymnasium", "stable_baselines3", "pettingzoo", "procgen", "dm_control")
#: Losses that compare an output with a target.
SUPERVISED = frozenset({"cross_entropy", "nll", "bce", "bce_logits", "regression", "ctc", "margin", "multilabel_soft_margin"})


class Task:
    """The task of a program."""

    def __init__(self, program: Program) -> None:
        self.program = program

    @cached_property
    def reinforcement(self) -> bool:
        """Actions are drawn from the network's output, and their log-probabilities trained."""
        if self.program.of_kind("log-prob"):
            return True
        for scope in self.program.evaluator.modules.values():
            for value in scope.names.values():
                name = getattr(value, "name", "")
                if isinstance(name, str) and name.partition(".")[0] in _RL_ROOTS and not isinstance(value, Obj):
                    return True
        return False

    @cached_property
    def adversarial(self) -> bool:
        """Two optimizers train two networks in one loop, and the output of one goes through the other (GAN)."""
        trained = [o for o in self.program.optimizers if o.steps and not o.by_hand]
        if len(trained) < 2:
            return False
        for event in self.program.of_kind("forward"):
            fed = flow(event.data["args"]).models
            for before in fed:
                if isinstance(event.subject, Obj) and before is not event.subject and self._separately_trained(before, event.subject):
                    return True
        return False

    def _separately_trained(self, a: Obj, b: Obj) -> bool:
        holders_a = {id(o) for o in self.program.optimizers if o.steps and o.trains(a)}
        holders_b = {id(o) for o in self.program.optimizers if o.steps and o.trains(b)}
        return bool(holders_a) and bool(holders_b) and not holders_a & holders_b

    @cached_property
    def images_optimized(self) -> bool:
        """What is trained is an input, not a network (style transfer, adversarial examples)."""
        stepped = [o for o in self.program.optimizers if o.steps]
        return bool(stepped) and all(o.known and not o.holds for o in stepped)

    @cached_property
    def losses(self) -> list[Event]:
        """Losses that take part in training."""
        fed = {id(e) for b in self.program.passes.backwards for e in flow([b.subject]).passes}
        return [e for e in self.program.of_kind("loss") if any(id(p) in fed for p in flow([e.data["output"]]).passes)]

    @cached_property
    def supervised(self) -> bool:
        """An output is compared with a target that is data other than the network's own input."""
        return any(e.data["loss"] in SUPERVISED and not reconstructs(e) for e in self.losses)

    @cached_property
    def toy_data(self) -> bool:
        """All that is trained on is made up in the program."""
        found = [o for e in self.program.passes.training for o in flow(e.data["args"]).origins]
        return bool(found) and all(o.synthetic for o in found)


def reconstructs(loss: Event) -> bool:
    """Whether a loss compares the output of a network with that network's own input (autoencoders)."""
    target = flow([loss.data["target"]]).origins
    if not target:
        return False
    for event in flow([loss.data["output"]]).passes:
        if target <= flow(event.data["args"]).origins:
            return True
    return False

