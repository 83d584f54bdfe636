"""Which file an import means, who imports whom, and where a project begins."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bpcheck import importers
from bpcheck.project import Project, might_train


def make(root: Path, *files: str, **contents: str) -> Project:
    """A project with ``files`` (empty ones), and with ``contents`` by name, where ``__`` is a slash."""
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    for name, text in contents.items():
        file = root / (re.sub(r"(?<=\w)__(?=[a-z])", "/", name) + ".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return Project(root, root)


def resolved(project: Project, module: str, importer: str, level: int = 0, entry: str | None = None) -> str | None:
    found = project.resolve(module, Path(importer), level, None if entry is None else Path(entry))
    return None if found is None else found.relative_to(project.root).as_posix()


@pytest.mark.parametrize(
    ("files", "importer", "module", "expected"),
    [
        pytest.param(["model.py"], "train.py", "model", "model.py", id="sibling"),
        pytest.param(["a/b/c.py", "a/__init__.py", "a/b/__init__.py"], "train.py", "a.b.c", "a/b/c.py", id="dotted"),
        pytest.param(["a/__init__.py", "a.py"], "train.py", "a", "a/__init__.py", id="package-before-module"),
        pytest.param(["data.py", "data/x.py"], "train.py", "data", "data.py", id="module-before-directory"),
        pytest.param(["a/b/c.py"], "train.py", "a.b", "a/b", id="namespace-package"),
        pytest.param(["a/b/c.py"], "train.py", "a", "a", id="namespace-package-of-packages"),
        pytest.param(["data/x.txt"], "train.py", "data", None, id="directory-without-python"),
        pytest.param(["utils.py"], "scripts/train.py", "utils", "utils.py", id="project-root"),
        pytest.param(["src/net/__init__.py"], "scripts/train.py", "net", "src/net/__init__.py", id="src"),
        pytest.param(["a/utils.py"], "a/b/train.py", "utils", "a/utils.py", id="in-between"),
        pytest.param(["utils.py", "a/utils.py"], "a/train.py", "utils", "a/utils.py", id="own-directory-first"),
        pytest.param(["p/q/__init__.py", "p/q/m.py"], "p/q/train.py", "q.m", "p/q/m.py", id="parent-of-own-package"),
        pytest.param(["q/__init__.py", "q/model.py"], "q/train.py", "model", "q/model.py", id="script-in-a-package"),
        pytest.param(["q/__init__.py", "q/model.py", "model.py"], "q/train.py", "model", "model.py", id="root-first"),
        pytest.param([], "train.py", "model", None, id="nowhere"),
        pytest.param(["model.py"], "train.py", "model.net", None, id="module-is-no-package"),
        pytest.param(["model.py/x.txt"], "train.py", "model", None, id="directory-called-py"),
        pytest.param(["model.py"], "train.py", "", None, id="no-name"),
        pytest.param(["model.py"], "train.py", "a..b", None, id="no-module-name"),
    ],
)
def test_absolute_imports(tmp_path: Path, files: list[str], importer: str, module: str, expected: str | None) -> None:
    assert resolved(make(tmp_path, importer, *files), module, importer) == expected


@pytest.mark.parametrize(
    ("files", "importer", "module", "expected"),
    [
        pytest.param(["logging.py"], "train.py", "logging", "logging.py", id="next-to-the-script"),
        pytest.param(["datasets/__init__.py"], "train.py", "datasets", "datasets/__init__.py", id="package-next-to-it"),
        pytest.param(["datasets/x.py"], "train.py", "datasets.x", "datasets/x.py", id="file-in-a-directory"),
        pytest.param(["datasets/x.py"], "train.py", "datasets", None, id="installed-before-mere-directory"),
        pytest.param(["q/__init__.py", "q/logging.py"], "q/train.py", "logging", None, id="within-a-package"),
        pytest.param(["q/__init__.py", "q/torch.py"], "q/train.py", "torch", None, id="wrapper-within-a-package"),
        pytest.param(["datasets/__init__.py"], "scripts/train.py", "datasets", None, id="root-is-not-on-the-path"),
        pytest.param(["src/torch/__init__.py"], "train.py", "torch", None, id="src-is-not-on-the-path"),
        pytest.param(["timm/__init__.py", "timm/data/__init__.py"], "timm/data/x.py", "timm.data",
                     "timm/data/__init__.py", id="the-library-itself"),
        pytest.param(["sys.py", "time.py"], "train.py", "sys", None, id="built-in"),
    ],
)  # fmt: skip
def test_names_of_libraries(tmp_path: Path, files: list[str], importer: str, module: str, expected: str | None) -> None:
    assert resolved(make(tmp_path, importer, *files), module, importer) == expected


@pytest.mark.parametrize(
    ("importer", "module", "level", "expected"),
    [
        ("a/b/x.py", "y", 1, "a/b/y.py"),
        ("a/b/x.py", "", 1, "a/b/__init__.py"),
        ("a/b/__init__.py", "y", 1, "a/b/y.py"),
        ("a/b/x.py", "", 2, "a/__init__.py"),
        ("a/b/x.py", "b.y", 2, "a/b/y.py"),
        ("a/b/x.py", "c", 3, None),
        ("a/b/x.py", "y", 4, None),
        ("a/b/x.py", "y", 400, None),
        ("a/b/x.py", "logging", 1, "a/b/logging.py"),
        ("script.py", "a", 1, "a/__init__.py"),
    ],
)
def test_relative_imports(tmp_path: Path, importer: str, module: str, level: int, expected: str | None) -> None:
    project = make(
        tmp_path, "a/__init__.py", "a/b/__init__.py", "a/b/x.py", "a/b/y.py", "a/b/logging.py", "script.py"
    )  # fmt: skip
    assert resolved(project, module, importer, level) == expected


def test_the_directory_of_the_script_that_runs_comes_first(tmp_path: Path) -> None:
    project = make(tmp_path, "exp/train.py", "exp/utils.py", "lib/model.py", "lib/utils.py", "exp/datasets.py")
    assert resolved(project, "utils", "lib/model.py") == "lib/utils.py"
    assert resolved(project, "utils", "lib/model.py", entry="exp/train.py") == "exp/utils.py"
    assert resolved(project, "datasets", "lib/model.py", entry="exp/train.py") == "exp/datasets.py"
    assert resolved(project, "datasets", "lib/model.py") is None


@pytest.mark.parametrize("folder", ["site-packages", ".venv", "node_modules"])
def test_what_is_installed_is_never_local(tmp_path: Path, folder: str) -> None:
    project = make(tmp_path, f"{folder}/net/__init__.py", f"{folder}/__init__.py", "train.py")
    (tmp_path / folder / "pyvenv.cfg").write_text("")
    assert resolved(project, f"{folder}.net", "train.py") is None
    assert resolved(project, "net", "train.py") is None


def test_nothing_outside_the_project_is_local(tmp_path: Path) -> None:
    make(tmp_path, "outside.py", "work/train.py")
    project = Project(tmp_path / "work", tmp_path)
    assert project.resolve("outside", Path("work/train.py")) is None
    assert project.resolve("outside", Path("work/train.py"), 2) is None


@pytest.mark.parametrize(
    "statement",
    [
        "import model", "import model as m", "from model import Net", "from model import *", "import os, model",
        "from model import (\n    Net,\n)", "import os, \\\n    model", "def f():\n    import model",
        "try:\n    import model\nexcept ImportError:\n    pass", "from . import model", "from .model import Net",
        "if x:\n    pass\nelse:\n    from model import Net", "with x:\n    import model", "print 1\nimport model",
        "match x:\n    case 1:\n        import model",
    ],
)  # fmt: skip
def test_every_kind_of_import_is_found(tmp_path: Path, statement: str) -> None:
    project = make(tmp_path, "model.py", train=statement, other="model = 3  # import nothing\n")
    assert project.importers(Path("model.py")) == [tmp_path / "train.py"]


def test_importers_are_found_through_others(tmp_path: Path) -> None:
    package = {"net/__init__": "from .model import Net\n", "net/model": "from .layers import Layer\n"}
    make(tmp_path, "net/layers.py", "elsewhere/layers.py", alone="import elsewhere.layers\n")
    project = make(tmp_path, train="from net import Net\nNet().fit()\n", **package)
    found = [file.relative_to(tmp_path).as_posix() for file in project.importers(Path("net/layers.py"))]
    assert found == ["net/__init__.py", "net/model.py", "train.py"]
    assert project.entries_of(Path("net/layers.py")) == [tmp_path / "train.py"]


def test_of_two_modules_with_one_name_each_has_its_own_importers(tmp_path: Path) -> None:
    project = make(tmp_path, a__model="", a__train="import model\n", b__model="", b__train="import model\n")
    assert project.importers(Path("b/model.py")) == [tmp_path / "b/train.py"]


def test_notebooks_import_too(tmp_path: Path) -> None:
    project = make(tmp_path, model="")
    notebook = '{"cells": [{"cell_type": "code", "source": ["x = 1\\n", "from model import Net\\n"]}]}'
    (tmp_path / "a.ipynb").write_text(notebook)
    assert project.entries_of(Path("model.py")) == [tmp_path / "a.ipynb"]


def test_cycles_and_modules_that_import_themselves_end(tmp_path: Path) -> None:
    project = make(tmp_path, a="import b\n", b="import c\n", c="import a\nimport c\n")
    assert project.importers(Path("a.py")) == [tmp_path / "b.py", tmp_path / "c.py"]
    assert project.importers(Path("c.py")) == [tmp_path / "a.py", tmp_path / "b.py"]


def test_links_to_directories_are_not_followed(tmp_path: Path) -> None:
    project = make(tmp_path, "a/model.py", a__train="import model\n")
    (tmp_path / "a/loop").symlink_to(tmp_path)
    assert project.importers(Path("a/model.py")) == [tmp_path / "a/train.py"]


def test_files_that_cannot_be_read_are_passed_over(tmp_path: Path) -> None:
    project = make(tmp_path, "model.py", train="import model\n", broken="import model\nx = = 1\n(")
    (tmp_path / "dangling.py").symlink_to(tmp_path / "gone.py")
    (tmp_path / "folder.py").mkdir()
    assert project.importers(Path("model.py"))[-1] == tmp_path / "train.py"


def test_the_search_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importers, "MOST_FILES", 2)
    project = make(tmp_path, "a.py", b="import a\n", c="import a\n")
    assert project.importers(Path("a.py")) == [tmp_path / "b.py"]


def test_environments_and_build_folders_are_not_searched(tmp_path: Path) -> None:
    text = "import model\n"
    project = make(tmp_path, "model.py", build__a=text, myenv__lib__a=text, **{".hidden__a": text})
    (tmp_path / "myenv/pyvenv.cfg").write_text("")
    assert project.importers(Path("model.py")) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if __name__ == '__main__':\n    main()\n", True),
        ("if '__main__' == __name__: main()\n", True),
        ("for x in y: train(x)\n", True),
        ("with a: b\n", True),
        ("main()\n", True),
        ("fire.Fire(main)\n", True),
        ("trainer.fit(model)\n", True),
        ("history = model.fit(x, y)\n", True),
        ("best = trainer.hyperparameter_search(n_trials=3)\n", True),
        ("net = train(loader)\n", True),
        ("class Solver: pass\nSolver.solve(net)\n", True),
        ("class Shape: pass\nShape.register(int)\n", False),
        ("parts = data.split(3)\n", False),
        ("try:\n    main()\nexcept E:\n    pass\n", True),
        ("", False),
        ('"""Doc."""\nimport a\nx = f()\ndef g(): pass\nclass A: pass\nx: int = 3\nx += 1\n', False),
        ("import warnings\nwarnings.filterwarnings('ignore')\ntorch.manual_seed(0)\n", False),
        ("try:\n    import apex\nexcept ImportError:\n    apex = None\n", False),
        ("if x:\n    import a\nelse:\n    a = None\n", False),
        ("if not x:\n    raise ImportError('x')\n", False),
    ],
)
def test_what_is_meant_to_be_run(tmp_path: Path, text: str, expected: bool) -> None:
    assert make(tmp_path, a=text).is_entry(Path("a.py")) is expected


def test_a_file_is_parsed_once(tmp_path: Path) -> None:
    project = make(tmp_path, a="x = 1\n")
    assert project.source(Path("a.py")) is project.source(tmp_path / "b/../a.py")


def test_an_overlay_stands_for_the_file(tmp_path: Path) -> None:
    project = make(tmp_path, "model.py", a="x = 1\n")
    assert project.source(Path("a.py")).text == "x = 1\n"
    project.overlay(Path("a.py"), b"import model\n")
    assert project.content(Path("a.py")) == b"import model\n"
    assert project.source(Path("a.py")).text == "import model\n"
    assert project.importers(Path("model.py")) == [tmp_path / "a.py"]


def test_an_overlay_needs_no_file(tmp_path: Path) -> None:
    project = make(tmp_path, "model.py")
    project.overlay(Path("new.py"), b"import model\n")
    assert project.source(Path("new.py")).complete
    assert resolved(project, "model", "new.py") == "model.py"


def test_content_of_what_cannot_be_read_raises(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="gone"):
        make(tmp_path).content(Path("gone.py"))


def test_a_file_is_read_once_for_its_bytes_and_its_tree(tmp_path: Path) -> None:
    project = make(tmp_path, a="x = 1\n")
    assert project.content(Path("a.py")) == b"x = 1\n"
    (tmp_path / "a.py").unlink()
    assert project.source(Path("a.py")).complete


@pytest.mark.parametrize("mark", [".git", "pyproject.toml", "setup.py", "setup.cfg"])
def test_the_root_has_a_sign(tmp_path: Path, mark: str) -> None:
    make(tmp_path, f"repo/{mark}", "repo/a/b/train.py")
    assert Project.around([Path("repo/a/b/train.py")], tmp_path).root == tmp_path / "repo"


def test_the_root_of_several_paths_is_above_them_all(tmp_path: Path) -> None:
    make(tmp_path, "repo/a/setup.py", "repo/a/x.py", "repo/b/y.py", "repo/setup.py")
    assert Project.around([Path("repo/a/x.py")], tmp_path).root == tmp_path / "repo/a"
    assert Project.around([Path("repo/a/x.py"), Path("repo/b/y.py")], tmp_path).root == tmp_path / "repo"


def test_without_a_sign_the_root_is_what_the_paths_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    make(tmp_path, "a/b/x.py", "a/c/y.py", "setup.py")
    assert Project.around([Path("a/b/x.py"), Path("a/c")], tmp_path).root == tmp_path / "a"
    assert Project.around([Path("a/b/x.py")], tmp_path).root == tmp_path / "a/b"


def test_without_paths_the_project_is_round_the_working_directory(tmp_path: Path) -> None:
    make(tmp_path, "setup.py", "a/x.py")
    assert Project.around([], tmp_path / "a").root == tmp_path


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"import torch\n", True), (b"from .core import *\nloss.backward()\n", True), (b"import keras", True),
        (b"from sklearn.svm import SVC", True), (b"import lightning as L", True), (b"import fastai", True),
        (b"import tensorflow", True), (b"import transformers", True), (b"import jax", True), (b"", False),
        (b"import os\nprint(os.getcwd())\n", False),
        ("import torch\n".encode("utf-16"), True),
    ],
)  # fmt: skip
def test_the_prefilter(data: bytes, expected: bool) -> None:
    assert might_train(data) is expected
