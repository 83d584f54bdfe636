"""Every kind of bad input ends in a clear message with its place and the right exit code, and the rest is checked.

The files are those of ``fixtures/hostile``. Within the process the rules are those of ``conftest``; the real program is
asked too, for what no rule changes.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from bpcheck.configs.compose import compose
from bpcheck.sources import Source, read_source

if TYPE_CHECKING:
    from tests.conftest import Bpcheck

ROOT = Path(__file__).parents[1]
HOSTILE = ROOT / "fixtures" / "hostile"

# Read as if nothing were the matter.
HARMLESS = [
    "byte_order_mark.py", "carriage_return.py", "crlf.py", "form_feed.py", "latin_1_declared.py", "empty.py",
    "cycle_b.py", "cycle_a.py", "imports_itself.py", "another_language.ipynb", "empty.ipynb",
]  # fmt: skip

# Read whole, with a word about how: file, kind, cell, line, column, words.
REPAIRED = [
    ("latin_1.py", "encoding", None, 1, 8, "byte 0xee is not utf-8"),
    ("unknown_encoding.py", "encoding", None, 1, 1, "the encoding 'utf-9', which Python does not know; read as UTF-8"),
    ("python_2.py", "repaired-syntax", None, 4, 35, "`async` as a name, except with a comma, raise"),
    ("python_2.ipynb", "repaired-syntax", 0, 4, 35, "print statement (2 times)"),
    ("mixed_tabs.py", "repaired-syntax", None, 7, 1, "tabs were read as 8 spaces"),
    ("saved_from_notebook.py", "repaired-syntax", None, 1, 1, "notebook commands were skipped"),
]

# Not read, or not whole: exit code 2.
FAILED = [
    ("null_byte.py", "syntax-error", None, 5, 55, "null byte"),
    ("binary.py", "not-text", None, 1, 35, "is not text, though its name says Python"),
    ("utf_16.py", "not-text", None, 1, 1, "UTF-16"),
    ("nested_brackets.py", "syntax-error", None, 3, 205, "too many nested parentheses; line 3 is left out"),
    ("merge_conflict.py", "syntax-error", None, 5, 1, "invalid syntax; lines 5, 7, 9 are left out"),
    ("unfinished.py", "syntax-error", None, 15, 20, "'(' was never closed; lines 13-15 are left out"),
    ("broken_cell.ipynb", "syntax-error", 3, 1, 14, "expected ':'; nothing of it is read"),
    ("broken_json.ipynb", "invalid-notebook", None, 3, 34, "is no notebook: Expecting ':' delimiter"),
]

# Configurations, read as if nothing were the matter; or of no interest.
CONFIGURATIONS = [
    "byte_order_mark.yaml", "utf_16.yaml", "carriage_return.yml", "crlf.toml", "recursive_anchor.yaml",
    "billion_laughs.yaml", "python_object.yaml", "refers_to_itself.yaml", "lone_surrogate.json",
]  # fmt: skip
NO_CONFIGURATIONS = ["empty.yaml", "list_of_numbers.json"]

# Told where they are named, since they look like one: file, line, column, words.
BROKEN_CONFIGURATIONS = [
    ("template.yaml", 2, 2, "is no YAML: "),
    ("tab.yaml", 2, 1, "is no YAML: "),
    ("null_byte.yaml", 2, 8, "the character '\\x00' is not allowed"),
    ("latin_1.yaml", 2, 8, "byte 0xe9 is not utf-8"),
    ("nested_brackets.yaml", 1, (115, 1015), "nested too deeply"),  # the second: noticed by PyYAML, from 6.0.4 on
    ("nested_brackets.json", 1, 118, "nested too deeply"),
    ("nested_brackets.toml", 1, 117, "nested too deeply"),
    ("cut_off.json", 1, 30, "ends too early"),
    ("assigned_twice.toml", 2, 20, "is no TOML: "),
]

Expected = tuple[str, str, int | None, int, int, str]


def test_every_hostile_file_is_expected_somewhere() -> None:
    expected = {*HARMLESS, *(case[0] for case in (*REPAIRED, *FAILED))}
    expected |= {*CONFIGURATIONS, *NO_CONFIGURATIONS, *(case[0] for case in BROKEN_CONFIGURATIONS)}
    assert {file.name for file in HOSTILE.iterdir()} - expected == {".gitattributes", "README.md"}


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_files_are_read_without_a_word(name: str) -> None:
    source = read_source(HOSTILE / name)
    assert source.complete
    assert source.diagnostics == ()
    assert (source.tree is None) is (name == "another_language.ipynb")


@pytest.mark.parametrize("case", REPAIRED, ids=lambda case: case[0])
def test_repaired_files_are_whole_and_told(case: Expected) -> None:
    source = read_source(HOSTILE / case[0])
    assert source.complete
    assert source.tree is not None
    _told(source, case, fatal=False)


@pytest.mark.parametrize("case", FAILED, ids=lambda case: case[0])
def test_failed_files_are_told_and_open(case: Expected) -> None:
    source = read_source(HOSTILE / case[0])
    assert not source.complete
    _told(source, case, fatal=True)


@pytest.mark.parametrize("name", [*CONFIGURATIONS, *NO_CONFIGURATIONS])
def test_configurations_are_read_without_a_word(name: str) -> None:
    source = read_source(HOSTILE / name)
    assert (source.tree, source.complete, source.diagnostics) == (None, True, ())
    assert (source.config is None) is (name in NO_CONFIGURATIONS)
    if source.config is not None:
        whole = compose(source.config, HOSTILE / name, lambda file: read_source(file).config)
        assert whole.kind == "mapping"


@pytest.mark.parametrize("name", [*CONFIGURATIONS, *NO_CONFIGURATIONS])
def test_configurations_are_clean(bpcheck: Bpcheck, folder: Path, name: str) -> None:
    shutil.copy(HOSTILE / name, folder)
    for path in (name, "."):
        outcome = bpcheck("check", path, "--output-format", "json")
        assert outcome.code == 0
        assert report(outcome.out)["diagnostics"] == []


@pytest.mark.parametrize("case", BROKEN_CONFIGURATIONS, ids=lambda case: case[0])
def test_a_broken_configuration_is_told_where_it_is_named(
    bpcheck: Bpcheck, folder: Path, case: tuple[str, int, int | tuple[int, int], str]
) -> None:
    name, line, column, words = case
    shutil.copy(HOSTILE / name, folder)
    (folder / "other.py").write_text("DOUBLE\n")
    for path in (name, f"./{name}", str(folder / name)):
        found = report(bpcheck("check", path, "other.py", "--output-format", "json").out)
        [told] = found["diagnostics"]
        assert (told["kind"], told["path"], told["line"]) == ("syntax-error", name, line)
        assert told["column"] in (column if isinstance(column, tuple) else (column,))
        assert words in told["message"]
        assert len(found["findings"]) == 1
    walked = bpcheck("check", ".", "--output-format", "json")
    assert walked.code == 1
    assert report(walked.out)["diagnostics"] == []


def test_what_does_not_parse_and_looks_like_no_configuration_is_not_told(tmp_path: Path) -> None:
    (tmp_path / "chart.yaml").write_text("{{- if .Values.web }}\nname: x\n")
    ran = shell(tmp_path, "bpcheck check chart.yaml")
    assert (ran.returncode, "Nothing found" in ran.stdout) == (0, True)


def _told(source: Source, case: Expected, fatal: bool) -> None:
    _, kind, cell, line, column, words = case
    [diagnostic] = source.diagnostics
    assert (diagnostic.kind, diagnostic.cell, diagnostic.line, diagnostic.column) == (kind, cell, line, column)
    assert diagnostic.fatal is fatal
    assert words in diagnostic.message


def report(out: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(out)
    return found


@pytest.mark.parametrize("case", [*REPAIRED, *FAILED], ids=lambda case: case[0])
def test_the_others_are_still_checked(bpcheck: Bpcheck, folder: Path, case: Expected) -> None:
    name, kind, cell, line, column, _ = case
    shutil.copy(HOSTILE / name, folder)
    (folder / "other.py").write_text("DOUBLE\n")
    outcome = bpcheck("check", ".", "--output-format", "json")
    found = report(outcome.out)
    assert outcome.code == (2 if case in FAILED else 1)
    assert [finding["path"] for finding in found["findings"]] == ["other.py"]
    places = [(told["kind"], told["path"], told["cell"], told["line"], told["column"]) for told in found["diagnostics"]]
    assert places == [(kind, name, cell, line, column)]
    assert found["summary"]["files"] == 2
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_files_are_clean(bpcheck: Bpcheck, folder: Path, name: str) -> None:
    shutil.copy(HOSTILE / name, folder)
    outcome = bpcheck("check", name, "--output-format", "json")
    assert outcome.code == 0
    assert report(outcome.out)["diagnostics"] == []


def test_a_missing_path(bpcheck: Bpcheck, folder: Path) -> None:
    (folder / "other.py").write_text("DOUBLE\n")
    outcome = bpcheck("check", "gone.py", "other.py", "--output-format", "json")
    found = report(outcome.out)
    assert outcome.code == 2
    assert [(told["kind"], told["path"]) for told in found["diagnostics"]] == [("unreadable", "gone.py")]
    assert len(found["findings"]) == 1


def test_a_directory_without_python(bpcheck: Bpcheck, folder: Path) -> None:
    (folder / "docs").mkdir()
    (folder / "docs" / "a.txt").write_text("x")
    outcome = bpcheck("check", "docs")
    assert outcome.code == 0
    assert "no Python files" in outcome.err


def test_directories_and_links_that_only_look_like_files(bpcheck: Bpcheck, folder: Path) -> None:
    (folder / "folder.py").mkdir()
    (folder / "folder.py" / "inside.py").write_text("DOUBLE\n")
    (folder / "dangling.py").symlink_to(folder / "gone.py")
    (folder / "loop").symlink_to(folder)
    (folder / "itself.py").symlink_to(folder / "itself.py")
    outcome = bpcheck("check", ".", "--output-format", "json")
    found = report(outcome.out)
    assert [finding["path"] for finding in found["findings"]] == ["folder.py/inside.py"]
    assert {told["kind"] for told in found["diagnostics"]} <= {"unreadable"}
    assert outcome.code == (2 if found["diagnostics"] else 1)


def test_an_unreadable_file(bpcheck: Bpcheck, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "secret.py").write_text("DOUBLE\n")
    (folder / "other.py").write_text("DOUBLE\n")
    read_bytes = Path.read_bytes

    def refuse(file: Path) -> bytes:
        if file.name == "secret.py":
            raise PermissionError(13, "Permission denied", str(file))
        return read_bytes(file)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    outcome = bpcheck("check", ".", "--output-format", "json")
    found = report(outcome.out)
    assert outcome.code == 2
    assert [finding["path"] for finding in found["findings"]] == ["other.py"]
    [told] = found["diagnostics"]
    assert (told["kind"], told["path"]) == ("unreadable", "secret.py")
    assert told["message"] == "cannot be read: permission denied"


def test_fifty_thousand_lines(bpcheck: Bpcheck, folder: Path) -> None:
    block = "def step_{0}(model, x, y):\n    loss = model(x) - y\n    loss.backward()\n    return loss\n\n"
    (folder / "long.py").write_text("".join(block.format(number) for number in range(10_000)) + "DOUBLE\n")
    outcome = bpcheck("check", "long.py", "--output-format", "json")
    assert outcome.code == 1
    assert [finding["line"] for finding in report(outcome.out)["findings"]] == [50_001]


def shell(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Run a shell line in which `bpcheck` is the real program."""
    path = os.pathsep.join(str(ROOT / name) for name in ("checker", "rules"))
    line = f'bpcheck() {{ "{sys.executable}" -m bpcheck "$@"; }}; {command}'
    return subprocess.run(
        ["bash", "-c", line], cwd=folder, capture_output=True, text=True, timeout=120,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip


def test_the_real_program_survives_everything_at_once(tmp_path: Path) -> None:
    shutil.copytree(HOSTILE, tmp_path / "hostile")
    (tmp_path / "hostile" / "loop").symlink_to(tmp_path)
    (tmp_path / "hostile" / "dangling.py").symlink_to(tmp_path / "gone.py")
    named = " ".join(f"hostile/{case[0]}" for case in BROKEN_CONFIGURATIONS)
    ran = shell(tmp_path, f"bpcheck check . {named} gone.py --no-cache --output-format json")
    assert "Traceback" not in ran.stderr
    assert ran.returncode == 2
    found = report(ran.stdout)
    assert [told["path"] for told in found["diagnostics"] if told["kind"] == "internal-error"] == []
    paths = [told["path"] for told in found["diagnostics"]]
    assert {"gone.py", *named.split()} <= set(paths)


def test_stdin_that_is_closed(tmp_path: Path) -> None:
    ran = shell(tmp_path, "bpcheck check - --stdin-filename train.py <&-")
    assert "Traceback" not in ran.stderr
    assert ran.returncode in (0, 2)
    assert ran.stderr.strip()


@pytest.mark.parametrize("case", [*REPAIRED, *FAILED], ids=lambda case: case[0])
def test_the_real_program_on_stdin(tmp_path: Path, case: Expected) -> None:
    name, kind, cell, line, column, _ = case
    named = "train" + Path(name).suffix
    ran = shell(tmp_path, f"bpcheck check - --stdin-filename {named} --output-format json < '{HOSTILE / name}'")
    assert "Traceback" not in ran.stderr
    told = report(ran.stdout)["diagnostics"]
    assert [(one["kind"], one["path"], one["cell"], one["line"], one["column"]) for one in told] == [
        (kind, named, cell, line, column)
    ]
    assert (ran.returncode == 2) is (case in FAILED)
