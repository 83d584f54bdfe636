"""What to do with text that does not parse: repair old syntax, else leave out the statements that stand in the way."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bpcheck.findings import Diagnostic
from bpcheck.sources.omission import leave_out
from bpcheck.sources.parsing import Unparsable, parse
from bpcheck.sources.repairs import repair
from bpcheck.sources.rewriting import Shift


@dataclass(frozen=True, slots=True)
class Note:
    """A diagnostic that does not know its file yet."""

    kind: str
    message: str
    line: int
    column: int
    fatal: bool

    def diagnostic(self, path: str) -> Diagnostic:
        return Diagnostic(self.kind, self.message, path, self.line, self.column, fatal=self.fatal)


@dataclass(frozen=True, slots=True)
class Rescued:
    """What could be saved: ``tree`` is that of ``text``, which has the lines of the original."""

    text: str
    tree: ast.Module | None
    shifts: Mapping[int, Sequence[Shift]]
    notes: tuple[Note, ...]
    complete: bool


def rescue(text: str, failure: Unparsable) -> Rescued:
    """Make the most of ``text``, which ``failure`` kept from being parsed."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    shifts: Mapping[int, Sequence[Shift]] = {}
    notes: list[Note] = []
    for repaired in repair(text, failure):
        note = Note(repaired.kind, repaired.message, repaired.line, repaired.column, fatal=False)
        try:
            tree = parse(repaired.text)
        except Unparsable as again:
            if again.line > failure.line or not shifts:
                text, shifts, notes, failure = repaired.text, repaired.shifts, [note], again
            continue
        return Rescued(repaired.text, tree, repaired.shifts, (note,), complete=True)
    rest = leave_out(text, failure)
    omitted = Note("syntax-error", rest.message, failure.line, _original(shifts, failure), fatal=True)
    notes = [omitted, *(replace(note) for note in notes)]
    return Rescued(rest.text, rest.tree, shifts, tuple(notes), complete=False)


def _original(shifts: Mapping[int, Sequence[Shift]], failure: Unparsable) -> int:
    column = failure.column - 1
    for shift in reversed(shifts.get(failure.line, ())):
        column = shift.original(column)
    return column + 1
