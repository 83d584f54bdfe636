"""`bpcheck new-rule`: the skeleton of a rule, with every section its documentation needs, and a pair of fixtures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bpcheck.documentation import SECTIONS
from bpcheck.errors import UsageError, did_you_mean
from bpcheck.registry import load_rules

# The first digit of a code says the family; the folder of the same name holds its rules.
FAMILIES = {"data": 1, "learning_rate": 2, "training": 3, "activations": 4, "architectures": 5}
# Codes below are promised to the catalogue's own rows.
_FIRST_FREE = 20

_PROMPTS = {
    "What it does": "Flags the call, line or absence that proves the mistake, and says which proof it takes.",
    "Why is this bad?": "What the run loses, in figures where there are any, and why nothing crashes.",
    "Example": "```python\nloss.backward()\n```",
    "Use instead": "```python\nloss.backward()\n```",
    "When not to follow it": "The programs that do this on purpose; the rule is silent where it can see that they do.",
    "Fix safety": "Manual: the finding shows what to write.",
    "Source": "- The paper or lesson that the practice comes from",
    "Evidence": "Not measured yet.",
}

_RULE = '''"""{summary}.

{documentation}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bpcheck.findings import Severity, Violation
from bpcheck.rule import rule

if TYPE_CHECKING:
    from bpcheck.facts.program import Program


@rule(code="{code}", severity=Severity.WARNING)
def {function}(program: Program) -> Iterator[Violation]:
    """Yield one violation for each departure that ``program`` proves."""
    yield from ()
'''

_FIXTURE = """import torch
from torch import nn

model = nn.Linear(8, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
inputs, targets = torch.randn(256, 8), torch.randint(0, 2, (256,))

for epoch in range(3):
    for x, y in zip(inputs.split(32), targets.split(32)):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y){mark}
        loss.backward()
        optimizer.step()
"""


def scaffold(family: str, name: str, root: str) -> Iterator[str]:
    """Write the files of a new rule below ``root`` and say which; raises where one of them stands already."""
    family = family.lower().replace("-", "_")
    if family not in FAMILIES:
        raise UsageError(f"`{family}` is no family of rules ({', '.join(FAMILIES)}).{did_you_mean(family, FAMILIES)}")
    name = name.lower().replace("_", "-")
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise UsageError(f"`{name}` is no name for a rule: write words with dashes, as in `double-softmax`")
    if not Path(root, "rules", "bpcheck_rules").is_dir():
        raise UsageError(f"{root}: no checkout of bpcheck (it has no rules/bpcheck_rules)")
    _refuse_taken(name)
    return iter(_write(_files(family, name, next_code(family, root), Path(root))))


def next_code(family: str, root: str) -> str:
    """The next free code of ``family``: above all that a rule or a fixture below ``root`` has taken."""
    digit = FAMILIES[family]
    taken = {rule.code for rule in load_rules()}
    taken.update(folder.name.partition("-")[0] for folder in Path(root, "fixtures", "rules").glob(f"BP{digit}*"))
    numbers = [int(code[3:]) for code in taken if re.fullmatch(rf"BP{digit}\d\d", code)]
    free = max([_FIRST_FREE - 1, *numbers]) + 1
    if free > 99:
        raise UsageError(f"the family `{family}` has no free code left")
    return f"BP{digit}{free:02d}"


def _refuse_taken(name: str) -> None:
    for rule in load_rules():
        if rule.name == name:
            raise UsageError(f"`{name}` is the name of {rule.code} already")


def _files(family: str, name: str, code: str, root: Path) -> dict[Path, str]:
    function = name.replace("-", "_")
    fixtures = root / "fixtures" / "rules" / f"{code}-{name}"
    sections = "\n\n".join(f"## {heading}\n{_PROMPTS[heading]}" for heading in SECTIONS)
    summary = name.replace("-", " ").capitalize()
    text = _RULE.format(summary=summary, documentation=sections, code=code, function=function)
    return {
        root / "rules" / "bpcheck_rules" / family / f"{function}.py": text,
        fixtures / "bad_minimal.py": _FIXTURE.format(mark=f"  # expect: {code}"),
        fixtures / "good_minimal.py": _FIXTURE.format(mark=""),
    }


def _write(files: dict[Path, str]) -> list[str]:
    for path in files:
        if path.exists():
            raise UsageError(f"{path}: exists already")
    written = []
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            written.append(f"wrote {path.as_posix()}")
    except OSError as error:
        raise UsageError(f"{error.filename}: cannot be written: {error.strerror}") from error
    return written
