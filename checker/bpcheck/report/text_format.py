"""The report for people: each finding with its source line, its proof step by step, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.findings import Diagnostic, Finding, Place, Safety
from bpcheck.report.excerpt import excerpt
from bpcheck.report.style import Style
from bpcheck.report.summary import summary_lines
from bpcheck.result import LineAt, Result, can_be_applied

_APPLIED_BY = {Safety.SAFE: " (applied by --fix)", Safety.UNSAFE: " (applied by --unsafe-fixes)"}


def render(result: Result, style: Style, quiet: bool = False) -> Iterator[str]:
    """The lines of the report. ``quiet`` leaves out the summary."""
    for diagnostic in result.diagnostics:
        yield from _diagnostic(diagnostic, result.line_at, style)
        yield ""
    for finding in result.findings:
        yield from _finding(finding, result.line_at, style)
        yield ""
    if not quiet:
        yield from summary_lines(result, style)


def diagnostic_line(diagnostic: Diagnostic, style: Style) -> str:
    """A diagnostic in one line."""
    place = Place(diagnostic.path, diagnostic.line, diagnostic.column, diagnostic.line, diagnostic.column,
                  diagnostic.cell)  # fmt: skip
    look = "red" if diagnostic.fatal else "yellow"
    return f"{style.paint(str(place), 'bold')}: {style.paint(diagnostic.kind, look)}: {diagnostic.message}"


def finding_line(finding: Finding, style: Style) -> str:
    """A finding in one line."""
    place = style.paint(str(finding.place), "bold")
    return f"{place}: {style.severity(finding.severity)} {finding.code} {finding.name}: {finding.message}"


def _diagnostic(diagnostic: Diagnostic, line_at: LineAt, style: Style) -> Iterator[str]:
    yield diagnostic_line(diagnostic, style)
    if diagnostic.kind == "syntax-error":
        end = diagnostic.column + 1
        place = Place(diagnostic.path, diagnostic.line, diagnostic.column, diagnostic.line, end, diagnostic.cell)
        yield from _source(place, line_at, style, len(str(place.line)), "red")


def _finding(finding: Finding, line_at: LineAt, style: Style) -> Iterator[str]:
    gutter = max(len(str(place.line)) for place in [finding.place, *(step.place for step in finding.trace)])
    margin = " " * gutter
    yield finding_line(finding, style)
    look = {1: "blue", 2: "yellow", 3: "red"}[finding.severity]
    yield from _source(finding.place, line_at, style, gutter, look)
    for number, step in enumerate(finding.trace, 1):
        place = style.paint(str(step.place), "cyan")
        yield f"{margin} {style.paint(f'{number}.', 'cyan')} {place}: {step.message}"
        if step.place != finding.place:
            yield from _source(step.place, line_at, style, gutter, "cyan")
    yield from _advice(finding, style, margin)


def _advice(finding: Finding, style: Style, margin: str) -> Iterator[str]:
    label = f"{margin} {style.paint('help:', 'green')} "
    if finding.fix:
        applicable = can_be_applied(finding, Safety.SAFE, Safety.UNSAFE)
        yield label + finding.fix.message + (_APPLIED_BY[finding.fix.safety] if applicable else "")
    if finding.manual:
        first, *others = finding.manual.rstrip().splitlines()
        yield label + first
        yield from (f"{margin}       {line}".rstrip() for line in others)


def _source(place: Place, line_at: LineAt, style: Style, gutter: int, look: str) -> Iterator[str]:
    line = line_at(place)
    if line is None or not line.strip():
        return
    bar = style.paint("|", "dim")
    shown, carets = excerpt(line, place, style.width - gutter - 4)
    yield f"{style.paint(str(place.line).rjust(gutter), 'dim')} {bar} {shown}"
    yield f"{' ' * gutter} {bar} {style.paint(carets, look)}".rstrip()
