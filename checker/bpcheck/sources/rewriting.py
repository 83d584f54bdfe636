"""Changing text before it is parsed, without losing the way back: lines stay, columns are mapped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bpcheck.records import record


@record(frozen=True, slots=True, order=True)
class Change:
    """Replace ``text[start:end]`` by ``new``; neither holds a line end, so that line numbers stay."""

    start: int
    end: int
    new: str


@record(frozen=True, slots=True)
class Repair:
    """One form that the running Python does not know, and the changes that replace it; ``since``: who knows it."""

    what: str
    changes: tuple[Change, ...]
    since: tuple[int, int] = (2, 7)


@record(frozen=True, slots=True)
class Shift:
    """How one line was changed: (column, length, former length) of each replaced stretch, left to right."""

    stretches: tuple[tuple[int, int, int], ...]

    def original(self, column: int) -> int:
        """The column, before the change, of what now stands at ``column``."""
        moved = 0
        for start, length, former in self.stretches:
            if column < start or (column == start and length):
                break
            if column < start + length:
                return moved + start + min(column - start, former)
            moved += former - length
        return column + moved


def rewrite(text: str, changes: Iterable[Change]) -> tuple[str, dict[int, Shift]]:
    """Apply ``changes`` (overlapping ones: the first wins), and say by line number how columns moved."""
    parts: list[str] = []
    stretches: dict[int, list[tuple[int, int, int]]] = {}
    position, line, line_start, moved = 0, 1, 0, 0
    for change in sorted(changes):
        if change.start < position:
            continue
        between = text[position : change.start]
        breaks = between.count("\n")
        if breaks:
            line += breaks
            line_start, moved = position + between.rindex("\n") + 1, 0
        former = change.end - change.start
        column = change.start - line_start + moved
        stretches.setdefault(line, []).append((column, len(change.new), former))
        moved += len(change.new) - former
        parts += (between, change.new)
        position = change.end
    parts.append(text[position:])
    return "".join(parts), {line: Shift(tuple(found)) for line, found in stretches.items()}


def chain(first: Mapping[int, Sequence[Shift]], second: Mapping[int, Shift]) -> dict[int, Sequence[Shift]]:
    """The shifts of two rewrites, one after the other."""
    joined = dict(first)
    for line, shift in second.items():
        joined[line] = (*joined.get(line, ()), shift)
    return joined
