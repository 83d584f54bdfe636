"""The last lines of a report for people: how many findings, what was not shown; and the table of counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bpcheck.findings import Safety, Severity
from bpcheck.report.style import Style
from bpcheck.result import Result, can_be_applied

_DESCENDING = sorted(Severity, reverse=True)


def summary_lines(result: Result, style: Style) -> Iterator[str]:
    yield from result.notes
    checked = f"{_count(result.files, 'file')}, {_count(result.programs, 'program')}"
    counts = result.counts()
    failures = sum(diagnostic.fatal for diagnostic in result.diagnostics)
    found = [style.severity(level, _severities(counts[level], level)) for level in _DESCENDING if counts[level]]
    if found:
        yield f"Found {', '.join(found)} in {checked}."
    elif failures:
        yield f"Found nothing in what could be read ({checked})."
    else:
        yield style.paint("Nothing found", "green") + f" in {checked}."
    if failures:
        yield style.paint(f"{_count(failures, 'problem')} kept bpcheck from checking everything.", "red")
    yield from _hidden(result)
    yield from _fixable(result)


def statistics_lines(result: Result, style: Style) -> Iterator[str]:
    """One line for each rule that found something, most findings first."""
    rows = Counter((finding.code, finding.name, finding.severity) for finding in result.findings)
    applicable = [finding for finding in result.findings if can_be_applied(finding, Safety.SAFE, Safety.UNSAFE)]
    fixable = Counter(finding.code for finding in applicable)
    width = len(str(max(rows.values(), default=0)))
    for (code, name, severity), count in sorted(rows.items(), key=lambda row: (-row[1], row[0])):
        mark = f" ({fixable[code]} fixable)" if fixable[code] else ""
        yield f"{count:>{width}}  {code}  {style.severity(severity, f'{severity!s:<7}')}  {name}{mark}"


def _hidden(result: Result) -> Iterator[str]:
    hidden = [(level, result.hidden[level]) for level in _DESCENDING if result.hidden[level]]
    if hidden:
        lowest = hidden[-1][0]
        listed = " and ".join(_severities(count, level) for level, count in hidden)
        them = "it" if sum(result.hidden.values()) == 1 else "them"
        yield f"{listed} hidden, show {them} with --severity {lowest}."


def _fixable(result: Result) -> Iterator[str]:
    safe, unsafe = result.fixable(Safety.SAFE), result.fixable(Safety.UNSAFE)
    if safe:
        more = f", {unsafe} more with --unsafe-fixes" if unsafe else ""
        yield f"{safe} fixable with --fix{more}."
    elif unsafe:
        yield f"{unsafe} fixable with --unsafe-fixes."


def _severities(count: int, level: Severity) -> str:
    if level is Severity.INFO:
        return _count(count, "info finding")
    return _count(count, str(level))


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
