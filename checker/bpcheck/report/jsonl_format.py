"""JSON lines: one object of the JSON report a line, diagnostics (they have a `kind`) first."""

from __future__ import annotations

import json
from collections.abc import Iterator

from bpcheck.report.json_format import diagnostic_object, finding_objects
from bpcheck.report.style import Style
from bpcheck.result import Result


def render(result: Result, style: Style, quiet: bool = False) -> Iterator[str]:
    for diagnostic in result.diagnostics:
        yield json.dumps(diagnostic_object(diagnostic))
    for finding in finding_objects(result):
        yield json.dumps(finding)
