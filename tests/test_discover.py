"""Which files a path stands for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from bpcheck.discover import Discovery, discover
from bpcheck.settings import SettingsFinder


def plant(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")


def names(found: Discovery) -> list[str]:
    return [path.as_posix() for path in found.files]


def search(*paths: str, force_exclude: bool = False, respect_gitignore: bool = True) -> Discovery:
    return discover(paths or (".",), SettingsFinder(), respect_gitignore=respect_gitignore, force_exclude=force_exclude)


def test_python_files_and_notebooks_in_order(folder: Path) -> None:
    plant(folder, "z.py", "a/b.ipynb", "a/b.txt", "a/c.pyc")
    assert names(search()) == ["a/b.ipynb", "z.py"]


TRAINS = "optimizer: {name: sgd}\nlr: 0.1\nepochs: 3\n"


def test_files_that_may_configure_a_training(folder: Path) -> None:
    plant(folder, "data.yaml", "empty.json", "b.py")
    (folder / "data.yaml").write_text("name: x\n")
    for name in ("train.yaml", "sub/k.json", "l.toml", "n.yml"):
        plant(folder, name)
        (folder / name).write_text(TRAINS)
    assert names(search()) == ["b.py", "l.toml", "n.yml", "sub/k.json", "train.yaml"]


@pytest.mark.parametrize("name", ["pyproject.toml", "package.json", "tokenizer.json", ".hidden.yaml", ".github/w.yml"])
def test_settings_of_other_tools_are_left_out_unless_named(folder: Path, name: str) -> None:
    for each in (name, "sub/" + name):
        plant(folder, each)
        (folder / each).write_text(TRAINS)
    plant(folder, ".github/kept.py")  # a hidden folder, but Python
    assert names(search()) == [".github/kept.py"]
    found = search(name, ".")
    assert set(names(found)) == {name, ".github/kept.py"}
    assert found.named == {Path(name)}


def test_a_named_configuration_is_taken_whatever_it_says(folder: Path) -> None:
    plant(folder, "data.yaml")
    assert names(search("data.yaml")) == ["data.yaml"]


def test_large_and_unreadable_configurations_are_passed_by(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "train.json").write_text(TRAINS + " " * 3_000_000)
    (folder / "folder.yaml").mkdir()
    (folder / "gone.yaml").symlink_to(folder / "nowhere.yaml")
    assert names(search()) == []
    monkeypatch.setattr("bpcheck.discover.LARGEST", 10)
    (folder / "small.yaml").write_text(TRAINS)
    found = search()
    assert (names(found), found.diagnostics) == ([], [])


@pytest.mark.parametrize(
    "excluded", [".git", ".venv", "venv", "node_modules", "__pycache__", "build", "dist", ".tox", "site-packages"]
)
def test_folders_left_out_by_default(folder: Path, excluded: str) -> None:
    plant(folder, f"{excluded}/a.py", f"deep/{excluded}/a.py", "kept.py")
    assert names(search()) == ["kept.py"]


def test_a_named_path_is_taken_even_where_it_is_excluded(folder: Path) -> None:
    plant(folder, "build/a.py", "build/sub/b.py")
    assert names(search("build/a.py")) == ["build/a.py"]
    assert names(search("build")) == ["build/a.py", "build/sub/b.py"]


def test_force_exclude_holds_for_named_paths(folder: Path) -> None:
    plant(folder, "build/a.py", "src/gen/a.py", "src/ok.py", ".git/HEAD")
    (folder / "pyproject.toml").write_text('[tool.bpcheck]\nextend-exclude = ["src/gen/"]\n')
    (folder / ".gitignore").write_text("ignored.py\n")
    plant(folder, "ignored.py")
    paths = ("build/a.py", "src/gen/a.py", "src/ok.py", "ignored.py", "build")
    assert names(search(*paths, force_exclude=True)) == ["src/ok.py"]


def test_include_narrows(folder: Path) -> None:
    plant(folder, "train_a.py", "helper.py", "n.ipynb")
    (folder / "bpcheck.toml").write_text('include = ["train_*.py"]\n')
    assert names(search()) == ["train_a.py"]
    assert names(search("helper.py", force_exclude=True)) == []


def test_exclude_replaces_the_defaults_and_is_anchored_at_its_file(folder: Path) -> None:
    plant(folder, "build/a.py", "sub/old/a.py", "old/a.py")
    (folder / "bpcheck.toml").write_text('exclude = ["/old"]\n')
    assert names(search()) == ["build/a.py", "sub/old/a.py"]


def test_the_settings_of_a_nested_project_hold_below_it(folder: Path) -> None:
    plant(folder, "one/gen/a.py", "two/gen/a.py")
    (folder / "one/bpcheck.toml").write_text('extend-exclude = ["gen"]\n')
    assert names(search()) == ["two/gen/a.py"]


def test_gitignore_can_be_disregarded(folder: Path) -> None:
    plant(folder, "a.py", "b.py")
    (folder / ".gitignore").write_text("a.py\n")
    assert names(search()) == ["b.py"]
    assert names(search(respect_gitignore=False)) == ["a.py", "b.py"]


def test_ignore_files_above_the_given_folder_hold_up_to_the_repository(folder: Path) -> None:
    plant(folder, "repo/.git/HEAD", "repo/src/a.py", "repo/src/b.py")
    (folder / "repo/.gitignore").write_text("src/a.py\n")
    (folder / ".gitignore").write_text("b.py\n")  # outside the repository: not ours
    assert names(search("repo/src")) == ["repo/src/b.py"]


def test_each_file_once(folder: Path) -> None:
    plant(folder, "src/a.py")
    assert names(search(".", "src", "src/a.py", "./src/../src/a.py")) == ["src/a.py"]


def test_links_neither_loop_nor_repeat(folder: Path) -> None:
    plant(folder, "src/a.py", "outside/b.py")
    (folder / "src/loop").symlink_to(folder / "src")
    (folder / "src/self.py").symlink_to("self.py")
    (folder / "src/again.py").symlink_to("a.py")
    (folder / "src/other.py").symlink_to("../outside/b.py")
    assert names(search("src")) == ["src/a.py", "src/other.py"]


def test_a_missing_path_is_told(folder: Path) -> None:
    found = search("nowhere.py")
    assert [(d.path, d.message, d.fatal) for d in found.diagnostics] == [("nowhere.py", "no such file or folder", True)]


def test_a_file_of_another_kind_is_told(folder: Path) -> None:
    plant(folder, "notes.txt")
    [diagnostic] = search("notes.txt").diagnostics
    assert diagnostic.kind == "unsupported"
    assert ".py" in diagnostic.message


def test_what_is_no_regular_file_is_told(folder: Path) -> None:
    os.mkfifo(folder / "pipe.py")
    assert [d.message for d in search("pipe.py").diagnostics] == ["not a regular file"]
    assert names(search()) == []


def test_an_unreadable_folder_is_told_and_the_rest_goes_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(folder, "a.py", "locked/b.py")
    scan = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("locked"):  # a mode would not keep the superuser out
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr("bpcheck.discover.os.scandir", refuse)
    found = search()
    assert names(found) == ["a.py"]
    assert [(d.path, d.kind) for d in found.diagnostics] == [("locked", "unreadable")]


def test_paths_outside_the_working_directory_are_absolute(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(folder, "one/a.py", "two/b.py")
    monkeypatch.chdir(folder / "one")
    assert names(search(".", "../two")) == [(folder / "two/b.py").as_posix(), "a.py"]
