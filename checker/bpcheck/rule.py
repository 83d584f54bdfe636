"""How a rule declares itself: one function over the Program, stamped with its metadata.

A rule is one module of ``bpcheck_rules`` (or of a plugin): the module docstring is its documentation, the module's name
is its name, and the decorated generator function is the check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bpcheck.findings import Finding, Safety, Severity, Violation
from bpcheck.records import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.program import Program

Check = Callable[["Program"], Iterator[Violation]]


@record(frozen=True, slots=True)
class Rule:
    """One row of the catalogue. ``practice`` numbers the course's practices (D1 to R12) that the rule stands for."""

    code: str
    name: str
    severity: Severity
    practice: tuple[str, ...]
    fix: Safety
    default: bool
    module: str
    check: Check

    def findings(self, program: Program) -> Iterator[Finding]:
        """The violations of this rule in ``program``, stamped with its code and name."""
        for found in self.check(program):
            yield Finding(
                self.code, self.name, found.severity or self.severity, self.practice, found.message, found.place,
                found.trace, found.fix, found.manual,
            )  # fmt: skip


def rule(
    *, code: str, severity: Severity, practice: tuple[str, ...] = (), fix: Safety = Safety.MANUAL, default: bool = True
) -> Callable[[Check], Rule]:
    """Make a check function a :class:`Rule`. Its name is that of its module, with dashes."""

    def declare(check: Check) -> Rule:
        name = check.__module__.rpartition(".")[2].replace("_", "-")
        return Rule(code, name, severity, practice, fix, default, check.__module__, check)

    return declare
