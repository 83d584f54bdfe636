"""Paths of which only a part is known: ``os.path.join(root, "train")`` says "train" whatever ``root`` is.

The unknown part becomes a placeholder of its own, so that two paths are equal only if their unknown parts are the
same value.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

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


#: Attributes that a path has and a string has not.
PARTS = frozenset({"parent", "name", "stem", "suffix"})
_SAME = frozenset({"resolve", "absolute", "expanduser", "as_posix", "__fspath__"})


def part(path: Const, name: str) -> Value:
    """``path.parent`` and its like."""
    text = str(path.value)
    if name == "parent":
        return Const(posixpath.dirname(text) or ".", path.setting)
    last = posixpath.basename(text)
    if MARK in last:
        return Unknown("a part of a path")
    stem, suffix = posixpath.splitext(last)
    return Const({"name": last, "stem": stem, "suffix": suffix}[name], path.setting)


def method(ev: Evaluator, path: Const, name: str, args: list[Value]) -> Value | None:
    """What a method of a path gives; ``None`` for one that paths do not have, or that asks the disk."""
    if name in _SAME:
        return path
    if name == "joinpath":
        return joined(ev, [path, *args])
    if name in ("with_name", "with_suffix") and args and isinstance(args[0], Const):
        parent, last = posixpath.split(str(path.value))
        last = str(args[0].value) if name == "with_name" else posixpath.splitext(last)[0] + str(args[0].value)
        return Const(posixpath.join(parent, last), path.setting)
    return None


def matching(pattern: str, names: Iterable[str]) -> list[str]:
    """Those of ``names`` that a text of which a part is unknown may be."""
    parts = pattern.split(MARK)[::2]
    if not any(parts):
        return []
    known = re.compile(".+".join(map(re.escape, parts)))
    return [name for name in names if known.fullmatch(name)]


def certain(value: Value) -> bool:
    """Whether a constant is wholly known."""
    return not (isinstance(value, Const) and isinstance(value.value, str) and MARK in value.value)
