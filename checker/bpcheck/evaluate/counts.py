"""Numbers that follow from how often a loop has turned: what a learning rate that is set by hand falls by."""

from __future__ import annotations

import ast

from bpcheck.evaluate.values import Choice, Const, Counted, Obj, Tensor, Value, choices

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.evaluate.evaluator import Evaluator

COUNT, RATIO, STAIR, REMAINDER, TEST = "count", "ratio", "stair", "remainder", "test"
#: A factor that falls at some turns only, and one that falls by the same at every turn.
STEPS, POWER = "steps", "power"
_FALLING = frozenset({STEPS, POWER})


def combined(op: ast.operator, left: Value, right: Value) -> Value | None:
    """``left op right`` of which one is counted; ``None`` where nothing is to be said of it."""
    if isinstance(left, Counted) and isinstance(right, Counted):
        return None
    counted, other = (left, right) if isinstance(left, Counted) else (right, left)
    if not isinstance(counted, Counted) or isinstance(other, Tensor):
        return None
    shape = counted.shape
    if isinstance(op, ast.Pow):
        if counted is right and _falls(other) and shape in (COUNT, RATIO, STAIR):
            return Counted(STEPS if shape == STAIR else POWER)
        return None
    if shape in _FALLING:
        return counted if isinstance(op, ast.Mult) or (isinstance(op, ast.Div) and counted is left) else None
    if counted is left and isinstance(op, ast.FloorDiv) and shape in (COUNT, RATIO):
        return Counted(STAIR)
    if counted is left and isinstance(op, ast.Mod) and shape == COUNT:
        return Counted(REMAINDER)
    if counted is left and isinstance(op, ast.Div) and shape == COUNT:
        return Counted(RATIO)
    if isinstance(op, (ast.Add, ast.Sub, ast.Mult)) and shape in (COUNT, RATIO, STAIR):
        return counted if counted is left or not isinstance(op, ast.Sub) else None
    return None


def rounded(value: Value) -> Value | None:
    """``value`` without its fraction."""
    if isinstance(value, Counted):
        return Counted(STAIR) if value.shape == RATIO else value if value.shape in (COUNT, STAIR) else None
    return None


def compared(left: Value, right: Value) -> Value | None:
    """Whether a comparison is one of how often a loop has turned, and of nothing that was measured."""
    sides = (*choices(left), *choices(right))
    if not any(isinstance(side, Counted) and side.shape not in _FALLING for side in sides):
        return None
    return None if any(isinstance(side, (Tensor, Choice)) for side in sides) else Counted(TEST)


def scaled(ev: Evaluator, op: ast.operator, old: Value, factor: Value) -> Counted | None:
    """A rate or number that is made smaller by a factor in some turns of a loop, or in each."""
    if not isinstance(old, (Const, Counted)) and not (isinstance(old, Obj) and old.kind == "rate"):
        return None
    if isinstance(old, Counted) and old.shape not in _FALLING:
        return None
    falls = _falls(factor) if isinstance(op, ast.Mult) else isinstance(op, ast.Div) and _grows(factor)
    turning = next((loop for loop, _ in ev.loops if not loop.unrolled), None)
    if not falls or turning is None:
        return None
    tests = [guard.test for guard in ev.guards[turning.guard_depth :]]
    if any(not isinstance(test, Counted) for test in tests):
        return None
    return Counted(STEPS if tests else POWER)


def _falls(factor: Value) -> bool:
    return isinstance(factor, Const) and isinstance(factor.value, float) and 0 < factor.value < 1


def _grows(factor: Value) -> bool:
    number = factor.value if isinstance(factor, Const) else None
    return isinstance(number, (int, float)) and number > 1
