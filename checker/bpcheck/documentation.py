"""A rule's documentation, from the docstring of its module: a one-sentence summary, and sections under headings."""

from __future__ import annotations

import sys
from inspect import cleandoc

from bpcheck.records import record
from bpcheck.rule import Rule

# The sections that every rule has, in this order.
SECTIONS = (
    "What it does",
    "Why is this bad?",
    "Example",
    "Use instead",
    "When not to follow it",
    "Fix safety",
    "Source",
    "Evidence",
)


@record(frozen=True, slots=True)
class Documentation:
    """``summary`` is the first line; ``sections`` pairs headings with their text, in the order of the docstring."""

    summary: str
    sections: tuple[tuple[str, str], ...]

    def section(self, heading: str) -> str:
        """The text under ``heading``; empty where there is no such section."""
        return dict(self.sections).get(heading, "")


def documentation_of(rule: Rule) -> Documentation:
    """The documentation of ``rule``, from its module."""
    return parse_documentation(sys.modules[rule.module].__doc__ or "")


def parse_documentation(docstring: str) -> Documentation:
    """Split a docstring at its headings: Markdown (`## Heading`), underlined, or bare words on their own line."""
    lines = cleandoc(docstring).splitlines()
    summary = lines[0].strip() if lines else ""
    sections: list[tuple[str, list[str]]] = []
    for line in lines[1:]:
        heading = _heading(line)
        if heading:
            sections.append((heading, []))
        elif sections and not _is_underline(line, sections[-1][1]):
            sections[-1][1].append(line)
    return Documentation(summary, tuple((heading, cleandoc("\n".join(["", *body]))) for heading, body in sections))


def code_blocks(text: str) -> list[str]:
    """The code in the text of a section: fenced blocks, or else what is indented by four blanks."""
    if "```" in text:
        return [block.partition("\n")[2] for block in text.split("```")[1::2]]
    blocks: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.startswith("    ") or (not line.strip() and blocks[-1]):
            blocks[-1].append(line[4:])
        elif blocks[-1]:
            blocks.append([])
    return ["\n".join(block).strip("\n") + "\n" for block in blocks if any(line.strip() for line in block)]


def _heading(line: str) -> str | None:
    words = line.lstrip("#").strip()
    if line[:1].isspace() or words.rstrip(":") not in SECTIONS:
        return None
    return words.rstrip(":")


def _is_underline(line: str, body: list[str]) -> bool:
    return not body and len(line.strip()) > 2 and not line.strip().strip("-=~")
