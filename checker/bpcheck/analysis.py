"""From files to findings: build the programs that the given files belong to, and run the rules over each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bpcheck.findings import Diagnostic, Finding

if TYPE_CHECKING:
    from bpcheck.project import Project
    from bpcheck.rule import Rule


@dataclass(slots=True)
class Analysis:
    """What came of a run, before suppression and selection by severity."""

    findings: list[Finding] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    files: int = 0
    programs: int = 0


def analyse(project: Project, paths: Sequence[Path], rules: Sequence[Rule]) -> Analysis:
    """Check ``paths`` (existing files). Findings touch at least one of them; the order is path, line, column, code."""
    return Analysis(files=len(paths))
