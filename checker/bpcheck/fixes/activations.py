"""Taking away an activation that the loss applies itself."""

from __future__ import annotations

import ast

from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.values import Site, Tensor
from bpcheck.facts.activations import exported
from bpcheck.facts.losses import FedLoss
from bpcheck.findings import Edit, Fix, Safety
from bpcheck.fixes.calls import removed, unwrapped
from bpcheck.fixes.spans import function_round, offer, parent, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.program import Program

#: Events that use a value as the probabilities that it is.
_USES = ("threshold", "log", "examined")


def without_activation(program: Program, loss: FedLoss) -> Fix | None:
    """Let the scores go into the loss as they are. It is unsafe where code that is not seen may count on the
    probabilities."""
    if not loss.steps:
        return None
    what, site = loss.steps[-1]
    if exported(program, loss) or _is_used(program, site) or _is_wrapper(site):
        return None
    safe = program.closed or function_round(site) is function_round(loss.site)
    edit = _leave_out(site)
    text = text_of(site) or what
    shown = text if len(text) < 40 and "\n" not in text else what
    return offer(Safety.SAFE if safe else Safety.UNSAFE, f"Leave out `{shown}`: the loss applies it", edit)


def _leave_out(site: Site) -> Edit | None:
    """An operation is unwrapped; a layer is taken out of the list of layers in which it stands."""
    outer = parent(site)
    call = site.node
    if not isinstance(call, ast.Call):
        return None
    if _is_layer(site, call):
        if isinstance(outer, (ast.List, ast.Tuple)) and len(outer.elts) > 1:
            return removed(site, call, list(outer.elts))
        if isinstance(outer, ast.Call) and call in outer.args and len(outer.args) > 1:
            return removed(site, call, [*outer.args, *outer.keywords])
        return None
    return unwrapped(site)


def _is_wrapper(site: Site) -> bool:
    """Whether applying the activation is all that a function of the program is for: then whoever calls it is wrong."""
    function = function_round(site)
    if function is None:
        return True
    body = function.body
    last = body[-1] if body else None
    simple = isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) and isinstance(last, ast.Return)
    given = site.node.args[:1] if isinstance(site.node, ast.Call) else []
    names = {arg.arg for arg in function.args.args} if isinstance(function, ast.FunctionDef) else set()
    passed = any(isinstance(each, ast.Name) and each.id in names for each in given)
    return simple and len(body) <= 2 and isinstance(last, ast.Return) and last.value is site.node and passed


def _is_layer(site: Site, call: ast.Call) -> bool:
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name[:1].isupper()


def _is_used(program: Program, site: Site) -> bool:
    """Whether something in the program needs the numbers to be what the activation makes them."""
    for event in program.of_kind(*_USES):
        value = event.data.get("value", event.subject)
        tensors = flow([value]).tensors if value is not None else []
        for tensor in tensors:
            if isinstance(tensor, Tensor) and any(step.node is site.node for _, step in tensor.steps):
                return True
    return False
