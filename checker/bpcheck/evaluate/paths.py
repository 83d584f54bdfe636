"""Paths of which only a part is known: ``os.path.join(root, "train")`` says "train" whatever ``root`` is.

The unknown part becomes a placeholder of its own, so that two paths are equal only if their unknown parts are the
same value.
"""

from __future__ import annotations

import posixpath

from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.values import Const, Obj, Symbol, Unknown, Value

MARK = "\x00"


def piece(ev: Evaluator, value: Value) -> str | None:
    """``value`` as a part of a path; ``None`` where it cannot be one."""
    if isinstance(value, Const):
        return str(value.value)
    if isinstance(value, (Unknown, Obj, Symbol)):
        ev.placeholders.setdefault(id(value), value)
        return f"{MARK}{list(ev.placeholders).index(id(value))}{MARK}"
    return None


def joined(ev: Evaluator, values: list[Value], separator: str = "/") -> Value:
    """The path made of ``values``; something must be known of it."""
    parts = [piece(ev, value) for value in values]
    settings = [value.setting for value in values if isinstance(value, Const) and value.setting]
    if None in parts or not any(part and MARK not in part for part in parts):
        return Unknown("path")
    known = [part for part in parts if part is not None]
    text = posixpath.join(*known) if separator == "/" else separator.join(known)
    return Const(text, settings[0] if settings else None)


def certain(value: Value) -> bool:
    """Whether a constant is wholly known."""
    return not (isinstance(value, Const) and isinstance(value.value, str) and MARK in value.value)
