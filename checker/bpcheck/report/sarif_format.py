"""SARIF 2.1.0, for code scanning: rules with their help, proofs as related locations, fixes as replacements."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from bpcheck import __version__
from bpcheck.documentation import documentation_of
from bpcheck.evidence import evidence_on
from bpcheck.findings import Diagnostic, Finding, Place, Severity
from bpcheck.registry import load_rules
from bpcheck.report.fingerprint import fingerprints
from bpcheck.report.style import Style
from bpcheck.result import Result
from bpcheck.rule import Rule
from bpcheck.selection import OWN

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render(result: Result, style: Style, quiet: bool = False) -> Iterator[str]:
    yield json.dumps(document(result, load_rules()), indent=2)


def document(result: Result, rules: Sequence[Rule]) -> dict[str, Any]:
    """The SARIF log of one run, as plain data."""
    descriptors = [_descriptor(rule) for rule in rules] + [_own_descriptor(code, name) for code, name in OWN]
    index = {descriptor["id"]: number for number, descriptor in enumerate(descriptors)}
    names = fingerprints(result.findings, result.line_at)
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "bpcheck", "version": __version__, "rules": descriptors}},
                "columnKind": "unicodeCodePoints",
                "invocations": [_invocation(result)],
                "results": [
                    _result(finding, name, index) for finding, name in zip(result.findings, names, strict=True)
                ],
            }
        ],
    }


def _descriptor(rule: Rule) -> dict[str, Any]:
    documentation = documentation_of(rule)
    measured = "".join(f"- {evidence}\n" for evidence in evidence_on(rule.code))
    measured += "\n" if measured else ""
    sections = [(heading, measured * (heading == "Evidence"), text) for heading, text in documentation.sections]
    markdown = "\n\n".join(f"## {heading}\n\n{lines}{text}" for heading, lines, text in sections)
    plain = "\n\n".join(f"{heading}\n{lines}{text}" for heading, lines, text in sections)
    summary = documentation.summary or rule.name
    return {
        "id": rule.code,
        "name": _pascal_case(rule.name),
        "shortDescription": {"text": summary},
        "fullDescription": {"text": documentation.section("What it does") or summary},
        "help": {"text": plain or summary, "markdown": markdown or summary},
        "defaultConfiguration": {"level": _LEVELS[rule.severity], "enabled": rule.default},
        "properties": {"tags": ["deep-learning", *rule.practice]},
    }


def _own_descriptor(code: str, name: str) -> dict[str, Any]:
    return {
        "id": code,
        "name": _pascal_case(name),
        "shortDescription": {"text": name.replace("-", " ").capitalize()},
        "defaultConfiguration": {"level": "warning"},
    }


def _pascal_case(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("-"))


def _result(finding: Finding, fingerprint: str, index: dict[str, int]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ruleId": finding.code,
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [_location(finding.place)],
        "partialFingerprints": {"bpcheck/v1": fingerprint},
    }
    if finding.code in index:
        found["ruleIndex"] = index[finding.code]
    if finding.trace:
        found["relatedLocations"] = [
            {"id": number, **_location(step.place), "message": {"text": step.message}}
            for number, step in enumerate(finding.trace, 1)
        ]
    if finding.fix and all(edit.place.cell is None for edit in finding.fix.edits):  # a region cannot lie in a cell
        found["fixes"] = [_fix(finding)]
    return found


def _location(place: Place) -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": _artifact(place.path), "region": _region(place)}
    }
    if place.cell is not None:
        # A region means lines of the file, which in a notebook are lines of JSON: name the cell instead.
        location["logicalLocations"] = [{"name": f"cell {place.cell}", "kind": "module"}]
    return location


def _artifact(path: str) -> dict[str, Any]:
    uri = quote(path.encode("utf-8", "surrogateescape"))
    if path.startswith("/"):
        return {"uri": f"file://{uri}"}
    return {"uri": uri, "uriBaseId": "%SRCROOT%"}


def _region(place: Place) -> dict[str, int]:
    return {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }


def _fix(finding: Finding) -> dict[str, Any]:
    assert finding.fix
    by_path: dict[str, list[dict[str, Any]]] = {}
    for edit in finding.fix.edits:
        replacement = {"deletedRegion": _region(edit.place), "insertedContent": {"text": edit.content}}
        by_path.setdefault(edit.place.path, []).append(replacement)
    changes = [{"artifactLocation": _artifact(path), "replacements": rows} for path, rows in by_path.items()]
    return {"description": {"text": finding.fix.message}, "artifactChanges": changes}


def _invocation(result: Result) -> dict[str, Any]:
    done: dict[str, Any] = {"executionSuccessful": not any(diagnostic.fatal for diagnostic in result.diagnostics)}
    if result.diagnostics:
        done["toolExecutionNotifications"] = [_notification(diagnostic) for diagnostic in result.diagnostics]
    return done


def _notification(diagnostic: Diagnostic) -> dict[str, Any]:
    place = Place(diagnostic.path, diagnostic.line, diagnostic.column, diagnostic.line, diagnostic.column,
                  diagnostic.cell)  # fmt: skip
    return {
        "level": "error" if diagnostic.fatal else "warning",
        "descriptor": {"id": diagnostic.kind},
        "message": {"text": diagnostic.message},
        "locations": [_location(place)],
    }
