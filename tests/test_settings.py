"""Settings: the nearest file wins, and a mistake in it is named with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bpcheck.errors import UsageError
from bpcheck.findings import Severity
from bpcheck.settings import DEFAULT_EXCLUDE, Overrides, Settings, SettingsFinder
from bpcheck.settings_report import settings_lines


def settings_in(folder: Path, **options: Any) -> Settings:
    return SettingsFinder(**options).for_folder(str(folder))


def test_defaults(folder: Path) -> None:
    settings = settings_in(folder)
    assert settings.select == ("recommended",)
    assert settings.severity is Severity.WARNING
    assert settings.fail_on is Severity.WARNING
    assert settings.exclude is DEFAULT_EXCLUDE
    assert settings.file is None
    assert settings.origins == {}


def test_every_key(folder: Path) -> None:
    (folder / "pyproject.toml").write_text(
        """
[tool.bpcheck]
select = ["BP4"]
ignore = ["BP403"]
extend-select = ["BP305"]
severity = "info"
fail-on = "never"
exclude = ["old"]
extend-exclude = ["gen"]
include = ["*.py"]
output-format = "concise"

[tool.bpcheck.per-file-ignores]
"tests/" = ["BP4"]
"""
    )
    settings = settings_in(folder)
    assert settings.select == ("BP4",)
    assert settings.ignore == ("BP403",)
    assert settings.extend_select == ("BP305",)
    assert settings.severity is Severity.INFO
    assert settings.fail_on is None
    assert settings.exclude == ("old",)
    assert settings.extend_exclude == ("gen",)
    assert settings.include == ("*.py",)
    assert settings.output_format == "concise"
    assert settings.per_file_ignores == (("tests/", ("BP4",)),)
    assert set(settings.origins.values()) == {str(folder / "pyproject.toml")}


def test_nearest_wins_and_nothing_is_merged(folder: Path) -> None:
    (folder / "sub/deep").mkdir(parents=True)
    (folder / "pyproject.toml").write_text('[tool.bpcheck]\nignore = ["BP4"]\nseverity = "error"\n')
    (folder / "sub/bpcheck.toml").write_text('severity = "info"\n')
    (folder / "sub/deep/pyproject.toml").write_text("[project]\nname = 'x'\ndescription = 'no word of the tool'\n")
    settings = settings_in(folder / "sub/deep")
    assert settings.severity is Severity.INFO
    assert settings.ignore == ()
    assert settings.root == folder / "sub"


def test_bpcheck_toml_comes_before_pyproject(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.bpcheck]\nseverity = "error"\n')
    (folder / "bpcheck.toml").write_text('[tool.bpcheck]\nseverity = "info"\n')
    assert settings_in(folder).severity is Severity.INFO


def test_a_pyproject_that_only_mentions_the_name_is_passed_over(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "bpcheck.toml").write_text('severity = "info"\n')
    (folder / "sub/pyproject.toml").write_text('[project]\ndependencies = ["bpcheck"]\n')
    assert settings_in(folder / "sub").severity is Severity.INFO


def test_a_pyproject_without_the_name_is_never_parsed(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("this is not TOML")
    assert settings_in(folder).file is None


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('selct = ["BP4"]', ["`selct`", "`select`"]),
        ('per-file-ignore = {}', ["`per-file-ignore`", "`per-file-ignores`"]),
        ("zzzzqqq = 1", ["`zzzzqqq`"]),
        ('select = "BP4"', ["`select`", "a list of strings", '"BP4"']),
        ("select = [1]", ["`select`", "a list of strings"]),
        ('severity = "grave"', ["`severity`", '"error"', '"grave"']),
        ("fail-on = true", ["`fail-on`", '"never"', "true"]),
        ('output-format = "xml"', ["`output-format`", '"sarif"', '"xml"']),
        ('per-file-ignores = ["a"]', ["`per-file-ignores`", "a table"]),
        ('per-file-ignores = { "a" = "BP4" }', ["`per-file-ignores`", "a table"]),
        ("rules = 3", ["`rules`", "table"]),
        ("rules.no-such-rule.x = 3", ["`rules.no-such-rule`"]),
        ("select = [1 2]", ["not valid TOML", "line 1"]),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_key_and_file(folder: Path, text: str, parts: list[str]) -> None:
    file = folder / "bpcheck.toml"
    file.write_text(text)
    with pytest.raises(UsageError) as error:
        settings_in(folder)
    assert all(part in str(error.value) for part in [*parts, str(file)]), str(error.value)


def test_not_utf_8(folder: Path) -> None:
    (folder / "bpcheck.toml").write_bytes(b'select = ["\xff"]')
    with pytest.raises(UsageError, match="UTF-8"):
        settings_in(folder)


def test_tool_bpcheck_that_is_no_table(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool]\nbpcheck = 3\n")
    with pytest.raises(UsageError, match="must be a table"):
        settings_in(folder)


def test_config_names_the_only_file(folder: Path) -> None:
    (folder / "bpcheck.toml").write_text('severity = "error"\n')
    (folder / "other.toml").write_text('[tool.bpcheck]\nseverity = "info"\n')
    assert settings_in(folder, config="other.toml").severity is Severity.INFO
    with pytest.raises(UsageError, match=r"missing\.toml: no such settings file"):
        settings_in(folder, config="missing.toml")


def test_config_that_says_nothing_about_bpcheck(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    with pytest.raises(UsageError, match="has no"):
        settings_in(folder, config="pyproject.toml")


def test_a_folder_that_was_listed_is_not_searched_again(folder: Path) -> None:
    (folder / "bpcheck.toml").write_text('severity = "info"\n')
    assert SettingsFinder().for_folder(str(folder), {"a.py"}).severity is Severity.WARNING
    assert SettingsFinder().for_folder(str(folder), {"a.py", "bpcheck.toml"}).severity is Severity.INFO


def test_isolated_reads_no_file(folder: Path) -> None:
    (folder / "bpcheck.toml").write_text("broken")
    assert settings_in(folder, isolated=True).severity is Severity.WARNING


def test_the_command_line_has_the_last_word(folder: Path) -> None:
    (folder / "bpcheck.toml").write_text(
        'select = ["BP4"]\nignore = ["BP403"]\nextend-select = ["BP1"]\nfail-on = "error"\n'
    )
    adding = settings_in(folder, overrides=Overrides(ignore=["BP404"], extend_select=["BP2"], fail_never=True))
    assert adding.select == ("BP4",)
    assert adding.ignore == ("BP403", "BP404")
    assert adding.extend_select == ("BP1", "BP2")
    assert adding.fail_on is None
    afresh = settings_in(folder, overrides=Overrides(select=["BP3"], ignore=["BP305"]))
    assert (afresh.select, afresh.ignore, afresh.extend_select) == (("BP3",), ("BP305",), ())
    assert afresh.origins["select"] == "the command line"
    assert afresh.origins["fail-on"] == str(folder / "bpcheck.toml")


def test_a_run_is_governed_by_the_folder_that_holds_its_paths(folder: Path) -> None:
    for name in ("one", "two"):
        (folder / name).mkdir()
        (folder / name / "bpcheck.toml").write_text('severity = "info"\n')
    finder = SettingsFinder()
    assert finder.for_paths(["one"]).severity is Severity.INFO
    assert finder.for_paths(["one", "two"]).severity is Severity.WARNING
    assert finder.for_paths([]).severity is Severity.WARNING


def test_per_file_ignores_cover_folders_and_names(folder: Path) -> None:
    (folder / "bpcheck.toml").write_text('per-file-ignores = { "tests/" = ["BP4"], "legacy_*.py" = ["BP3"] }\n')
    settings = settings_in(folder)
    base = folder.as_posix()
    assert settings.ignored_in(f"{base}/tests/deep/a.py") == ["BP4"]
    assert settings.ignored_in(f"{base}/src/legacy_a.py") == ["BP3"]
    assert settings.ignored_in(f"{base}/tests/legacy_a.py") == ["BP4", "BP3"]
    assert settings.ignored_in(f"{base}/src/a.py") == []


def test_the_report_of_settings_is_a_settings_file(folder: Path) -> None:
    file = folder / "bpcheck.toml"
    file.write_text('severity = "info"\nexclude = ["a\\\\b", "c\\"d"]\nper-file-ignores = { "x" = ["BP4"] }\n')
    settings = settings_in(folder)
    lines = list(settings_lines(settings))
    assert f'severity = "info"  # {file}' in lines
    assert 'fail-on = "warning"  # default' in lines
    file.write_text("\n".join(lines))
    again = settings_in(folder)
    for key in ("select", "severity", "fail_on", "exclude", "include", "per_file_ignores", "output_format"):
        assert getattr(again, key) == getattr(settings, key)
