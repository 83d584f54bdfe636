"""Tables: those that a network is trained on, and what was done to their columns on the way."""

from __future__ import annotations

from bpcheck.evaluate.events import Event
from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.values import Const, Obj, Origin, Site, Tensor, Value, choices
from bpcheck.facts.passes import subject
from bpcheck.facts.rows import columns, rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.program import Program

#: Statistics in whose place a filled value cannot be told from a measured one.
_CENTRES = frozenset({"mean", "median", "nanmean", "nanmedian"})

_KINDS = (
    "table-ask", "table-fill", "table-drop", "table-gaps", "table-look", "table-date", "table-calendar", "table-column", "table-unseen",
    "table-write",
)  # fmt: skip


class Table:
    """A table whose columns go into a network that is trained: ``read`` is where it is read, ``trained`` the first forward
    pass that gets it, ``history`` all that was done to what that pass gets."""

    __slots__ = ("done", "history", "read", "trained")

    def __init__(self, read: Event, trained: Event, history: frozenset[Event], done: list[Event]) -> None:
        self.read = read
        self.trained = trained
        self.history = history
        #: Everything that the program does to the table or to a part of it, in program order.
        self.done = done

    def events(self, *kinds: str) -> list[Event]:
        """What is done to it of these kinds."""
        return [event for event in self.done if event.kind in kinds]


def trained_tables(program: Program) -> list[Table]:
    """The tables whose columns train a network."""
    if not program.of_kind("table-read"):
        return []
    found: dict[Event, Table] = {}
    for trained in program.passes.training:
        if not any(optimizer.trains(subject(trained)) for optimizer in program.optimizers):
            continue  # a loss in the form of a network
        history = flow(trained.data["args"]).history
        for read in sorted(history, key=lambda event: event.index):
            if read.kind == "table-read" and read not in found and _becomes_array(read, history):
                found[read] = Table(read, trained, history, _done(program, read, trained, history))
    return list(found.values())


def _becomes_array(read: Event, history: frozenset[Event]) -> bool:
    """Whether the program itself makes numbers of the table; where a library does, it may have filled or expanded them."""
    return any(event.kind == "table-array" and read in flow([event.data["of"]]).history for event in history)


def _done(program: Program, read: Event, trained: Event, history: frozenset[Event]) -> list[Event]:
    every = {*program.of_kind(*_KINDS), *history}
    mine = [event for event in every if event is not read and read in flow([event.data.get("of")]).history]
    before = [event for event in mine if event.kind != "table-unseen" or event.index < trained.index]
    return sorted(before, key=lambda event: event.index)  # what unseen code does later comes too late


class Unfilled:
    """A table that may have gaps when it reaches the network; ``gap`` is what may have left them (``None``: the file)."""

    __slots__ = ("gap", "table")

    def __init__(self, table: Table, gap: Event | None) -> None:
        self.table = table
        self.gap = gap


def unfilled(program: Program) -> list[Unfilled]:
    """Tables that train a network though nothing ever asks whether values are missing, fills them or drops their rows: those in
    which something is known to leave gaps, else the first."""
    if not program.closed:
        return []
    found: list[Unfilled] = []
    unasked: list[Unfilled] = []
    for table in trained_tables(program):
        if table.events("table-ask", "table-fill", "table-drop", "table-unseen"):
            continue
        gaps = [event for event in table.history if event.kind == "table-gaps" and event in table.done]
        if gaps:
            first = min(gaps, key=lambda event: event.index)
            if not (first.data["how"] in _AT_THE_START and _starts_later(table.trained)):
                found.append(Unfilled(table, first))
        elif table.read.data["raw"]:
            unasked.append(Unfilled(table, None))
    return found or unasked[:1]


#: What leaves gaps in the first rows only.
_AT_THE_START = frozenset({"shift", "diff", "pct_change", "rolling"})


def _starts_later(event: Event) -> bool:
    """Whether rows at the beginning may have been cut off."""
    parts = [row.part for origin in flow(event.data["args"]).origins for row in rows(origin)]
    return any(part.partition(":")[0].strip() not in ("", "0") for part in parts if ":" in part) or any(
        part.startswith("some at") for part in parts
    )


class Blurred:
    """Gaps that are filled with what occurs anyway; ``value`` says with what."""

    __slots__ = ("fill", "table", "value")

    def __init__(self, table: Table, fill: Event, value: str) -> None:
        self.table = table
        self.fill = fill
        self.value = value


def blurred(program: Program) -> list[Blurred]:
    """Tables that train a network with gaps filled by means, medians or zeros, where nothing tells it which values were missing:
    the first such filling of each."""
    if not program.closed or not program.of_kind("table-fill"):
        return []
    found: dict[Site, Blurred] = {}
    for table in trained_tables(program):
        if table.events("table-unseen") or any(event.kind == "table-ask" for event in table.history):
            continue
        if any(event.kind == "table-ask" for write in table.events("table-write") for event in write.data["history"]):
            continue  # a column that marks them
        for fill in table.events("table-fill"):
            value = _natural(fill, table)
            if value is not None:
                found.setdefault(fill.site, Blurred(table, fill, value))
                break
    return list(found.values())[:1]


def _natural(fill: Event, table: Table) -> str | None:
    """The mean, the median or zero, if that is what fills."""
    if isinstance(fill.subject, Obj):
        return f"the {fill.data['how']}" if fill.data["how"] in ("mean", "median") else None
    if fill.data["how"] not in ("fillna", "replace", "nan_to_num"):
        return None
    given: list[Value] = fill.data["given"]
    for value in given[:1]:
        for each in choices(value):
            if isinstance(each, Const) and type(each.value) in (int, float) and each.value == 0:
                made = {event for event in flow([fill.data["of"]]).history if event.kind == "table-gaps"}
                return (
                    "0" if not made else None
                )  # where a join found nothing, or before a series begins, 0 may be what is meant
            if isinstance(each, Tensor) and each.history:
                last = max(each.history, key=lambda event: event.index)
                if last.kind == "fit-statistics" and last.data["how"] in _CENTRES:
                    return f"the {last.data['how'].removeprefix('nan')}"
    return None


class Date:
    """A column of dates of a table that trains a network without its parts: ``lost`` is where it is dropped or numbered."""

    __slots__ = ("column", "known", "lost", "table")

    def __init__(self, table: Table, column: str, known: Event, lost: Event) -> None:
        self.table = table
        self.column = column
        self.known = known
        self.lost = lost


def unexpanded_dates(program: Program) -> list[Date]:
    """Columns that are known to be dates, and of which the network gets nothing or a number that only grows."""
    if not program.closed or not program.of_kind("table-date"):
        return []
    found: list[Date] = []
    for table in trained_tables(program):
        if (
            not table.read.data["raw"]
            or table.events("table-calendar", "table-unseen")
            or _follows_time(program, table)
        ):
            continue
        columns = table.events("table-column")
        for known in table.events("table-date"):
            name = known.data["column"]
            mine = [event for event in columns if event.data["column"] == name]
            others = {event.data["how"] for event in columns if event.data["column"] in (name, "?")}
            lost = [event for event in mine if event.data["how"] in ("drop", "ordinal")]
            if name not in ("?", "*") and lost and others <= {"drop", "ordinal"}:
                found.append(Date(table, name, known, lost[0]))
    return found


def _follows_time(program: Program, table: Table) -> bool:
    """Whether the network reads the rows as a sequence, or earlier rows go into later ones."""
    from bpcheck.facts.models import recurrent

    network = program.models.root(subject(table.trained))
    shifted = any(event.data["how"] in _AT_THE_START for event in table.events("table-gaps"))
    return shifted or recurrent(network) is not None


class Unseen:
    """A table that a regression is fitted to by squared errors, though nobody has looked at its values."""

    __slots__ = ("loss", "table")

    def __init__(self, table: Table, loss: Event) -> None:
        self.table = table
        self.loss = loss


def never_looked_at(program: Program) -> list[Unseen]:
    """Tables of regressions with squared errors whose values are never looked at, bounded or selected by."""
    if not program.closed or not program.of_kind("table-read"):
        return []
    losses = program.task.losses
    if not losses or not all(_squared(loss) for loss in losses):
        return []
    for table in trained_tables(program):
        told = ("table-look", "table-unseen")
        target = flow([losses[0].data["target"]]).history
        if not table.read.data["raw"] or table.read not in target or table.events(*told) or _compared(table):
            continue
        if _is_column(losses[0].data["target"], flow(table.trained.data["args"]).origins):
            return [Unseen(table, losses[0])]
    return []


def _squared(loss: Event) -> bool:
    """Whether it is the squared error of an output that is not bounded."""
    outputs = flow([loss.data["output"]]).tensors
    bounded = any(tensor.kind in ("sigmoid", "tanh", "softmax", "log_softmax") for tensor in outputs)
    return loss.data["loss"] == "regression" and bool(loss.data.get("squared")) and not bounded


def _is_column(target: Value, inputs: frozenset[Origin]) -> bool:
    """Whether a target is a column of the table that the inputs are not, at an earlier time."""
    chosen = {columns(origin) for origin in flow([target]).origins}
    return () not in chosen and chosen.isdisjoint(map(columns, inputs))


def _compared(table: Table) -> bool:
    """Whether rows are chosen by their values."""
    return any(event.data["how"] == "order" for event in table.events("table-column"))
