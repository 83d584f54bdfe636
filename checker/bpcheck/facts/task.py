"""What is learned: the kind of task, with evidence. Rules gate on it."""

from __future__ import annotations

from functools import cached_property

from bpcheck.evaluate.events import Event
from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.values import Obj, Origin, choices

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.optimizers import Optimizer
    from bpcheck.facts.program import Program

_RL_ROOTS = ("gym", "gymnasium", "stable_baselines3", "pettingzoo", "procgen", "dm_control")
#: Losses that compare an output with a target.
SUPERVISED = frozenset(
    {"cross_entropy", "nll", "bce", "bce_logits", "regression", "ctc", "margin", "multilabel_soft_margin"}
)


class Task:
    """The task of a program."""

    def __init__(self, program: Program) -> None:
        self.program = program

    @cached_property
    def reinforcement(self) -> bool:
        """Actions are drawn from the network's output, and their log-probabilities trained."""
        if self.program.of_kind("log-prob"):
            return True
        trained = set(self.program.passes.training)
        if any(event.data["passes"] & trained for event in self.program.of_kind("sample")):
            return True
        for scope in self.program.evaluator.modules.values():
            for value in scope.names.values():
                for each in choices(value):  # what is imported if it is there
                    name = getattr(each, "name", "")
                    if isinstance(name, str) and name.partition(".")[0] in _RL_ROOTS and not isinstance(each, Obj):
                        return True
        return False

    @cached_property
    def adversarial(self) -> bool:
        """Two networks are trained against each other (GAN): a backward pass goes through both, and then only one is
        updated.
        (An encoder and a decoder are both updated after the same backward pass.)
        """
        trained = [o for o in self.program.optimizers if o.steps and not o.by_hand]
        return any(
            self._against(one, other)
            for one in trained
            for other in trained
            if one is not other and not one.holds & other.holds
        )

    @cached_property
    def _reached(self) -> list[frozenset[int]]:
        """The networks that each backward pass goes through, with their parts."""
        parts = self.program.models.parts
        found = [flow([backward.subject]).models for backward in self.program.passes.backwards]
        return [frozenset().union(*map(parts, models)) for models in found]

    def _against(self, one: Optimizer, other: Optimizer) -> bool:
        """Whether some backward pass goes through what both hold, and then only ``one`` steps."""
        backwards = self.program.passes.backwards
        for number, (backward, reached) in enumerate(zip(backwards, self._reached, strict=True)):
            if reached.isdisjoint(one.holds) or reached.isdisjoint(other.holds):
                continue
            end = backwards[number + 1].index if number + 1 < len(backwards) else len(self.program.evaluator.events)
            stepped = [s for s in one.steps if backward.index < s.index < end]
            if stepped and not any(backward.index < s.index < end for s in other.steps):
                loop = stepped[0].loops[-1][0] if stepped[0].loops else None
                if any(s.loops and s.loops[-1][0] is loop for s in other.steps):
                    return True
        return False

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
        return any(
            e.data["loss"] in SUPERVISED and not (reconstructs(e) or imitates(e) or is_made_up(e)) for e in self.losses
        )

    @cached_property
    def toy_data(self) -> bool:
        """All that is trained on is made up in the program."""
        found = [o for e in self.program.passes.training for o in flow(e.data["args"]).origins]
        return bool(found) and all(o.synthetic for o in found)


def reconstructs(loss: Event) -> bool:
    """Whether a loss compares the output of a network with that network's own input (autoencoders).

    Class indices are never a reconstruction: a language model's targets come from the text that it reads.
    """
    if loss.data["loss"] not in ("regression", "bce", "bce_logits", "kl"):
        return False
    target = {origin for origin in flow([loss.data["target"]]).origins if not origin.synthetic}
    seen = (flow(event.data["args"]).origins for event in flow([loss.data["output"]]).passes)
    return bool(target) and any(target <= _with_wholes(origins) for origins in seen)


def _with_wholes(origins: frozenset[Origin]) -> set[Origin]:
    """These, and what they are parts of: a network that sees some of an image may be asked for all of it."""
    found: set[Origin] = set()
    for each in origins:
        origin: Origin | None = each
        while origin is not None and origin not in found:
            found.add(origin)
            origin = origin.base
    return found


def is_made_up(loss: Event) -> bool:
    """Whether the target is made up in the program for samples that are not (contrastive losses: which pairs are alike)."""
    target = flow([loss.data["target"]]).origins
    seen = {o for event in flow([loss.data["output"]]).passes for o in flow(event.data["args"]).origins}
    return bool(target) and all(o.synthetic for o in target) and not all(o.synthetic for o in seen)


def imitates(loss: Event) -> bool:
    """Whether the target is what a network makes of the data, not the data itself (distillation, perceptual losses)."""
    return bool(flow([loss.data["target"]]).passes)
