"""Configuration files through the whole program: named, walked over, on stdin, from an editor, and in the report."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from bpcheck.project import Project

FILES = {
    "train.yaml": "# é\noptimizer:\n  é: DOUBLE\n",
    "train.json": '{"optimizer": {\n  "é": DOUBLE }}\n',
    "train.toml": "# é\n[optimizer]\né = DOUBLE\n",
}


def on_stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_the_report_shows_the_line(bpcheck: Any, folder: Path, name: str, line_end: str) -> None:
    (folder / name).write_bytes(b"\xef\xbb\xbf" + FILES[name].replace("\n", line_end).encode())
    number = FILES[name][: FILES[name].index("DOUBLE")].count("\n") + 1
    line = FILES[name].split("\n")[number - 1]
    out = bpcheck(name).out
    assert f"{name}:{number}:{line.index('DOUBLE') + 1}: error BP403" in out
    assert f"{number} | {line}\n  | {' ' * line.index('DOUBLE')}^^^^^^\n" in out


def test_a_syntax_error_is_shown_with_its_line(bpcheck: Any, folder: Path) -> None:
    (folder / "train.yaml").write_text("optimizer: {name: é\nlearning_rate: 1\n", encoding="utf-8")
    result = bpcheck("train.yaml")
    assert result.code == 2
    assert result.out.startswith("train.yaml:2:14: syntax-error: is no YAML: ")
    assert "2 | learning_rate: 1\n  |              ^\n" in result.out


def test_a_configuration_on_stdin(bpcheck: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_stdin(monkeypatch, b"optimizer: DOUBLE\n")
    assert bpcheck("-", "--stdin-filename", "conf/train.yaml").out.startswith("conf/train.yaml:1:12: error BP403")
    on_stdin(monkeypatch, b"optimizer: 'a\n")
    assert bpcheck("-", "--stdin-filename", "./train.yaml").out.startswith("train.yaml:2:1: syntax-error: ")


def test_data_are_neither_listed_nor_counted(bpcheck: Any, folder: Path) -> None:
    (folder / "a.py").write_text("x = 1\n")
    (folder / "train.yaml").write_text("optimizer: sgd\n")
    for number in range(20):
        (folder / f"{number}.json").write_text('{"image": 3}')
    assert bpcheck(".", "--show-files").out == "a.py\ntrain.yaml\n"
    summary = json.loads(bpcheck(".", "--output-format", "json").out)["summary"]
    assert summary["files"] == 2


def test_an_overlay_stands_for_a_configuration(tmp_path: Path) -> None:
    (tmp_path / "train.yaml").write_text("a: 1\n")
    project = Project(tmp_path, tmp_path)
    project.overlay(Path("train.yaml"), b"a: 2\n")
    source = project.source(Path("train.yaml"))
    assert source.config is not None
    assert source.config.items["a"].value == 2
    assert not project.is_entry(Path("train.yaml"))


@pytest.mark.parametrize("name", ["train.yaml", "train.yml", "train.json", "train.toml"])
def test_a_folder_called_like_a_configuration(bpcheck: Any, folder: Path, name: str) -> None:
    (folder / name).mkdir()
    (folder / name / "a.py").write_text("DOUBLE\n")
    found = json.loads(bpcheck(".", "--output-format", "json").out)
    assert [finding["path"] for finding in found["findings"]] == [f"{name}/a.py"]
    source = Project(folder, folder).source(folder / name)
    assert (source.config, [each.kind for each in source.diagnostics]) == (None, ["unreadable"])
