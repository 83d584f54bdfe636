"""What `pip install` gives: exactly three packages, a command that works alone, and a door for other people's rules."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest
from bpcheck import __version__

ROOT = Path(__file__).parents[1]
PACKAGES = {"bpcheck": "checker", "bpcheck_rules": "rules", "bpcheck_reference": "reference_impl"}
pytestmark = pytest.mark.slow

TRAIN = """import torch
from torch import nn

model = nn.Linear(8, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(64, 8), torch.randint(0, 2, (64,))
for _ in range(3):
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
"""

PLUGIN_PROJECT = """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "house-rules"
version = "1.0"

[project.entry-points."bpcheck.rules"]
house = "house_rules"

[tool.hatch.build.targets.wheel]
packages = ["house_rules"]
"""

PLUGIN_RULE = '''"""An optimizer is called SGD, which this house does not like."""

from bpcheck.facts.program import place
from bpcheck.findings import Severity, Violation
from bpcheck.rule import rule


@rule(code="HR101", severity=Severity.ERROR)
def plain_sgd(program):
    for optimizer in program.optimizers:
        if optimizer.name == "SGD":
            yield Violation(place(optimizer.made.site), "this house trains with momentum")
'''


def run(*command: str | Path, cwd: Path, code: int = 0) -> str:
    """Run ``command`` as if in a fresh shell; its output, after its exit code was looked at."""
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}
    done = subprocess.run(list(map(str, command)), cwd=cwd, env=env, capture_output=True, text=True)
    assert done.returncode == code, f"{command}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source distribution, and with the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of an environment that holds the wheel and what it asks for."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", folder, cwd=folder)
    commands = folder / ("Scripts" if os.name == "nt" else "bin")
    run(commands / "python", "-m", "pip", "install", "--quiet", wheel, cwd=folder)
    return commands


def test_the_wheel_holds_the_three_packages_and_nothing_else(wheel: Path) -> None:
    metadata = f"bpcheck-{__version__}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {name.partition("/")[0] for name in names} == {*PACKAGES, metadata}
    wanted = {
        path.relative_to(ROOT / base).as_posix()
        for package, base in PACKAGES.items()
        for path in (ROOT / base / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in names if not name.startswith(metadata)} == wanted
    assert {"bpcheck/py.typed", "bpcheck_reference/py.typed"} <= names
    assert f"{metadata}/licenses/LICENSE" in names


def test_the_wheel_declares_its_command_and_its_rules(wheel: Path) -> None:
    declared = ConfigParser()
    with zipfile.ZipFile(wheel) as archive:
        declared.read_string(archive.read(f"bpcheck-{__version__}.dist-info/entry_points.txt").decode())
    assert {group: dict(declared[group]) for group in declared.sections()} == {
        "console_scripts": {"bpcheck": "bpcheck.cli:main"},
        "bpcheck.rules": {"builtin": "bpcheck_rules"},
    }


def test_the_source_distribution_can_be_tested(built: Path) -> None:
    (found,) = built.glob("*.tar.gz")
    with tarfile.open(found) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"Makefile", "README.md", "LICENSE", "tests/test_packaging.py", "fixtures/README.md"} <= names


def test_the_command_runs_where_nothing_else_is_installed(scripts: Path, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(TRAIN)
    assert run(scripts / "bpcheck", "--version", cwd=tmp_path) == f"bpcheck {__version__}\n"
    assert "BP305 missing-zero-grad" in run(scripts / "bpcheck", "train.py", cwd=tmp_path, code=1)
    assert "missing-zero-grad" in run(scripts / "python", "-m", "bpcheck", "explain", "BP305", cwd=tmp_path)
    absent = "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is not None)"
    run(scripts / "python", "-c", absent, cwd=tmp_path)


def test_an_installed_plugin_brings_its_rule(scripts: Path, tmp_path: Path) -> None:
    plugin = tmp_path / "plugin"
    (plugin / "house_rules").mkdir(parents=True)
    (plugin / "pyproject.toml").write_text(PLUGIN_PROJECT)
    (plugin / "house_rules/__init__.py").write_text('"""The rules of this house."""\n')
    (plugin / "house_rules/plain_sgd.py").write_text(PLUGIN_RULE)
    (tmp_path / "train.py").write_text(TRAIN)
    assert "HR101" not in run(scripts / "bpcheck", "rules", cwd=tmp_path)
    run(scripts / "python", "-m", "pip", "install", "--quiet", plugin, cwd=tmp_path)
    try:
        assert "HR101" in run(scripts / "bpcheck", "rules", cwd=tmp_path)
        report = run(scripts / "bpcheck", "check", "--select", "HR101", "train.py", cwd=tmp_path, code=1)
        assert "train.py:5:13: error HR101 plain-sgd: this house trains with momentum" in report
        run(scripts / "bpcheck", "check", "--select", "all", "--ignore", "plain-sgd,BP", "train.py", cwd=tmp_path)
    finally:
        run(scripts / "python", "-m", "pip", "uninstall", "--quiet", "--yes", "house-rules", cwd=tmp_path)


def test_a_clone_works_with_nothing_installed(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(TRAIN)
    report = run(sys.executable, "-S", ROOT / "checker", "train.py", cwd=tmp_path, code=1)
    assert "BP305 missing-zero-grad" in report
