"""A configuration that a script is told of on its command line is checked with that script."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from bpcheck.analysis import analyse
from bpcheck.binding import is_settings, scripts_for
from bpcheck.findings import Finding
from bpcheck.project import Project
from bpcheck.registry import load_rules

TRAIN = """\
import torch
from torch import nn
from data import train_loader, valid_loader

decay = True
epochs = 20
exec(open("configurator.py").read())

model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(epochs):
    model.train()
    for group in optimizer.param_groups:
        group["lr"] = get_lr(epoch) if decay else 0.1
    for x, y in train_loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        for x, y in valid_loader:
            print(nn.functional.cross_entropy(model(x), y))
"""


def check(folder: Path, *files: str) -> list[Finding]:
    paths = [Path(name) for name in files]
    return analyse(Project.around(paths, folder), paths, load_rules()).findings


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "train.py").write_text(TRAIN)
    (tmp_path / "sample.py").write_text("seed = 1\nexec(open('configurator.py').read())\nprint(seed)\n")
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "constant.py").write_text("import time\n\nlearning_rate_name = 'x'\ndecay = False\n")
    (tmp_path / "config" / "short.py").write_text("epochs = 10\ndecay = False\n")
    (tmp_path / "config" / "longer.py").write_text("epochs = 40\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_script_that_executes_it_is_the_one_that_has_its_names(project: Path) -> None:
    (found,) = check(project, "config/short.py")
    assert (found.code, found.place.path) == ("BP204", "train.py")
    steps = [(s.place.path, s.place.line, s.message) for s in found.trace]
    assert ("config/short.py", 2, "`decay` is set here") in steps


def test_what_the_configuration_leaves_as_it_is_is_not_reported(project: Path) -> None:
    assert check(project, "config/longer.py") == []


def test_a_name_that_the_script_does_not_have_is_of_another_script(project: Path) -> None:
    assert check(project, "config/constant.py") == []


def test_scripts_above_the_configuration_are_tried_the_nearest_first(project: Path) -> None:
    around = Project.around([Path("config/short.py")], project)
    assert [p.name for p in scripts_for(around, Path("config/short.py"), [])] == ["sample.py", "train.py"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1\nb = dict(x=2)\n", True),
        ('"""What it is for."""\nimport time\na = time.time()\n', True),
        ("with read_base():\n    from .base import *\na = 1\n", True),
        ("def f(): ...\na = 1\n", False),
        ("for i in range(3):\n    a = i\n", False),
        ("import torch\n", False),
        ("", False),
    ],
)
def test_a_file_of_settings_gives_names_to_values_and_does_nothing_else(text: str, expected: bool) -> None:
    assert is_settings(ast.parse(text)) is expected
