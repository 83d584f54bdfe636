"""Every change to a variable, attribute or container goes through the store, which can take it back.

That is how both arms of a branch are evaluated: run one, take its writes back, run the other, join the writes.
"""

from __future__ import annotations

from bpcheck.evaluate.values import (
    Cell,
    Class,
    Const,
    Counted,
    Entries,
    Function,
    Site,
    Symbol,
    Tensor,
    Unknown,
    Value,
    is_optional,
    join,
    optional,
    same,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ABSENT = object()
#: States of an object that are not noted as long as they are those in which it was made.
_STATES = frozenset({"mode", "frozen"})
#: Later than all that is ever made.
_NEVER = 1 << 62
#: What is noted about an object without any bearing on what calls of it give.
NOTES = frozenset({
    "chance", "escaped", "functional-dropout", "given-weights", "initialised", "made", "masks", "mode-site", "one-hot",
    "recurrent", "unseen", "used",
})  # fmt: skip
#: What says nothing about the parts that a network is made of.
_MOODS = NOTES | {"mode", "frozen"}
#: What is no network and holds none.
_PARTLESS = frozenset({
    object, str, bool, int, float, frozenset, type(None), Class, Const, Counted, Function, Site, Symbol, Tensor, Unknown,
})  # fmt: skip

Writes = dict[tuple[int, "Any"], tuple[dict["Any", "Any"], "Any"]]


class Store:
    """A journal of writes to dictionaries."""

    __slots__ = ("barrier", "journal", "oldest_write", "shape", "since", "version")

    def __init__(self) -> None:
        self.journal: list[tuple[dict[Any, Any], Any, Any]] = []
        #: What was made since then is not in the journal: on the paths that may be joined with this one, it is not
        #: there.
        self.barrier = 0
        #: When the call in progress began that is to be remembered; what it makes itself is its own affair.
        self.since = _NEVER
        #: When the oldest object was made that has been written to.
        self.oldest_write = _NEVER
        #: Grows whenever an object changes that is older than the call in progress.
        self.version = 0
        #: Grows whenever an object of any age may get or lose a part.
        self.shape = 0

    def set(self, where: dict[Any, Any], key: Any, value: Any) -> None:
        """``where[key] = value`` of an object, container or module, remembered."""
        self._touch(where, key, where.get(key, _ABSENT), value)
        born = where.born if isinstance(where, Cell) else 0
        if born < self.oldest_write:
            self.oldest_write = born
        self.bind(where, key, value)

    def bind(self, where: dict[Any, Any], key: Any, value: Any) -> None:
        """``where[key] = value`` of a local variable, remembered."""
        if not isinstance(where, Cell) or where.born < self.barrier:
            self.journal.append((where, key, where.get(key, _ABSENT)))
        where[key] = value

    def remove(self, where: dict[Any, Any], key: Any) -> None:
        """``del where[key]``, remembered."""
        if key in where:
            self._touch(where, key, where[key], _ABSENT)
            self.oldest_write = min(self.oldest_write, where.born if isinstance(where, Cell) else 0)
            if not isinstance(where, Cell) or where.born < self.barrier:
                self.journal.append((where, key, where[key]))
            del where[key]

    def _touch(self, where: dict[Any, Any], key: Any, before: Any, after: Any) -> None:
        if isinstance(where, Cell) and key not in NOTES:
            if where.born < self.since:
                self.version += 1
            if key not in _MOODS and not (before.__class__ in _PARTLESS and after.__class__ in _PARTLESS):
                self.shape += 1

    def mark(self) -> int:
        """A point to come back to. Whoever sets it puts the barrier back where it was, once nobody can come back."""
        Cell.now += 1
        self.barrier = Cell.now
        return len(self.journal)

    def take_back(self, mark: int) -> Writes:
        """Undo all since ``mark``; what was written is returned (the last value of each place)."""
        writes: Writes = {}
        for where, key, old in reversed(self.journal[mark:]):
            place = (id(where), key)
            if place not in writes:
                writes[place] = (where, where.get(key, _ABSENT))
            self._touch(where, key, where.get(key, _ABSENT), old)
            if old is _ABSENT:
                where.pop(key, None)
            else:
                where[key] = old
        del self.journal[mark:]
        return writes

    def before(self, mark: int) -> Writes:
        """For every place written since ``mark``: its value at the mark."""
        old_values: Writes = {}
        for where, key, old in self.journal[mark:]:
            old_values.setdefault((id(where), key), (where, old))
        return old_values

    def rebase(self, writes: Writes, mark: int, to: int) -> Writes:
        """``writes`` that were made after ``mark``, as writes after the earlier mark ``to``."""
        later = self.before(mark)
        between: Writes = {}
        for where, key, _ in self.journal[to:mark]:
            place = (id(where), key)
            value = later[place][1] if place in later else where.get(key, _ABSENT)
            between[place] = (where, value)
        return {**between, **writes}

    def apply(self, writes: Writes) -> None:
        """Write again what was taken back."""
        for (_, key), (where, value) in writes.items():
            self._again(where, key, value)

    def _again(self, where: dict[Any, Any], key: Any, value: Any) -> None:
        """Write what was written once: the call in progress is known to have done so, if it is anybody's concern."""
        before = where.get(key, _ABSENT)
        self._touch(where, key, before, value)
        if not isinstance(where, Cell) or where.born < self.barrier:
            self.journal.append((where, key, before))
        if value is _ABSENT:
            where.pop(key, None)
        else:
            where[key] = value

    def merge(self, arms: list[tuple[int, Writes]]) -> None:
        """Join the present state with the states of other ``arms``: (mark at which the arm left, what it wrote
        then)."""
        for mark, writes in arms:
            at_fork = self.before(mark)
            for place in {**at_fork, **writes}:
                where, other = writes[place] if place in writes else at_fork[place]
                now = where.get(place[1], _ABSENT)
                if _one_sided(place[1], now, other):
                    joined: Any = "unknown"
                else:
                    joined = _join(now, other)
                    if where.__class__ is Entries and (now is _ABSENT) != (other is _ABSENT):
                        joined = optional(joined)
                if joined is not now:
                    self._again(where, place[1], joined)


def _one_sided(key: Any, a: Any, b: Any) -> bool:
    """Whether only one arm notes a state; in the other the object is as it was made, whatever that means for it."""
    return key in _STATES and (a is _ABSENT) != (b is _ABSENT) and isinstance(a if b is _ABSENT else b, str)


def _join(a: Any, b: Any) -> Any:
    if a is b or b is _ABSENT:
        return a
    if a is _ABSENT:
        return b
    if isinstance(a, Site):
        return a
    if isinstance(a, (str, bool, int, frozenset, tuple, type(None))) or isinstance(
        b, (str, bool, int, frozenset, tuple, type(None))
    ):
        return _join_plain(a, b)
    return join(a, b)


def _join_plain(a: Any, b: Any) -> Any:
    if a == b:
        return a
    if isinstance(a, frozenset) and isinstance(b, frozenset):
        return a | b
    if isinstance(a, str) and isinstance(b, str):
        return "unknown" if "unknown" in (a, b) else "mixed"
    if (
        isinstance(a, tuple)
        and isinstance(b, tuple)
        and a
        and b
        and a[0].__class__ is b[0].__class__
        and len(a) == len(b)
    ):
        return tuple(_join(x, y) for x, y in zip(a, b, strict=False))
    if (a is None and isinstance(b, tuple)) or (b is None and isinstance(a, tuple)):
        return None  # a length that one arm does not know
    if isinstance(a, tuple) and isinstance(b, tuple) and all(isinstance(each, Value) for each in (*a, *b)):
        return _align(a, b)
    if isinstance(a, tuple) or isinstance(b, tuple):
        return a if isinstance(a, tuple) and (not isinstance(b, tuple) or len(a) >= len(b)) else b
    return a if isinstance(b, type(None)) else b if isinstance(a, type(None)) else True


def _align(a: tuple[Value, ...], b: tuple[Value, ...]) -> tuple[Value, ...]:
    """The elements of two sequences of different length: where they differ, each may be absent."""
    shorter = min(len(a), len(b))
    start = next((i for i in range(shorter) if not _alike(a[i], b[i])), shorter)
    rest = shorter - start
    end = next((i for i in range(rest) if not _alike(a[-1 - i], b[-1 - i])), rest)
    middle = [optional(value) for value in (*a[start : len(a) - end], *b[start : len(b) - end])]
    return (*a[:start], *middle, *a[len(a) - end :])


def _alike(a: Value, b: Value) -> bool:
    return a is b or (same(a, b) and is_optional(a) == is_optional(b))
