"""JSON, format version 1: for programs that read what bpcheck says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from bpcheck import __version__
from bpcheck.findings import Diagnostic, Finding, Fix, Place, Safety, Severity, TraceStep
from bpcheck.report.fingerprint import fingerprints
from bpcheck.report.style import Style
from bpcheck.result import Result


def render(result: Result, style: Style, quiet: bool = False) -> Iterator[str]:
    yield json.dumps(document(result), indent=2, ensure_ascii=not _encodable(result))


def document(result: Result) -> dict[str, Any]:
    """The whole report as plain data."""
    return {
        "version": 1,
        "tool": {"name": "bpcheck", "version": __version__},
        "findings": finding_objects(result),
        "diagnostics": [diagnostic_object(diagnostic) for diagnostic in result.diagnostics],
        "summary": summary_object(result),
    }


def finding_objects(result: Result) -> list[dict[str, Any]]:
    names = fingerprints(result.findings, result.line_at)
    return [_finding(finding, name) for finding, name in zip(result.findings, names, strict=True)]


def diagnostic_object(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "kind": diagnostic.kind,
        "path": diagnostic.path,
        "cell": diagnostic.cell,
        "line": diagnostic.line,
        "column": diagnostic.column,
        "message": diagnostic.message,
    }


def summary_object(result: Result) -> dict[str, Any]:
    counts = result.counts()
    return {
        "files": result.files,
        "programs": result.programs,
        "findings": {str(level): counts[level] for level in sorted(Severity, reverse=True)},
        "hidden": sum(result.hidden.values()),
        "fixable": result.fixable(Safety.SAFE, Safety.UNSAFE),
    }


def _finding(finding: Finding, fingerprint: str) -> dict[str, Any]:
    fix = finding.fix if finding.fix and finding.fix.safety is not Safety.MANUAL else None
    shown_only = finding.fix.message if finding.fix and not fix else None
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": str(finding.severity),
        "practice": ", ".join(finding.practice),
        "message": finding.message,
        **_span(finding.place),
        "trace": [_step(step) for step in finding.trace],
        "fix": _fix(fix) if fix else None,
        "manual": finding.manual or shown_only,
        "fingerprint": fingerprint,
    }


def _span(place: Place) -> dict[str, Any]:
    return {
        "path": place.path,
        "cell": place.cell,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
    }


def _step(step: TraceStep) -> dict[str, Any]:
    place = step.place
    return {"path": place.path, "cell": place.cell, "line": place.line, "column": place.column,
            "message": step.message}  # fmt: skip


def _fix(fix: Fix) -> dict[str, Any]:
    edits = [{**_span(edit.place), "content": edit.content} for edit in fix.edits]
    return {"applicability": str(fix.safety), "message": fix.message, "edits": edits}


def _encodable(result: Result) -> bool:
    """Whether all paths can stand in UTF-8; one that is no valid text keeps its bytes as escapes instead."""
    try:
        "".join(finding.place.path for finding in result.findings).encode()
        "".join(diagnostic.path for diagnostic in result.diagnostics).encode()
    except UnicodeEncodeError:
        return False
    return True
