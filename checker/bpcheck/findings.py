"""What bpcheck says about a program: places, findings, fixes, diagnostics. Plain data."""

from __future__ import annotations

import enum

from bpcheck.records import field, record


class Severity(enum.IntEnum):
    """How sure and how grave: ``error`` is wrong under any reading, ``info`` is advice."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    def __str__(self) -> str:
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> Severity:
        """The severity called ``word``; raises ``KeyError`` for any other word."""
        return cls[word.upper()]


class Safety(enum.Enum):
    """What applying a fix does: ``safe`` keeps the meaning or mends a plain bug, ``unsafe`` changes the training
    result by intent, ``manual`` is shown and never applied."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    MANUAL = "manual"

    def __str__(self) -> str:
        return self.value


@record(frozen=True, slots=True, order=True)
class Place:
    """A span of text. Lines and columns are 1-based, columns count Unicode characters, the end is exclusive.

    ``cell`` is the 0-based index of a notebook cell (markdown cells count); lines are then relative to the cell.
    """

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    cell: int | None = field(default=None, compare=False)

    def __str__(self) -> str:
        cell = "" if self.cell is None else f":cell {self.cell}"
        return f"{self.path}{cell}:{self.line}:{self.column}"


@record(frozen=True, slots=True)
class TraceStep:
    """One step of a proof: at ``place`` this happens."""

    place: Place
    message: str


@record(frozen=True, slots=True)
class Edit:
    """Replace the text at ``place`` by ``content``; an empty span inserts."""

    place: Place
    content: str


@record(frozen=True, slots=True)
class Fix:
    """A change that resolves a finding."""

    safety: Safety
    message: str
    edits: tuple[Edit, ...]


@record(frozen=True, slots=True)
class Violation:
    """What a rule yields: where, what goes wrong in this program, and the proof.

    ``severity`` overrides that of the rule (some departures are graver than others of the same rule); ``manual`` is
    text that shows what to write where no edit can be offered.
    """

    place: Place
    message: str
    trace: tuple[TraceStep, ...] = ()
    severity: Severity | None = None
    fix: Fix | None = None
    manual: str | None = None


@record(frozen=True, slots=True)
class Finding:
    """A violation, stamped with the rule that reports it."""

    code: str
    name: str
    severity: Severity
    practice: tuple[str, ...]
    message: str
    place: Place
    trace: tuple[TraceStep, ...] = ()
    fix: Fix | None = None
    manual: str | None = None


@record(frozen=True, slots=True)
class Diagnostic:
    """Something that bpcheck could not do: a file that does not parse, an unreadable path, an internal error.

    ``fatal`` says whether it makes the exit code 2: a repaired file (old syntax) is told but is no failure.
    """

    kind: str
    message: str
    path: str
    line: int = 1
    column: int = 1
    cell: int | None = None
    fatal: bool = True
