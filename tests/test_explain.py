"""`explain`, `rules` and the documentation they print."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from bpcheck.documentation import SECTIONS, code_blocks, parse_documentation

DOCSTRING = """Softmax is applied twice.

What it does
    Finds two of them.

## Why is this bad?
Gradients shrink.

Not a heading: Example
    is text.

Example
-------
    x = softmax(softmax(y))

    z = 1

Use instead
```python
x = softmax(y)
```

Source
    - Lesson 3,
      minute 12
    - arXiv 1234.5678

Evidence
    Without noise there is nothing to see.
"""

MEASURED = {"verdict": "helps", "line": "helps: accuracy 0.9 instead of 0.3", "file": "reference_impl/evidence/a-cpu.json"}


@pytest.fixture
def documented(word_rules: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[word_rules[0].module], "__doc__", DOCSTRING)
    monkeypatch.setattr("bpcheck.evidence._index", lambda: {"BP403": [MEASURED]})


def test_sections_are_split_however_headings_are_marked() -> None:
    documentation = parse_documentation(DOCSTRING)
    assert documentation.summary == "Softmax is applied twice."
    assert [heading for heading, _ in documentation.sections] == [
        "What it does", "Why is this bad?", "Example", "Use instead", "Source", "Evidence"
    ]  # fmt: skip
    assert documentation.section("What it does") == "Finds two of them."
    assert documentation.section("Why is this bad?") == "Gradients shrink.\n\nNot a heading: Example\n    is text."
    assert documentation.section("Fix safety") == ""
    assert set(dict(documentation.sections)) < set(SECTIONS)


@pytest.mark.parametrize("text", ["", "One line."])
def test_docstrings_without_sections(text: str) -> None:
    assert parse_documentation(text).sections == ()
    assert parse_documentation(text).summary == text


def test_code_blocks_fenced_and_indented() -> None:
    assert code_blocks("```python\nx = 1\n```\nand\n```\ny = 2\n```") == ["x = 1\n", "y = 2\n"]
    assert code_blocks("Words:\n\n    x = 1\n\n    if y:\n        z\n\nWords\n\n    w\n") == [
        "x = 1\n\nif y:\n    z\n",
        "w\n",
    ]
    assert code_blocks("no code") == []


@pytest.mark.parametrize("word", ["BP403", "bp403", "double-softmax", "double_softmax", "Double-Softmax"])
def test_explain(bpcheck: Any, documented: None, word: str) -> None:
    result = bpcheck("explain", word)
    assert result.code == 0
    assert result.out.startswith(
        "BP403 double-softmax (error, unsafe fix, practice T1)\n\nSoftmax is applied twice.\n\n## What it does\n"
    )


def test_explain_begins_its_evidence_with_what_was_measured(bpcheck: Any, documented: None) -> None:
    section = bpcheck("explain", "BP403").out.partition("## Evidence\n")[2]
    line = "- helps: accuracy 0.9 instead of 0.3 (reference_impl/evidence/a-cpu.json)"
    assert section.splitlines() == [line, "", "Without noise there is nothing to see."]


def test_explain_says_what_is_off_by_default(bpcheck: Any) -> None:
    first = bpcheck("explain", "contested").out.splitlines()[0]
    assert first == "BP510 contested (warning, no automatic fix, practice R9, off by default)"


@pytest.mark.parametrize("word", ["BP001", "unused-suppression", "BP002", "unknown-code-in-suppression"])
def test_explain_the_tool_s_own(bpcheck: Any, word: str) -> None:
    result = bpcheck("explain", word)
    assert result.code == 0
    assert word in result.out.splitlines()[0]


@pytest.mark.parametrize(("word", "hint"), [("duble-softmax", "`double-softmax`"), ("BP430", "`BP40")])
def test_explain_what_is_unknown(bpcheck: Any, word: str, hint: str) -> None:
    result = bpcheck("explain", word)
    assert result.code == 2
    assert result.out == ""
    assert f"`{word}` is no rule. Did you mean {hint}" in result.err


def test_rules_as_json(bpcheck: Any, documented: None) -> None:
    document = json.loads(bpcheck("rules", "--output-format", "json").out)
    assert document["version"] == 1
    assert [rule["code"] for rule in document["rules"]] == ["BP305", "BP403", "BP404", "BP510"]
    assert document["rules"][1] == {
        "code": "BP403",
        "name": "double-softmax",
        "severity": "error",
        "default": True,
        "practice": ["T1"],
        "fix": "unsafe",
        "summary": "Softmax is applied twice.",
        "source": ["Lesson 3, minute 12", "arXiv 1234.5678"],
        "evidence": "reference_impl/evidence/a-cpu.json",
    }


def test_rules_as_text_and_markdown(bpcheck: Any, documented: None) -> None:
    text = bpcheck("rules").out.splitlines()
    assert text[1] == "BP403  double-softmax  error    unsafe  Softmax is applied twice."
    assert text[3].endswith("(off by default)")
    assert text[-1] == "4 rules, 3 of them on by default. `bpcheck explain CODE` tells more."
    markdown = bpcheck("rules", "--output-format", "markdown").out.splitlines()
    assert markdown[3] == (
        "| BP403 | double-softmax | error | on | unsafe | T1 | Softmax is applied twice. | helps: accuracy 0.9 instead of 0.3 "
        "([figures](../reference_impl/evidence/a-cpu.json)) |"
    )
    assert "| T1 | Freeze batch normalisation when a deep pretrained network is fine-tuned | BP403 |" in markdown
