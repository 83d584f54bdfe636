"""Evaluations: forward passes of a trained network whose result is looked at, not learned from."""

from __future__ import annotations

import ast

from bpcheck.evaluate.events import Event
from bpcheck.evaluate.modules import descendants
from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.values import Obj, Site
from bpcheck.facts.models import only_computes, originals
from bpcheck.facts.passes import inputs, subject, volatile
from bpcheck.facts.program import name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.program import Program


class Evaluation:
    """All passes of one network in one function that only evaluate."""

    __slots__ = ("events", "model", "site", "while_training")

    def __init__(self, model: Obj, site: Site, while_training: bool) -> None:
        self.model = model
        self.site = site
        self.while_training = while_training
        self.events: list[Event] = []

    @property
    def mode(self) -> str:
        """``train`` only where every pass is in train mode. Layers that are put back into it in a network that is in
        eval mode are Monte-Carlo dropout, and meant."""
        pairs = {(str(e.data.get("own_mode")), str(e.data["mode"])) for e in self.events}
        modes = {"mixed" if pair == ("eval", "train") else pair[1] for pair in pairs}
        return modes.pop() if len(modes) == 1 else "mixed"

    def mode_is_known(self, program: Program) -> bool:
        """Whether nobody else may have switched the mode: what is handed to unseen code may come back in another."""
        related = program.models.related
        for handed in program.of_kind("escape"):
            if handed.index < self.events[0].index and related(handed.subject, self.model):
                later = [e for e in program.of_kind("mode") if handed.index < e.index < self.events[0].index]
                if not any(related(e.subject, self.model) for e in later):
                    return False
        return True

    @property
    def grad(self) -> str:
        """``on`` only where every pass records gradients."""
        grads = {"off" if volatile(e) else e.grad for e in self.events}
        return grads.pop() if len(grads) == 1 else "mixed"

    @property
    def name(self) -> str:
        """How the author calls the network."""
        node, first = self.site.node, self.events[0]
        if _by_framework(first, self.site, self.model):
            return self.model.label
        function = node.func if isinstance(node, ast.Call) and self.site is first.site else None
        called = isinstance(function, ast.Name) or (isinstance(function, ast.Attribute) and function.attr != "forward")
        if function is not None and called and first.data["method"] == "forward":
            return ast.unparse(function)
        return name_of(self.site, self.model.label)

    @property
    def in_loop(self) -> bool:
        return any(not loop.unrolled for event in self.events for loop, _ in event.loops)


def evaluations(program: Program) -> list[Evaluation]:
    """The evaluations of a program: none where the task makes plain passes part of training (RL, GAN)."""
    task = program.task
    if task.reinforcement or task.images_optimized or task.adversarial:
        return []
    found: dict[tuple[object, ...], Evaluation] = {}
    for event in program.passes.evaluation:
        model = program.models.root(subject(event))
        if not _learned(program, model, event) or _criterion(program, model):
            continue
        if _smoke_test(program, event, model):
            continue
        site, function = outside(event, model)
        key = (id(function), id(model), _while_training(program, event))
        if key not in found:
            found[key] = Evaluation(model, site, _while_training(program, event))
        found[key].events.append(event)
    by_place: dict[int, Evaluation] = {}
    for evaluation in sorted(found.values(), key=lambda each: each.while_training):
        by_place.setdefault(id(evaluation.site.node), evaluation)
    return list(by_place.values())


def outside(event: Event, model: Obj) -> tuple[Site, object]:
    """Where the network is asked from outside: the place of the call, and the function in which it stands."""
    site, functions, stack = event.site, list(event.functions), list(event.stack)
    own: set[int] = set()
    if functions and functions[-1].owner is not None:
        own = {id(cls) for inner in descendants(model) if inner.cls is not None for cls in inner.cls.lineage()}
    while functions and stack and functions[-1].owner is not None and id(functions[-1].owner) in own:
        functions.pop()
        site = stack.pop()
    return site, functions[-1].node if functions else site.scope


def _by_framework(event: Event, site: Site, model: Obj) -> bool:
    """Whether what the author calls at ``site`` is no method of the network, but of a library that then runs it."""
    own = {id(cls) for cls in model.cls.lineage()} if model.cls is not None else set()
    return any(
        call.node is site.node and called.scope.framework and id(called.owner) not in own
        for called, call in zip(event.functions, event.stack, strict=False)
    )


def _learned(program: Program, model: Obj, event: Event) -> bool:
    """Whether the network has learned something by then: trained here, or its weights come from somewhere.

    What goes through it before is a look at shapes.
    """
    if only_computes(model):
        return False
    if model.state.get("loaded") or model.state.get("pretrained"):
        return True
    if model.kind == "opaque":
        return bool(model.state.get("argument") and model.state.get("mode"))
    known = originals(program, model)
    if any(program.models.root(subject(e)) in known for e in program.passes.training if e.index < event.index):
        return True
    return any(
        program.models.related(e.subject, model)
        for e in program.of_kind("load-weights")
        if isinstance(e.subject, Obj) and e.index < event.index
    )


def _smoke_test(program: Program, event: Event, model: Obj) -> bool:
    """Whether made-up numbers are sent through a network that the program does not train."""
    origins = inputs(event)
    trained = any(program.models.root(subject(e)) is model for e in program.passes.training)
    return bool(origins) and all(o.synthetic for o in origins) and not trained


def _criterion(program: Program, model: Obj) -> bool:
    """Whether the network is a loss: it is fed with the output of others, and what it gives goes into no loss."""
    passes = [e for e in program.passes.training if program.models.root(subject(e)) is model]
    if not passes or not all(flow(e.data["args"]).passes - set(passes) for e in passes):
        return False
    return not any(set(passes) & flow([loss.data["output"]]).passes for loss in program.of_kind("loss"))


def _is_data(event: Event) -> bool:
    return any(not origin.synthetic for origin in inputs(event))


def _while_training(program: Program, event: Event) -> bool:
    """Whether the pass runs inside a training iteration itself (the very loop turn that steps), on the same samples."""
    if not event.loops or (_is_data(event) and inputs(event) - program.data.training):
        return False
    loop, turn = event.loops[-1]
    return any(
        step.loops and step.loops[-1][0] is loop and step.loops[-1][1] == turn for step in program.of_kind("step")
    )
