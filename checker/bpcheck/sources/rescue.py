"""What to do with text that does not parse: repair old syntax, else leave out the statements that stand in the way."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from bpcheck.findings import Diagnostic
from bpcheck.records import record
from bpcheck.sources.omission import leave_out
from bpcheck.sources.parsing import Unparsable, parse
from bpcheck.sources.repairs import STEPS, Repaired
from bpcheck.sources.rewriting import Shift, chain


@record(frozen=True, slots=True)
class Note:
    """A diagnostic that does not know its file yet."""

    kind: str
    message: str
    line: int
    column: int
    fatal: bool

    def diagnostic(self, path: str, cell: int | None = None) -> Diagnostic:
        """The note, told of a file."""
        return Diagnostic(self.kind, self.message, path, self.line, self.column, cell, self.fatal)


@record(frozen=True, slots=True)
class Rescued:
    """What could be saved: ``tree`` is that of ``text``, which has the lines of the original."""

    text: str
    tree: ast.Module | None
    shifts: Mapping[int, Sequence[Shift]]
    notes: tuple[Note, ...]
    complete: bool


def rescue(text: str, failure: Unparsable) -> Rescued:
    """Make the most of ``text``, which ``failure`` kept from being parsed.

    A step of repair is kept unless it makes matters worse: what it does may show its worth only after the next one.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    shifts: dict[int, Sequence[Shift]] = {}
    notes: list[Note] = []
    complete = True
    for step in STEPS:
        for repaired in step(text):
            try:
                tree, again = parse(repaired.text), failure
            except Unparsable as still:
                tree, again = None, still
            if tree is None and again.line < failure.line + repaired.must_gain:
                continue
            notes.append(_told(repaired, shifts))
            text, failure, shifts = repaired.text, again, chain(shifts, repaired.shifts)
            complete = complete and not repaired.hides
            if tree is not None:
                return Rescued(text, tree, shifts, tuple(notes), complete)
            break
    rest = leave_out(text, failure)
    line, column = failure.line, _before(shifts, failure.line, failure.column)
    omitted = Note("syntax-error", rest.message, line, column, fatal=True)
    return Rescued(rest.text, rest.tree, shifts, (omitted, *notes), complete=False)


def _told(repaired: Repaired, shifts: Mapping[int, Sequence[Shift]]) -> Note:
    column = _before(shifts, repaired.line, repaired.column)
    return Note("repaired-syntax", repaired.message, repaired.line, column, fatal=False)


def _before(shifts: Mapping[int, Sequence[Shift]], line: int, column: int) -> int:
    """The column before the line was shifted."""
    column -= 1
    for shift in reversed(shifts.get(line, ())):
        column = shift.original(column)
    return column + 1
