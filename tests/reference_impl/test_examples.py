"""The examples run, and what they print shows that something was learned."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "reference_impl"
EXAMPLES = ROOT / "examples"
LINE = re.compile(r"^(baseline|result): (.+?) (\d+\.\d+)%?(?: |$)", re.MULTILINE)

#: Options that make it fast, and of which figures more is better (True) or less (False); others are not compared: what
#: so short a training reaches is too close to the baseline.
CASES = {
    "image_finetuning": (["--epochs", "3", "--limit", "300"], {}),
    "multi_label": (["--epochs", "3", "--limit", "500"], {"F1": True}),
    "tabular": (["--epochs", "4", "--limit", "3000"], {"error": False}),
    "language_model": (["--epochs", "2", "--limit", "40000", "--pieces", "200", "--words", "500"], {"perplexity": False}),
}  # fmt: skip


def run(name: str, options: list[str]) -> subprocess.CompletedProcess[str]:
    # One thread: these networks are too small for more, and other tests run beside this one.
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(EXAMPLES / f"{name}.py"), *options]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)


def test_every_example_is_tested() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == CASES.keys()


@pytest.mark.parametrize("name", CASES)
def test_an_example_beats_its_baseline(name: str) -> None:
    options, compared = CASES[name]
    done = run(name, options)
    assert done.returncode == 0, done.stderr
    assert "[####################]" in done.stderr, "no progress bar"
    figures = {(kind, what): float(value) for kind, what, value in LINE.findall(done.stdout)}
    assert figures, done.stdout
    for what, more_is_better in compared.items():
        baseline, result = figures["baseline", what], figures["result", what]
        assert (result > baseline) if more_is_better else (result < baseline), done.stdout


@pytest.mark.parametrize("name", CASES)
def test_the_documentation_names_the_command(name: str) -> None:
    assert f"python reference_impl/examples/{name}.py" in (EXAMPLES / "README.md").read_text(encoding="utf-8")
