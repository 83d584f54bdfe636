"""The command line from outside: commands, options, exit codes, and streams in any state."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bpcheck.cli import COMMANDS
from bpcheck.commands import cli

ROOT = Path(__file__).parents[1]


class Bytes(io.TextIOWrapper):
    """A stdin that holds ``data``."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))


def shell(folder: Path, command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a shell line in which `bpcheck` is the real program."""
    path = os.pathsep.join(str(ROOT / name) for name in ("checker", "rules"))
    line = f'bpcheck() {{ "{sys.executable}" -m bpcheck "$@"; }}; {command}'
    return subprocess.run(
        ["bash", "-c", line], cwd=folder, capture_output=True, text=True, timeout=60,
        env={**os.environ, "PYTHONPATH": path, **environment},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [
        ("x = 1\n", [], 0),
        ("ZERO\n", [], 1),
        ("DOUBLE\n", [], 1),
        ("HINT\n", [], 0),
        ("HINT\n", ["--severity", "info"], 0),
        ("HINT\n", ["--fail-on", "info"], 1),
        ("ZERO\n", ["--fail-on", "error"], 0),
        ("DOUBLE\n", ["--fail-on", "error"], 1),
        ("DOUBLE\n", ["--fail-on", "never"], 0),
        ("ZERO\n", ["--severity", "error"], 1),
        ("DOUBLE\n", ["--exit-zero"], 0),
        ("x = (\n", [], 2),
        ("x = (\n", ["--exit-zero"], 2),
        ("DOUBLE\nx = (\n", [], 2),
        ("ZERO\n", ["--fix"], 0),
        ("ZERO\nDOUBLE\n", ["--fix"], 1),
        ("ZERO\n", ["--diff"], 1),
        ("ZERO\n", ["--ignore", "BP305"], 0),
        ("ZERO\n", ["--select", "BP4"], 0),
        ("CONTESTED\n", [], 0),
        ("CONTESTED\n", ["--extend-select", "contested"], 1),
        ("ZERO\nCONTESTED\n", ["--select", "BP403,BP510", "--select", "BP404"], 1),
        ("x = 1\n", ["--select", "nonsense"], 2),
        ("x = 1\n", ["--severity", "grave"], 2),
        ("x = 1\n", ["--ignore", "nonsense"], 2),
        ("x = 1\n", ["--statistics", "--output-format", "json"], 2),
        ("x = 1\n", ["--no-such-option"], 2),
        ("x = 1\n", ["--config", "missing.toml"], 2),
        ("x = 1\n", ["missing.py"], 2),
        ("x = 1\n", ["--no-cache", "--isolated"], 0),
    ],
)
def test_exit_codes(bpcheck: Any, folder: Path, text: str, options: list[str], code: int) -> None:
    (folder / "a.py").write_text(text)
    result = bpcheck("check", "a.py", *options)
    assert result.code == code, result
    assert "Traceback" not in result.err


@pytest.mark.parametrize("args", [["a.py"], ["check", "a.py"], ["--color", "never", "a.py"], [], ["."], ["check"]])
def test_check_is_the_default_command_and_here_the_default_path(bpcheck: Any, folder: Path, args: list[str]) -> None:
    (folder / "a.py").write_text("ZERO\n")
    result = bpcheck(*args)
    assert result.code == 1
    assert result.out.startswith("a.py:1:1: warning BP305")


def test_a_misspelt_command_is_not_taken_for_a_path(bpcheck: Any) -> None:
    result = bpcheck("explian", "BP305")
    assert result.code == 2
    assert "Did you mean `explain`?" in result.err


def test_a_command_is_meant_even_where_a_folder_has_its_name(bpcheck: Any, folder: Path) -> None:
    for name in COMMANDS:
        (folder / name).mkdir()
    assert bpcheck("rules").out.startswith("BP305")
    assert set(cli.commands) == COMMANDS


def test_plain_paths_are_checked_without_a_parser(bpcheck: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bpcheck.commands.run", lambda args: pytest.fail("click was asked"))
    (folder / "a.py").write_text("ZERO\n")
    assert bpcheck("a.py").code == 1
    assert bpcheck("check", ".", "a.py").code == 1


def test_a_path_that_is_called_as_a_command_nearly_is_a_path(bpcheck: Any, folder: Path) -> None:
    (folder / "rule").mkdir()
    (folder / "rule/a.py").write_text("ZERO\n")
    assert bpcheck("rule").code == 1


@pytest.mark.parametrize("args", [["--help"], ["-h"], ["check", "--help"], ["--version"]])
def test_help_and_version(bpcheck: Any, args: list[str]) -> None:
    result = bpcheck(*args)
    assert result.code == 0
    assert "bpcheck" in result.out


def test_a_folder_without_python_is_told_and_is_no_failure(bpcheck: Any, folder: Path) -> None:
    (folder / "docs").mkdir()
    result = bpcheck("docs")
    assert result.code == 0
    assert "no Python files, notebooks or configurations to check in docs" in result.err


def test_an_unknown_rule_in_a_settings_file_names_the_file(bpcheck: Any, folder: Path) -> None:
    (folder / "a.py").write_text("x\n")
    for key in ('select = ["duoble-softmax"]', 'per-file-ignores = { "a.py" = ["duoble-softmax"] }'):
        (folder / "bpcheck.toml").write_text(key)
        (folder / "a.py").write_text("ZERO\n")
        result = bpcheck("a.py")
        assert result.code == 2
        assert f"{folder / 'bpcheck.toml'}: `duoble-softmax`" in result.err
        assert "Did you mean `double-softmax`?" in result.err


def test_an_unknown_rule_on_the_command_line_is_not_laid_at_the_file_s_door(bpcheck: Any, folder: Path) -> None:
    (folder / "bpcheck.toml").write_text('severity = "info"\n')
    (folder / "a.py").write_text("x\n")
    for option in ("--select", "--ignore", "--extend-select"):
        assert bpcheck("a.py", option, "nonsense").err.startswith("bpcheck: error: `nonsense` is no rule")


def test_settings_of_each_folder_hold_for_its_files(bpcheck: Any, folder: Path) -> None:
    for name, setting in (("one", 'ignore = ["BP305"]'), ("two", 'select = ["BP305", "BP510"]')):
        (folder / name).mkdir()
        (folder / name / "a.py").write_text("ZERO\nDOUBLE\nCONTESTED\n")
        (folder / name / "bpcheck.toml").write_text(setting)
    report = json.loads(bpcheck(".", "--output-format", "json").out)
    assert [(finding["path"], finding["code"]) for finding in report["findings"]] == [
        ("one/a.py", "BP403"),
        ("two/a.py", "BP305"),
        ("two/a.py", "BP510"),
    ]


def test_per_file_ignores(bpcheck: Any, folder: Path) -> None:
    (folder / "bpcheck.toml").write_text('per-file-ignores = { "tests/" = ["BP3", "double-softmax"] }\n')
    (folder / "tests").mkdir()
    for name in ("a.py", "tests/a.py"):
        (folder / name).write_text("ZERO\nDOUBLE\n")
    report = json.loads(bpcheck(".", "--output-format", "json").out)
    assert {finding["path"] for finding in report["findings"]} == {"a.py"}


def test_output_format_and_severity_from_the_settings(bpcheck: Any, folder: Path) -> None:
    (folder / "bpcheck.toml").write_text('output-format = "concise"\nseverity = "info"\nfail-on = "info"\n')
    (folder / "a.py").write_text("HINT\n")
    result = bpcheck("a.py", "-q")
    assert (result.code, result.out) == (1, "a.py:1:1: info BP404 small-hint: `HINT` goes wrong\n")
    assert bpcheck("a.py", "--output-format", "text", "-q").out.count("\n") > 1


def test_output_file(bpcheck: Any, folder: Path) -> None:
    (folder / "a.py").write_text("ZERO  # é\n", encoding="utf-8")
    result = bpcheck("a.py", "--output-format", "json", "--output-file", "report.json")
    assert (result.code, result.out) == (1, "")
    assert json.loads((folder / "report.json").read_bytes())["summary"]["findings"]["warning"] == 1
    failed = bpcheck("a.py", "--output-file", "no/such/folder/report")
    assert failed.code == 2
    assert "cannot be written" in failed.err


def test_show_files(bpcheck: Any, folder: Path) -> None:
    for name in ("b.py", "a.ipynb", "c.txt"):
        (folder / name).write_text("")
    assert bpcheck(".", "--show-files").out == "a.ipynb\nb.py\n"
    assert bpcheck("b.py", "missing.py", "--show-files").code == 2


def test_verbose_tells_on_stderr(bpcheck: Any, folder: Path) -> None:
    (folder / "bpcheck.toml").write_text('severity = "info"\n')
    (folder / "a.py").write_text("x = 1\n")
    result = bpcheck("a.py", "--verbose", "--quiet")
    assert f"settings from {folder / 'bpcheck.toml'}; 1 files to check" in result.err
    assert result.out == ""


def test_config_prints_what_is_in_force_and_where_it_comes_from(bpcheck: Any, folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub/bpcheck.toml").write_text('severity = "info"\n')
    assert 'severity = "warning"  # default' in bpcheck("config").out
    assert f'severity = "info"  # {folder / "sub/bpcheck.toml"}' in bpcheck("config", "sub").out
    assert 'severity = "warning"  # default' in bpcheck("config", "sub", "--isolated").out
    assert bpcheck("config", "nowhere").code == 2


class TestStdin:
    def test_source_on_stdin(self, bpcheck: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (folder / "bpcheck.toml").write_text('per-file-ignores = { "quiet.py" = ["all"] }\n')
        monkeypatch.setattr(sys, "stdin", Bytes(b"ZERO\n"))
        assert bpcheck("-", "--stdin-filename", "loud.py").out.startswith("loud.py:1:1: warning BP305")
        monkeypatch.setattr(sys, "stdin", Bytes(b"ZERO\n"))
        assert bpcheck("-", "--stdin-filename", "quiet.py").code == 0

    def test_it_stands_for_the_file_on_disk(self, bpcheck: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (folder / "a.py").write_text("x = 1\n")
        monkeypatch.setattr(sys, "stdin", Bytes("é = ZERO\n".encode()))
        assert bpcheck("check", "-", "--stdin-filename", "a.py").out.startswith("a.py:1:5:")

    def test_fix_prints_the_source_and_leaves_the_file(
        self, bpcheck: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (folder / "a.py").write_text("ZERO\n")
        monkeypatch.setattr(sys, "stdin", Bytes(b"ZERO\r\nDOUBLE\r\n"))
        result = bpcheck("-", "--fix", "--stdin-filename", "a.py")
        assert result.out.splitlines() == ["zeroed", "DOUBLE"]
        assert "BP403" in result.err
        assert (folder / "a.py").read_text() == "ZERO\n"

    def test_force_exclude_holds_for_it(self, bpcheck: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (folder / "bpcheck.toml").write_text('extend-exclude = ["gen"]\n')
        for options, code in ((["--force-exclude"], 0), ([], 1)):
            monkeypatch.setattr(sys, "stdin", Bytes(b"ZERO\n"))
            assert bpcheck("-", "--stdin-filename", "gen/a.py", *options).code == code

    def test_closed(self, folder: Path) -> None:
        result = shell(folder, "bpcheck - <&-")
        assert result.returncode == 2
        assert result.stderr == "bpcheck: error: stdin is closed, so there is no source to read from `-`\n"


class TestStreams:
    def test_closed_stdout(self, folder: Path) -> None:
        (folder / "a.py").write_text("x = 1\n")
        result = shell(folder, "bpcheck a.py >&-")
        assert (result.returncode, result.stderr) == (0, "")

    def test_nobody_reads(self, folder: Path) -> None:
        result = shell(folder, 'bpcheck check --help | true; echo "${PIPESTATUS[0]}"')
        assert (result.stdout, result.stderr) == ("0\n", "")

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device that is always full is Linux's")
    def test_full_disk(self, folder: Path) -> None:
        (folder / "a.py").write_text("x = 1\n")
        result = shell(folder, "bpcheck a.py > /dev/full")
        assert result.returncode == 2
        assert result.stderr == "bpcheck: error: the output cannot be written: No space left on device\n"

    def test_stdout_that_is_not_unicode(self, folder: Path) -> None:
        result = shell(folder, "bpcheck é.py", PYTHONIOENCODING="ascii")
        assert result.returncode == 2
        assert result.stdout.startswith("\\xe9.py:1:1: unreadable: no such file")
        assert result.stderr == ""


def test_an_internal_error_is_one_line(bpcheck: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise KeyError("layer")

    (folder / "a.py").write_text("x\n")
    monkeypatch.setattr("bpcheck.run.analyse", fail)
    result = bpcheck("a.py")
    assert result.code == 2
    assert result.err == "bpcheck: internal error: KeyError: 'layer' (BPCHECK_TRACEBACK=1 shows where)\n"


def test_interrupted(bpcheck: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*args: object) -> None:
        raise KeyboardInterrupt

    (folder / "a.py").write_text("x\n")
    monkeypatch.setattr("bpcheck.run.analyse", interrupt)
    result = bpcheck("a.py")
    assert result.code == 130
    assert result.err.endswith("bpcheck: interrupted\n")


def test_progress_on_a_terminal_only_and_only_when_it_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    from bpcheck.progress import Progress

    class Screen(io.StringIO):
        terminal = True

        def isatty(self) -> bool:
            return self.terminal

    def shown(seconds: float, *, terminal: bool) -> str:
        screen = Screen()
        screen.terminal = terminal
        monkeypatch.setattr(sys, "stderr", screen)
        with Progress("checking"):
            time.sleep(seconds)
        return screen.getvalue()

    monkeypatch.setattr("bpcheck.progress._PATIENCE", 0.05)
    assert shown(0.3, terminal=True) == "\rchecking\r\x1b[K"
    assert shown(0, terminal=True) == ""
    assert shown(0.3, terminal=False) == ""
