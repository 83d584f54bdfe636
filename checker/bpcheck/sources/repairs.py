"""The attempts to make text parse that is Python of another time: each keeps every line in its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bpcheck.sources.old_syntax import Repair, old_syntax
from bpcheck.sources.parsing import Unparsable
from bpcheck.sources.rewriting import Shift, rewrite


@dataclass(frozen=True, slots=True)
class Repaired:
    """Text that may parse now, and what was done to it, first at ``line`` and ``column``."""

    text: str
    shifts: Mapping[int, Sequence[Shift]]
    kind: str
    message: str
    line: int
    column: int


def repair(text: str, failure: Unparsable) -> Iterator[Repaired]:
    """The repaired texts to try, the likeliest first."""
    found = list(old_syntax(text))
    if found:
        changed, shifts = rewrite(text, (change for repair in found for change in repair.changes))
        at = min(repair.changes[0].start for repair in found)
        line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        yield Repaired(
            changed, {line: (shift,) for line, shift in shifts.items()}, "repaired-syntax",
            f"old syntax was read as today's Python: {_summary(found)}", line, column,
        )  # fmt: skip


def _summary(found: list[Repair]) -> str:
    counts: dict[str, int] = {}
    for repair in found:
        counts[repair.what] = counts.get(repair.what, 0) + 1
    return ", ".join(what if times == 1 else f"{what} ({times} times)" for what, times in counts.items())
