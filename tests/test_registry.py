"""Rules are found by walking packages; plugins through their installed entry points."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from bpcheck.errors import UsageError
from bpcheck.plugins import plugin_packages
from bpcheck.registry import collect, load_rules

RULE = """
from bpcheck.findings import Severity
from bpcheck.rule import rule

@rule(code="{code}", severity=Severity.WARNING)
def check(program):
    yield from ()
"""


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on ``sys.path`` whose modules are forgotten afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path))
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        del sys.modules[name]


def put(library: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (library / name).parent.mkdir(parents=True, exist_ok=True)
        (library / name).write_text(text)


def test_walks_a_package_to_the_bottom_and_sorts_by_code(library: Path) -> None:
    put(library, {
        "walked/__init__.py": "",
        "walked/zebra_striped.py": RULE.format(code="XX101"),
        "walked/deep/__init__.py": "",
        "walked/deep/deeper/__init__.py": "",
        "walked/deep/deeper/found_late.py": RULE.format(code="XX001"),
    })  # fmt: skip
    assert [(rule.code, rule.name) for rule in collect(["walked"])] == [
        ("XX001", "found-late"),
        ("XX101", "zebra-striped"),
    ]


def test_a_rule_that_another_module_imports_counts_once(library: Path) -> None:
    put(library, {
        "imported/__init__.py": "from imported.one import check",
        "imported/one.py": RULE.format(code="XX001"),
    })  # fmt: skip
    assert [rule.code for rule in collect(["imported"])] == ["XX001"]


@pytest.mark.parametrize(
    ("first", "second", "key"),
    [
        ({"pa/one.py": "XX001"}, {"pa/two.py": "XX001"}, "XX001"),
        ({"pb/one.py": "XX001"}, {"pb/sub/one.py": "XX002"}, "one"),
    ],
    ids=["code", "name"],
)
def test_duplicates_are_refused_naming_both(
    library: Path, first: dict[str, str], second: dict[str, str], key: str
) -> None:
    rules = {**first, **second}
    package = next(iter(rules)).partition("/")[0]
    put(library, {f"{package}/__init__.py": "", f"{package}/sub/__init__.py": ""})
    put(library, {name: RULE.format(code=code) for name, code in rules.items()})
    with pytest.raises(UsageError) as error:
        collect([package])
    modules = [name.removesuffix(".py").replace("/", ".") for name in rules]
    assert f"`{key}`" in str(error.value)
    assert all(f"`{module}`" in str(error.value) for module in modules)


def test_a_package_that_fails_to_import_is_named(library: Path) -> None:
    put(library, {"broken_rules.py": "import nowhere_to_be_found"})
    with pytest.raises(UsageError, match=r"broken_rules.*nowhere_to_be_found"):
        collect(["broken_rules"])


@pytest.mark.parametrize("kind", ["dist-info", "egg-info"])
def test_plugins_are_found_by_their_entry_points(library: Path, kind: str) -> None:
    put(library, {
        f"extra-1.0.{kind}/entry_points.txt": (
            "[console_scripts]\nextra = extra.cli:main\n\n"
            "[bpcheck.rules]\n# a comment\nmine = extra_rules\nmore=extra_more.rules:ignored [opt]\n\n"
            "[other]\nx = not_this\n"
        ),
        "extra_rules.py": RULE.format(code="XX001"),
        "extra_more/__init__.py": "",
        "extra_more/rules.py": RULE.format(code="XX002"),
    })  # fmt: skip
    found = plugin_packages()
    assert [name for name in found if name.startswith("extra")] == ["extra_rules", "extra_more.rules"]
    assert "not_this" not in found
    assert {"XX001", "XX002"} <= {rule.code for rule in load_rules()}


def test_malformed_entry_points_are_passed_over(library: Path) -> None:
    put(
        library, {"odd-1.dist-info/entry_points.txt": "[bpcheck.rules]\nno equals sign\n=\n= \n[bpcheck.rules\nx = y\n"}
    )
    (library / "bytes-1.dist-info").mkdir()
    (library / "bytes-1.dist-info/entry_points.txt").write_bytes(b"[bpcheck.rules]\nx = \xff\n")
    (library / "empty-1.dist-info").mkdir()
    assert not {"y", ""} & set(plugin_packages())


def test_the_same_as_importlib_metadata_finds() -> None:
    from importlib.metadata import entry_points

    expected = {point.module for point in entry_points(group="bpcheck.rules")}
    assert set(plugin_packages()) == expected


def test_the_built_in_rules_are_always_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bpcheck.registry.plugin_packages", lambda: ["bpcheck_rules"])
    twice = load_rules()
    monkeypatch.setattr("bpcheck.registry.plugin_packages", list)
    assert load_rules() == twice
