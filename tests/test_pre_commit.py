"""The pre-commit hooks as a team would use them: installed from a repository, run on a commit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow

CLEAN = """import torch
from torch import nn

model = nn.Linear(8, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
inputs, targets = torch.randn(64, 8), torch.randint(0, 2, (64,))
for x, y in zip(inputs.split(8), targets.split(8)):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
"""
NEVER_CLEARED = CLEAN.replace("    optimizer.zero_grad()\n", "")


def git(folder: Path, *args: str) -> str:
    identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *args], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """bpcheck as it stands in the working tree, committed to a repository of its own; and the commit."""
    target = tmp_path_factory.mktemp("published")
    for name in git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        if name and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    git(target, "init", "-q")
    git(target, "add", "-A", "-f")
    git(target, "commit", "-q", "-m", "As it stands")
    return target, git(target, "rev-parse", "HEAD").strip()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps its environments: one for all tests here, so that bpcheck is installed once."""
    return tmp_path_factory.mktemp("store")


@pytest.fixture
def project(folder: Path, published: tuple[Path, str]) -> Path:
    """A repository that uses both hooks."""
    repository, commit = published
    (folder / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {repository.as_uri()}\n  rev: {commit}\n  hooks:\n  - id: bpcheck\n  - id: bpcheck-fix\n"
    )
    git(folder, "init", "-q")
    return folder


def run_hook(project: Path, store: Path, hook: str) -> subprocess.CompletedProcess[str]:
    git(project, "add", "-A")
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", hook, "--all-files", "--color", "never"],
        cwd=project, capture_output=True, text=True, env={**os.environ, "PRE_COMMIT_HOME": str(store)},
    )  # fmt: skip


def test_a_clean_commit_passes(project: Path, store: Path) -> None:
    (project / "train.py").write_text(CLEAN)
    done = run_hook(project, store, "bpcheck")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stdout


def test_a_finding_stops_the_commit(project: Path, store: Path) -> None:
    (project / "train.py").write_text(NEVER_CLEARED)
    done = run_hook(project, store, "bpcheck")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BP305 missing-zero-grad" in done.stdout
    assert (project / "train.py").read_text() == NEVER_CLEARED


def test_the_fixing_hook_fixes(project: Path, store: Path) -> None:
    (project / "train.py").write_text(NEVER_CLEARED)
    done = run_hook(project, store, "bpcheck-fix")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "files were modified by this hook" in done.stdout
    assert "zero_grad()" in (project / "train.py").read_text()


def test_exclusions_hold_though_files_are_named(project: Path, store: Path) -> None:
    (project / "legacy").mkdir()
    (project / "legacy/train.py").write_text(NEVER_CLEARED)
    (project / "bpcheck.toml").write_text('extend-exclude = ["legacy"]\n')
    done = run_hook(project, store, "bpcheck")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_commit_without_python_is_skipped(project: Path, store: Path) -> None:
    (project / "README.md").write_text("words\n")
    done = run_hook(project, store, "bpcheck")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Skipped" in done.stdout
