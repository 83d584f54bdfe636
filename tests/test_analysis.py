"""Which programs are looked at for the files that are given, and what becomes of errors on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bpcheck.analysis import Analysis, analyse
from bpcheck.facts.program import Program
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.project import Project
from bpcheck.registry import load_rules
from bpcheck.rule import Rule
from bpcheck.show import show

MODEL = """
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        return self.fc(x).softmax(dim=1)
"""
TRAIN = """
import torch
from torch import nn
from model import Net

net = Net()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.AdamW(net.parameters(), lr=0.1)


def step(x, y):
    optimizer.zero_grad()
    criterion(net(x), y).backward()
    optimizer.step()


for x, y in zip(torch.rand(4, 2, 8), torch.randint(0, 3, (4, 2))):
    step(x, y)
"""
LIBRARY = """
def fit(net, loader, criterion, optimizer):
    for x, y in loader:
        loss = criterion(net(x), y)
        loss.backward()
        optimizer.step()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "train.py").write_text(TRAIN)
    (tmp_path / "library.py").write_text(LIBRARY)
    return tmp_path


def check(folder: Path, *names: str, rules: tuple[Rule, ...] | None = None) -> Analysis:
    paths = [folder / name for name in names]
    return analyse(Project.around(paths, folder), paths, load_rules() if rules is None else rules)


def found(analysis: Analysis) -> list[tuple[str, str, int]]:
    return [(f.code, Path(f.place.path).name, f.place.line) for f in analysis.findings]


def test_a_module_is_judged_by_the_scripts_that_use_it(folder: Path) -> None:
    analysis = check(folder, "model.py")
    assert found(analysis) == [("BP403", "train.py", 13)]
    assert {Path(step.place.path).name for step in analysis.findings[0].trace} == {"model.py", "train.py"}


def test_what_touches_no_given_file_is_not_reported(folder: Path) -> None:
    assert found(check(folder, "library.py")) == [("BP305", "library.py", 6)]


def test_a_function_that_nothing_calls_is_judged_by_itself(folder: Path) -> None:
    assert ("BP305", "library.py", 6) in found(check(folder, "library.py", "train.py", "model.py"))


def test_the_order_of_the_files_makes_no_difference(folder: Path) -> None:
    one = check(folder, "model.py", "train.py", "library.py")
    other = check(folder, "library.py", "train.py", "model.py")
    assert one.findings == other.findings


def test_a_rule_that_fails_is_reported_and_the_others_go_on(folder: Path) -> None:
    def broken(program: Program) -> Iterator[Violation]:
        raise ZeroDivisionError("division by zero")
        yield

    rule = Rule("BP999", "broken", Severity.ERROR, (), Safety.MANUAL, True, __name__, broken)
    analysis = check(folder, "train.py", rules=(rule, *load_rules()))
    assert "BP403" in [f.code for f in analysis.findings]
    errors = [d for d in analysis.diagnostics if d.kind == "internal-error"]
    assert errors
    assert all("BP999" in d.message and "ZeroDivisionError" in d.message and d.fatal for d in errors)


def test_a_finding_is_reported_once_however_many_programs_show_it(folder: Path) -> None:
    (folder / "again.py").write_text(TRAIN.replace("lr=0.1", "lr=0.2"))
    (folder / "shared.py").write_text(LIBRARY)
    for name in ("a.py", "b.py"):
        (folder / name).write_text(
            "from shared import fit\nfrom train import net, criterion, optimizer\nfit(net, [], criterion, optimizer)\n"
        )
    places = found(check(folder, "a.py", "b.py", "shared.py", "train.py", "again.py", "model.py"))
    assert len(places) == len(set(places))


def test_show_says_what_was_understood(folder: Path) -> None:
    text = show(Project.around([folder], folder), folder / "train.py")
    assert "Net at " in text
    assert "training, mode train, gradients on" in text
    assert "cross_entropy" in text
    assert "output is softmax" in text


@pytest.mark.parametrize(
    ("output", "codes"),
    [
        pytest.param("net(x)", ["BP406"], id="scores"),
        pytest.param("net(x).clamp(0, 1)", [], id="scores clamped to probabilities"),
        pytest.param("torch.tanh(net(x)).mul(0.5).add(0.5)", [], id="tanh scaled to probabilities"),
    ],
)
def test_what_is_as_good_as_probabilities_is_not_unbounded(tmp_path: Path, output: str, codes: list[str]) -> None:
    source = f"import torch\nfrom torch import nn\nnet, x = nn.Linear(4, 1), torch.rand(2, 4)\nnn.BCELoss()({output}, x[:, :1])\n"
    (tmp_path / "train.py").write_text(source)
    assert [code for code, _, _ in found(check(tmp_path, "train.py"))] == codes
