"""Recurrence: layers of that kind, and networks that are fed their own state step by step."""

from __future__ import annotations

from bpcheck.apis import lookup
from bpcheck.evaluate.events import Event
from bpcheck.evaluate.modules import descendants, modules_in
from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.values import Obj
from bpcheck.facts.loops import repeated, turns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.optimizers import Optimizer
    from bpcheck.facts.program import Program


def recurrent_part(program: Program, module: Obj) -> Obj | None:
    """The part of ``module`` that is a recurrence and takes part in training, or ``None``."""
    ran = {id(e.subject) for e in program.passes.training}
    for inner in descendants(module):
        if inner.state.get("recurrent"):
            return inner
        api = lookup(inner.name)
        if api is not None and api.facts.get("recurrent") and (inner.state.get("used") or id(inner) in ran):
            return inner
    for event in program.passes.training:
        if event.subject is module and _fed_back(program, event):
            return module
    return None


def unclipped(program: Program, optimizer: Optimizer) -> Obj | None:
    """The recurrent part that ``optimizer`` trains and whose gradients are surely never clipped, or ``None``."""
    if optimizer.clips or (optimizer.api is not None and optimizer.api.facts.get("closure")):
        return None  # LBFGS searches along a line of its own
    if turns(optimizer.steps) is None or not optimizer.known or optimizer.escaped():
        return None
    if not optimizer.trained_by_gradients() or any(
        optimizer.touches(event.subject) is not False for event in program.of_kind("clip")
    ):
        return None
    return next((part for module in optimizer.modules if (part := recurrent_part(program, module)) is not None), None)


def _fed_back(program: Program, event: Event) -> bool:
    """Whether a network gets something new and its own output of the turn before, with no step in between."""
    tensors = flow(event.data["args"]).tensors
    if all(tensor.passes for tensor in tensors):
        return False
    for tensor in tensors:
        if tensor.grad is False:
            continue
        for past in tensor.passes:
            if past.subject is not event.subject:
                continue
            loop = repeated(past, event)
            # A loop over networks has another one in each turn, even if all are made at one place.
            if (
                loop is not None
                and event.subject not in modules_in(loop.iterable)
                and not _stepped(program, past, event)
            ):
                return True
    return False


def _stepped(program: Program, past: Event, event: Event) -> bool:
    return any(past.index < step.index < event.index for step in program.of_kind("step"))
