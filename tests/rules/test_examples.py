"""The examples of the documentation: the first shows what a rule reports, the second what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest
from bpcheck.analysis import analyse
from bpcheck.documentation import code_blocks, documentation_of
from bpcheck.project import Project
from bpcheck.registry import BUILT_IN, collect
from bpcheck.rule import Rule

RULES = collect([BUILT_IN])


@pytest.mark.parametrize("rule", RULES, ids=[rule.code for rule in RULES])
def test_example_and_remedy(rule: Rule, tmp_path: Path) -> None:
    documentation = documentation_of(rule)
    for heading, reported in (("Example", True), ("Use instead", False)):
        for number, block in enumerate(code_blocks(documentation.section(heading))):
            file = tmp_path / f"{heading.split()[0].lower()}_{number}.py"
            file.write_text(block, encoding="utf-8")
            found = {finding.code for finding in analyse(Project(tmp_path, tmp_path), [file], [rule]).findings}
            assert (rule.code in found) is reported, f"{heading} {number}"
