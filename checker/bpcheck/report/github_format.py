"""GitHub workflow commands: findings become annotations on the changed lines of a pull request.

GitHub shows at most ten errors and ten warnings (and ten notices) of a step. So the gravest come first, and where there
are more than can be shown, a notice says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bpcheck.findings import Diagnostic, Finding, Severity
from bpcheck.report.style import Style
from bpcheck.result import Result

CAP = 10
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(result: Result, style: Style, quiet: bool = False) -> Iterator[str]:
    commands = Counter(_COMMANDS[finding.severity] for finding in result.findings)
    commands.update("error" if diagnostic.fatal else "warning" for diagnostic in result.diagnostics)
    for command, count in sorted(commands.items()):
        if count > CAP:
            yield f"::notice title=bpcheck::GitHub shows {CAP} of these {count} {command} annotations, the log has all"
    for diagnostic in sorted(result.diagnostics, key=lambda diagnostic: not diagnostic.fatal):
        yield _diagnostic(diagnostic)
    # Sorting is stable: within a severity the order stays that of the places.
    for finding in sorted(result.findings, key=lambda finding: -finding.severity):
        yield _finding(finding)


def _finding(finding: Finding) -> str:
    place = finding.place
    properties = {"title": f"bpcheck {finding.code} {finding.name}", "file": place.path}
    message = f"{place}: {finding.code} {finding.message}"
    if place.cell is None:
        properties.update(line=str(place.line), endLine=str(place.end_line))
        if place.line == place.end_line:  # GitHub takes columns within one line only
            properties.update(col=str(place.column), endColumn=str(place.end_column))
    for number, step in enumerate(finding.trace, 1):
        message += f"\n{number}. {step.place}: {step.message}"
    return _command(_COMMANDS[finding.severity], properties, message)


def _diagnostic(diagnostic: Diagnostic) -> str:
    properties = {"title": f"bpcheck {diagnostic.kind}", "file": diagnostic.path}
    if diagnostic.cell is None:
        properties.update(line=str(diagnostic.line), col=str(diagnostic.column))
    return _command("error" if diagnostic.fatal else "warning", properties, diagnostic.message)


def _command(command: str, properties: dict[str, str], message: str) -> str:
    listed = ",".join(f"{key}={_escaped(value, ':,')}" for key, value in properties.items())
    return f"::{command} {listed}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text
