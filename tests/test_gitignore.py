"""Ignore patterns are held against git itself: the same files must be left out, whatever the patterns."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest
from bpcheck import gitignore
from bpcheck.discover import discover
from bpcheck.settings import SettingsFinder

TREE = (
    "a.py",
    "b.py",
    "a b.py",
    "#hash.py",
    "!bang.py",
    "star*.py",
    "[x].py",
    "trail .py",
    "UPPER.py",
    "src/a.py",
    "src/b.py",
    "src/deep/a.py",
    "src/deep/er/a.py",
    "src/deep/er/c1.py",
    "src/deep/er/c-.py",
    "data/a.py",
    "data/keep/a.py",
    "foo/src/a.py",
    "foo/bar/data/x.py",
    "été/ñ.py",
)

CASES = {
    "basename anywhere": {".gitignore": "a.py\n"},
    "anchored": {".gitignore": "/a.py\n/src/b.py\n"},
    "slash in the middle anchors": {".gitignore": "deep/a.py\nsrc/deep/a.py\n"},
    "folder only": {".gitignore": "data/\na.py/\n"},
    "star stays in its part": {".gitignore": "src/*.py\nfoo/*/a.py\n"},
    "leading double star": {".gitignore": "**/data\n**/er/a.py\n"},
    "trailing double star": {".gitignore": "src/**\n!src/a.py\n"},
    "inner double star": {".gitignore": "src/**/a.py\nfoo/**/x.py\n"},
    "double star glued to words is a star": {".gitignore": "src/d**p/a.py\ns**/b.py\n"},
    "negation": {".gitignore": "*.py\n!a.py\n"},
    "negation below an ignored folder is void": {".gitignore": "src/\n!src/a.py\n"},
    "negation of a folder's content": {".gitignore": "data/*\n!data/keep/\n"},
    "nested file overrides": {".gitignore": "*.py\n", "src/.gitignore": "!a.py\n", "src/deep/.gitignore": "a.py\n"},
    "nested anchored": {"src/.gitignore": "/a.py\n/deep/er\n"},
    "comments and blanks": {".gitignore": "# a.py\n\n   \nb.py\n"},
    "escaped hash and bang": {".gitignore": "\\#hash.py\n\\!bang.py\n"},
    "trailing blanks": {".gitignore": "a.py   \nb.py\\ \n"},
    "escaped star": {".gitignore": "star\\*.py\n"},
    "question mark": {".gitignore": "?.py\nsrc?a.py\n"},
    "ranges": {".gitignore": "[a-b].py\nc[0-9].py\n"},
    "negated ranges": {".gitignore": "[!a].py\nc[^0-9].py\n"},
    "bracket literals": {".gitignore": "[[]x].py\nc[]-].py\n"},
    "posix classes": {".gitignore": "[[:upper:]]PPER.py\nc[[:digit:]].py\n"},
    "malformed bracket": {".gitignore": "[a.py\nb.py\n"},
    "trailing backslash": {".gitignore": "a.py\\\nb.py\n"},
    "windows line ends": {".gitignore": "a.py\r\nsrc/deep/\r\n"},
    "byte order mark": {".gitignore": "\ufeffa.py\n"},
    "not ascii": {".gitignore": "été/\n"},
    "only slashes": {".gitignore": "/\n//\n"},
    "info exclude": {".git/info/exclude": "src/deep\n"},
    "info exclude is overridden": {".git/info/exclude": "a.py\n", ".gitignore": "!a.py\n"},
    "no final line end": {".gitignore": "b.py\na.py"},
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    for name in TREE:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return root


def git_sees(root: Path) -> list[str]:
    command = ["git", "-C", str(root), "-c", "core.excludesFile=", "ls-files", "-z", "-o", "--exclude-standard", "*.py"]
    output = subprocess.run(command, check=True, capture_output=True).stdout
    return sorted(output.decode().split("\0")[:-1])


def bpcheck_sees(root: Path) -> list[str]:
    found = discover(["."], SettingsFinder(isolated=True))
    assert found.diagnostics == []
    return sorted(path.as_posix() for path in found.files)


def write_ignores(root: Path, files: dict[str, str]) -> None:
    for old in [*root.rglob(".gitignore"), root / ".git/info/exclude"]:
        old.unlink(missing_ok=True)
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())


@pytest.mark.parametrize("files", CASES.values(), ids=CASES.keys())
def test_as_git(repository: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str]) -> None:
    monkeypatch.chdir(repository)
    write_ignores(repository, files)
    assert bpcheck_sees(repository) == git_sees(repository)


@pytest.mark.parametrize("seed", range(12))
def test_as_git_on_random_patterns(repository: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.chdir(repository)
    chance = random.Random(seed)
    words = [
        "a.py",
        "*.py",
        "src",
        "deep",
        "er",
        "data",
        "keep",
        "foo",
        "bar",
        "**",
        "*",
        "?.py",
        "[a-c]*",
        "d*",
        "x.py",
    ]
    for _ in range(8):
        files = {}
        for name in chance.sample([".gitignore", "src/.gitignore", "src/deep/.gitignore", "foo/.gitignore"], 2):
            lines = []
            for _ in range(chance.randint(1, 5)):
                line = "/".join(chance.choices(words, k=chance.choice([1, 1, 2, 2, 3])))
                lines.append(
                    chance.choice(["", "", "!"]) + chance.choice(["", "", "/"]) + line + chance.choice(["", "", "/"])
                )
            files[name] = "\n".join(lines) + "\n"
        write_ignores(repository, files)
        assert bpcheck_sees(repository) == git_sees(repository), files


def test_a_pattern_says_nothing_outside_its_folder() -> None:
    patterns = gitignore.parse(["*.py"], "/home/one")
    assert patterns.decision("/home/one/a.py", False) is True
    assert patterns.decision("/home/oneself/a.py", False) is None
    assert patterns.decision("/home/one", True) is None
