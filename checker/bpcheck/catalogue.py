"""`bpcheck rules`: all rules in one list, for people, for programs, and for a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bpcheck.documentation import documentation_of
from bpcheck.evidence import evidence_on
from bpcheck.practices import PRACTICES
from bpcheck.registry import load_rules
from bpcheck.rule import Rule


def catalogue(output_format: str) -> Iterator[str]:
    """The lines of the list in ``output_format``: `text`, `json` or `markdown`."""
    formats: dict[str, Callable[[Sequence[Rule]], Iterator[str]]] = {
        "text": _text,
        "json": _json,
        "markdown": _markdown,
    }
    return formats[output_format](load_rules())


def rule_object(rule: Rule) -> dict[str, Any]:
    """A rule as plain data. ``evidence`` is the file of the measurement of its advice, if there is one."""
    documentation = documentation_of(rule)
    measured = evidence_on(rule.code)
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": str(rule.severity),
        "default": rule.default,
        "practice": list(rule.practice),
        "fix": str(rule.fix),
        "summary": documentation.summary,
        "source": _items(documentation.section("Source")),
        "evidence": measured[0].file if measured else None,
    }


def _items(text: str) -> list[str]:
    """The entries of a section: its list items, or its paragraphs where it is no list."""
    entries = (
        re.split(r"^\s*[-*]\s+", text, flags=re.MULTILINE)
        if re.search(r"^\s*[-*]\s", text, re.MULTILINE)
        else (re.split(r"\n\s*\n", text))
    )
    return [" ".join(entry.split()) for entry in entries if entry.strip()]


def _text(rules: Sequence[Rule]) -> Iterator[str]:
    width = max((len(rule.name) for rule in rules), default=0)
    for rule in rules:
        off = "" if rule.default else " (off by default)"
        summary = documentation_of(rule).summary
        yield f"{rule.code}  {rule.name:<{width}}  {rule.severity!s:<7}  {rule.fix!s:<6}  {summary}{off}".rstrip()
    on = sum(rule.default for rule in rules)
    yield f"{len(rules)} rules, {on} of them on by default. `bpcheck explain CODE` tells more."


def _json(rules: Sequence[Rule]) -> Iterator[str]:
    import json

    yield json.dumps({"version": 1, "rules": [rule_object(rule) for rule in rules]}, indent=2)


def _markdown(rules: Sequence[Rule]) -> Iterator[str]:
    yield "| code | name | severity | default | fix | practice | summary | evidence |"
    yield "|---|---|---|---|---|---|---|---|"
    for rule in rules:
        default = "on" if rule.default else "off"
        row = rule_object(rule)
        summary, practice = row["summary"].replace("|", "\\|"), ", ".join(rule.practice)
        evidence = "<br>".join(f"{found.line} ([figures](../{found.file}))" for found in evidence_on(rule.code)) or "none"
        cells = (rule.code, rule.name, rule.severity, default, rule.fix, practice, summary, evidence)
        yield f"| {' | '.join(map(str, cells))} |"
    yield ""
    yield "| practice | what the course said | rules |"
    yield "|---|---|---|"
    for practice, said in PRACTICES.items():
        yield f"| {practice} | {said} | {', '.join(rule.code for rule in rules if practice in rule.practice)} |"
