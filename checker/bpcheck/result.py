"""What a run comes to: what is shown, what is not, and the exit code that follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from bpcheck.findings import Diagnostic, Finding, Place, Safety, Severity
from bpcheck.records import field, record

LineAt = Callable[[Place], "str | None"]


def can_be_applied(finding: Finding, *safeties: Safety) -> bool:
    """Whether the finding has a fix of one of these kinds."""
    return finding.fix is not None and finding.fix.safety in safeties


def _no_line(place: Place) -> str | None:
    return None


@record(slots=True)
class Result:
    """The outcome of a check, after suppression and selection. ``line_at`` gives the source line of a place.

    ``hidden`` counts the findings below the severity that is shown; ``fail_on`` looks at those, too. ``would_change`` says
    that fixes were shown that were not made.
    """

    findings: list[Finding] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    files: int = 0
    programs: int = 0
    hidden: Counter[Severity] = field(default_factory=Counter)
    fail_on: Severity | None = Severity.WARNING
    line_at: LineAt = _no_line
    notes: list[str] = field(default_factory=list)
    would_change: bool = False

    def counts(self) -> Counter[Severity]:
        """How many findings of each severity are shown."""
        return Counter(finding.severity for finding in self.findings)

    def fixable(self, *safeties: Safety) -> int:
        """How many of the findings shown have a fix of one of these kinds."""
        return sum(can_be_applied(finding, *safeties) for finding in self.findings)

    def exit_code(self, *, zero: bool = False) -> int:
        """2 where something could not be done, else 1 where a finding reaches ``fail_on`` or a file would change
        (``zero``: never), else 0."""
        if any(diagnostic.fatal for diagnostic in self.diagnostics):
            return 2
        if self.would_change and not zero:
            return 1
        threshold = self.fail_on
        if zero or threshold is None:
            return 0
        severities = {finding.severity for finding in self.findings} | {key for key, n in self.hidden.items() if n}
        return 1 if any(severity >= threshold for severity in severities) else 0
