"""Whether gradients are recorded: ``no_grad``, ``inference_mode``, ``enable_grad`` and ``set_grad_enabled`` in all
their forms."""

from __future__ import annotations

from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.values import Choice, Const, Obj, Symbol, Unknown, Value, truth

OFF = frozenset({"torch.no_grad", "torch.inference_mode", "torch.autograd.no_grad", "torch.autograd.grad_mode.no_grad",
                 "torch.autograd.inference_mode"})  # fmt: skip
ON = frozenset({"torch.enable_grad", "torch.autograd.enable_grad"})
SWITCH = frozenset({"torch.set_grad_enabled", "torch.autograd.set_grad_enabled"})


def effect(value: Value) -> str | None:
    """What entering ``value`` does to gradient recording: ``on``, ``off``, ``mixed``, or ``None`` for nothing."""
    if isinstance(value, Choice):
        effects = {effect(v) for v in value.values}
        return effects.pop() if len(effects) == 1 else "mixed" if effects - {None} else None
    name = value.name if isinstance(value, (Symbol, Obj)) else ""
    if name in OFF:
        mode = value.args.get("mode") if isinstance(value, Obj) else None
        if isinstance(mode, Const) and mode.value is False:
            return "on"
        return "off"
    if name in ON:
        return "on"
    if name in SWITCH and isinstance(value, Obj):
        known = truth(value.args.get("mode", Unknown("mode")))
        return "mixed" if known is None else "on" if known else "off"
    return None


def enter_context(ev: Evaluator, manager: Value) -> bool:
    """Switch for a ``with`` block; says whether ``manager`` is such a context."""
    what = effect(manager)
    if what is None:
        return False
    ev.store.bind(ev.flow, "grad", what)
    return True


def leave_context(ev: Evaluator, kept: str, pending: int) -> None:
    """Switch back to ``kept``, also on the paths that left the block early: the exits after the first ``pending``."""
    ev.store.bind(ev.flow, "grad", kept)
    for left in ev.exits[pending:]:
        left.writes[id(ev.flow), "grad"] = (ev.flow, kept)


def enter_decorators(ev: Evaluator, decorators: list[Value]) -> bool:
    """Switch for a call of a decorated function; says whether anything was switched."""
    switched = False
    for decorator in reversed(decorators):  # the one next to the function has the last word
        switched = enter_context(ev, decorator) or switched
    return switched
