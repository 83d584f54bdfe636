"""`bpcheck explain`: a rule's documentation, as its author wrote it."""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.documentation import documentation_of
from bpcheck.errors import UsageError, did_you_mean
from bpcheck.evidence import evidence_on
from bpcheck.registry import load_rules
from bpcheck.rule import Rule
from bpcheck.selection import UNKNOWN_CODE, UNUSED_SUPPRESSION

_OWN_TEXTS = {
    UNUSED_SUPPRESSION: (
        "A suppression comment that silences nothing.\n\n"
        "Such comments outlive what they were written for, and one day hide something else. Reported for the rules\n"
        "that were run only: a comment for a rule that is not selected may well be needed. Fixed by --fix."
    ),
    UNKNOWN_CODE: (
        "A suppression comment that names a rule which does not exist.\n\n"
        "The comment has no effect; most often the code is misspelt."
    ),
}


def explanation(word: str) -> Iterator[str]:
    """The lines that explain the rule called ``word`` (code or name)."""
    for (code, name), text in _OWN_TEXTS.items():
        if word.lower() in (code.lower(), name):
            return iter([f"{code} {name} (warning)", "", *text.splitlines()])
    return _lines(_rule_called(word))


def _rule_called(word: str) -> Rule:
    rules = load_rules()
    wanted = word.lower().replace("_", "-")
    for rule in rules:
        if wanted in (rule.code.lower(), rule.name):
            return rule
    known = [text for rule in rules for text in (rule.code, rule.name)]
    known += [text for pair in _OWN_TEXTS for text in pair]
    raise UsageError(f"`{word}` is no rule.{did_you_mean(word, known)}")


def _lines(rule: Rule) -> Iterator[str]:
    documentation = documentation_of(rule)
    marks = [str(rule.severity), f"{rule.fix} fix" if str(rule.fix) != "manual" else "no automatic fix"]
    if rule.practice:
        marks.append(f"practice {', '.join(rule.practice)}")
    if not rule.default:
        marks.append("off by default")
    yield f"{rule.code} {rule.name} ({', '.join(marks)})"
    yield ""
    yield documentation.summary
    for heading, text in documentation.sections:
        yield ""
        yield f"## {heading}"
        yield from _measured(rule) if heading == "Evidence" else ()
        yield from text.splitlines()


def _measured(rule: Rule) -> Iterator[str]:
    lines = [f"- {evidence}" for evidence in evidence_on(rule.code)]
    return iter([*lines, ""] if lines else [])
