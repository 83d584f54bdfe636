"""What every rule promises, whatever it looks for. This file names no rule."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest
from bpcheck.documentation import SECTIONS, code_blocks, documentation_of
from bpcheck.findings import Safety, Severity
from bpcheck.practices import PRACTICES
from bpcheck.registry import BUILT_IN, collect
from bpcheck.rule import Rule

RULES = collect([BUILT_IN])
FAMILIES = {"data": "1", "learning_rate": "2", "training": "3", "activations": "4", "architectures": "5"}

every_rule = pytest.mark.parametrize("rule", RULES, ids=[f"{rule.code}-{rule.name}" for rule in RULES])


def file_of(rule: Rule) -> Path:
    file = sys.modules[rule.module].__file__
    assert file
    return Path(file)


def test_codes_and_names_are_unique() -> None:
    assert len({rule.code for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)


def test_each_module_holds_one_rule() -> None:
    assert len({rule.module for rule in RULES}) == len(RULES)


@every_rule
def test_file_rule_and_function_have_one_name(rule: Rule) -> None:
    assert file_of(rule).stem == rule.check.__name__ == rule.name.replace("-", "_")


@every_rule
def test_the_code_belongs_to_the_family_of_its_folder(rule: Rule) -> None:
    family = rule.module.split(".")[1]
    assert re.fullmatch(rf"BP{FAMILIES[family]}\d\d", rule.code)


@every_rule
def test_severity_and_fix_are_of_their_kinds(rule: Rule) -> None:
    assert isinstance(rule.severity, Severity)
    assert isinstance(rule.fix, Safety)


@every_rule
def test_practices_are_those_of_the_catalogue(rule: Rule) -> None:
    assert set(rule.practice) <= PRACTICES.keys()
    assert len(set(rule.practice)) == len(rule.practice)


def test_every_practice_has_a_rule() -> None:
    assert PRACTICES.keys() <= {practice for rule in RULES for practice in rule.practice}


@every_rule
def test_the_first_line_is_one_short_sentence(rule: Rule) -> None:
    summary = documentation_of(rule).summary
    assert 0 < len(summary) <= 110
    assert summary.endswith(".")
    assert summary[0].isupper() or summary[0] in "`\"'"


@every_rule
def test_all_sections_are_there_in_order(rule: Rule) -> None:
    sections = documentation_of(rule).sections
    assert [heading for heading, _ in sections] == list(SECTIONS)
    assert [heading for heading, text in sections if not text.strip()] == []


@every_rule
@pytest.mark.parametrize("heading", ["Example", "Use instead"])
def test_the_examples_are_python(rule: Rule, heading: str) -> None:
    blocks = code_blocks(documentation_of(rule).section(heading))
    assert blocks
    for block in blocks:
        ast.parse(block)


@every_rule
def test_what_is_said_of_the_fix_agrees_with_its_kind(rule: Rule) -> None:
    text = documentation_of(rule).section("Fix safety").lower()
    assert text.startswith(str(rule.fix))


@every_rule
def test_a_rule_is_short(rule: Rule) -> None:
    # The documentation is as long as it has to be; the logic is what must stay small.
    module = ast.parse(file_of(rule).read_text(encoding="utf-8"))
    docstring = module.body[0]
    logic = len(file_of(rule).read_text(encoding="utf-8").splitlines()) - (docstring.end_lineno or 0)
    assert logic <= 120
