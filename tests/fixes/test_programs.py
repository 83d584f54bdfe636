"""Fixes of whole programs: over several files, in a notebook, in a configuration; and none where a name would be a guess."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from bpcheck.analysis import analyse
from bpcheck.findings import Finding, Safety
from bpcheck.project import Project
from bpcheck.registry import BUILT_IN, collect

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"


def bpcheck(where: Path, *args: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(str(ROOT / part) for part in ("checker", "rules", "reference_impl"))
    command = [sys.executable, "-m", "bpcheck", "check", ".", "--isolated", "--no-cache", *args]
    return subprocess.run(
        command, cwd=where, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=120
    )


def found(tmp_path: Path, text: str, code: str) -> list[Finding]:
    (tmp_path / "train.py").write_text(text)
    rules = [rule for rule in collect([BUILT_IN]) if rule.code == code]
    return analyse(Project(tmp_path, tmp_path), [tmp_path / "train.py"], rules).findings


def test_one_defect_over_several_files(tmp_path: Path) -> None:
    where = tmp_path / "program"
    shutil.copytree(FIXTURES / "programs" / "flawed_classifier", where)
    before = {path.name: path.read_text() for path in where.glob("*.py")}
    done = bpcheck(where, "--unsafe-fixes", "--select", "BP304,BP306,BP308,BP309,BP403")
    assert done.stdout.startswith("Fixed 5 findings in 3 files"), done.stdout + done.stderr
    after = {path.name: path.read_text() for path in where.glob("*.py")}
    assert {name for name in after if after[name] != before[name]} == {"engine.py", "model.py", "train.py"}
    assert after["model.py"] == before["model.py"].replace("return F.softmax(x, dim=1)", "return x")
    assert after["engine.py"].startswith("import time\n\nimport torch\n\n\ndef train_one_epoch(")
    assert "    model.train()\n    for step, (images, labels) in enumerate(loader, 1):\n" in after["engine.py"]
    again = bpcheck(where, "--unsafe-fixes", "--select", "BP304,BP306,BP308,BP309,BP403", "--diff")
    assert (again.returncode, again.stdout) == (0, "")


def test_only_what_is_selected_is_fixed(tmp_path: Path) -> None:
    where = tmp_path / "program"
    shutil.copytree(FIXTURES / "programs" / "flawed_classifier", where)
    bpcheck(where, "--fix", "--select", "BP309")
    original = FIXTURES / "programs" / "flawed_classifier"
    changed = [path.name for path in where.glob("*.py") if path.read_bytes() != (original / path.name).read_bytes()]
    assert changed == ["engine.py"]


def test_a_class_that_a_configuration_names(tmp_path: Path) -> None:
    where = tmp_path / "program"
    shutil.copytree(FIXTURES / "programs" / "hydra_flawed", where)
    file = where / "conf" / "optimizer" / "adam.yaml"
    before = file.read_text()
    bpcheck(where, "--unsafe-fixes", "--select", "BP304")
    assert file.read_text() == before.replace("torch.optim.Adam ", "torch.optim.AdamW ")


def test_a_notebook(tmp_path: Path) -> None:
    bad = FIXTURES / "rules" / "BP305-missing-zero-grad"
    lines = (bad / "bad_plain_loop.py").read_text().splitlines(keepends=True)
    middle = lines.index("\n") + 1
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Loss.backward()"]},
        *({"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": part}
          for part in (["%matplotlib inline\n", *lines[:middle]], lines[middle:])),
    ]  # fmt: skip
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    file = tmp_path / "n.ipynb"
    file.write_text(json.dumps(notebook, indent=1) + "\n")
    before = file.read_text().splitlines()
    assert bpcheck(tmp_path, "--fix", "--select", "BP305").returncode == 0
    after = file.read_text().splitlines()
    [new] = [line for line in after if line not in before]
    assert new == '    "        optimizer.zero_grad()\\n",'
    assert [line for line in after if line is not new] == before


TRAINING = """
import torch
from torch import nn

net = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5), nn.Linear(4, 2))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
x, y = torch.load("x.pt"), torch.load("y.pt")
for epoch in range(3):
    net.train()
    for rows in torch.randperm(100).split(10):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x[rows]), y[rows]).backward()
        optimizer.step()
"""


def test_the_name_is_that_of_the_program(tmp_path: Path) -> None:
    [finding] = found(tmp_path, f"{TRAINING}with torch.no_grad():\n    print(net(x).argmax(1))\n", "BP307")
    assert finding.fix is not None
    assert [edit.content for edit in finding.fix.edits] == ["net.eval()\n"]


@pytest.mark.parametrize(
    ("code", "evaluation"),
    [
        ("BP307", "nets = [net]\nwith torch.no_grad():\n    print(nets[0](x).argmax(1))\n"),
        ("BP307", "with torch.no_grad():\n    print((lambda: net)()(x).argmax(1))\n"),
        ("BP308", "net.eval()\na = 1; print(net(x).argmax(1))\n"),
        ("BP308", "net.eval()\nprint(net(x).argmax(1), '''a\n  b''')\n"),
    ],
    ids=["a list's element", "what a call gives", "no line of its own", "text over several lines"],
)
def test_no_fix_where_it_would_be_a_guess(tmp_path: Path, code: str, evaluation: str) -> None:
    [finding] = found(tmp_path, TRAINING + evaluation, code)
    assert finding.fix is None
    assert finding.manual


SOFTMAX = """
import torch
from torch import nn

def as_probabilities(scores):
    return torch.softmax(scores, dim=1)

net = nn.Linear(4, 2)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
x, y = torch.load("x.pt"), torch.load("y.pt")
for epoch in range(3):
    optimizer.zero_grad()
    nn.functional.cross_entropy({}, y).backward()
    optimizer.step()
"""


def test_an_activation_that_is_all_of_a_function_is_left_to_the_author(tmp_path: Path) -> None:
    [finding] = found(tmp_path, SOFTMAX.format("as_probabilities(net(x))"), "BP403")
    assert finding.fix is None
    [finding] = found(tmp_path, SOFTMAX.format("torch.softmax(net(x), dim=1)"), "BP403")
    assert finding.fix is not None
    assert [edit.content for edit in finding.fix.edits] == ["net(x)"]
    assert finding.fix.safety is Safety.SAFE


ADAM = """
import torch
from torch import nn, optim

net = nn.Linear(4, 2)
optimizer = {}(net.parameters(), lr=0.1, weight_decay=0.1)
x, y = torch.load("x.pt"), torch.load("y.pt")
for epoch in range(3):
    optimizer.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    ("made", "fixed"),
    [("optim.Adam", True), ("getattr(optim, 'Adam')", False), ("{'adam': optim.Adam}['adam']", False)],
)
def test_a_class_that_is_not_named_there_is_not_renamed(tmp_path: Path, made: str, fixed: bool) -> None:
    [finding] = found(tmp_path, ADAM.format(made), "BP304")
    assert (finding.fix is not None) is fixed


@pytest.mark.parametrize(("more", "fixed"), [("", True), ("\nprint(net[0].bias)\n", False)])
def test_a_bias_that_the_program_looks_at_stays(tmp_path: Path, more: str, fixed: bool) -> None:
    text = (FIXTURES / "rules" / "BP514-conv-bias-before-batchnorm" / "bad_sequential.py").read_text()
    [finding] = found(tmp_path, text + more, "BP514")
    assert (finding.fix is not None) is fixed


def test_a_clean_run_loads_nothing_of_the_fixes(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(TRAINING)
    program = (
        "import sys\nfrom bpcheck.cli import main\n"
        "try:\n    main(['train.py'])\nexcept SystemExit:\n    pass\n"
        "print('MODULES', *sorted(name for name in sys.modules if 'bpcheck.fixes' in name or 'libcst' in name))\n"
    )
    path = os.pathsep.join(str(ROOT / part) for part in ("checker", "rules"))
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert done.stdout.partition("MODULES")[2].split() == []


def test_no_block_reaches_over_cells(tmp_path: Path) -> None:
    parts = [TRAINING, "net.eval()\nout = net(x).argmax(1)\nprint(out)", "out = net(x[:4]).argmax(1)\nprint(out)"]
    cells = [{"cell_type": "code", "source": part, "outputs": [], "metadata": {}} for part in parts]
    file = tmp_path / "n.ipynb"
    file.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    bpcheck(tmp_path, "--fix", "--select", "BP308", "--severity", "info")
    assert [cell["source"] for cell in json.loads(file.read_text())["cells"][1:]] == [
        "net.eval()\nwith torch.no_grad():\n    out = net(x).argmax(1)\nprint(out)",
        "with torch.no_grad():\n    out = net(x[:4]).argmax(1)\nprint(out)",
    ]
