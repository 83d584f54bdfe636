"""One line for each finding, as editors and grep like it."""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.findings import Finding, Safety
from bpcheck.report.style import Style
from bpcheck.report.summary import summary_lines
from bpcheck.report.text_format import diagnostic_line, finding_line
from bpcheck.result import Result, can_be_applied

_MARKS = {Safety.SAFE: " [*]", Safety.UNSAFE: " [unsafe *]"}


def render(result: Result, style: Style, quiet: bool = False) -> Iterator[str]:
    for diagnostic in result.diagnostics:
        yield diagnostic_line(diagnostic, style)
    for finding in result.findings:
        yield finding_line(finding, style) + _mark(finding)
    if not quiet:
        yield from summary_lines(result, style)


def _mark(finding: Finding) -> str:
    return _MARKS[finding.fix.safety] if finding.fix and can_be_applied(finding, *_MARKS) else ""
