"""Reading ``bpcheck.toml`` and ``[tool.bpcheck]``: every key has a type, and a mistake is named with its place."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

from bpcheck.errors import UsageError, did_you_mean
from bpcheck.findings import Severity
from bpcheck.settings import OUTPUT_FORMATS, Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# A header or a key that may be ours. The name alone stands in the file of every project that depends on bpcheck.
_MENTION = rb"""(?m)^\s*\[[^\]\n]*bpcheck|bpcheck["']?\s*[.=]"""


class _WrongTypeError(Exception):
    """A value of the wrong type; the text says what is expected."""


def read_settings(path: Path) -> Settings | None:
    """The settings in the file at ``path``, or ``None`` where it says nothing about bpcheck."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    if path.name == "pyproject.toml" and not (b"bpcheck" in data and re.search(_MENTION, data)):
        return None  # most pyproject.toml files: spare them the parser
    table = _table_in(path, _parse(path, data))
    return None if table is None else _settings(path, table)


def _parse(path: Path, data: bytes) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8, as TOML must be (byte {error.start})") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: not valid TOML: {error}") from error


def _table_in(path: Path, document: dict[str, Any]) -> dict[str, Any] | None:
    tool = document.get("tool")
    table = tool.get("bpcheck") if isinstance(tool, dict) else None
    if table is None:
        return None if path.name == "pyproject.toml" else document
    if not isinstance(table, dict):
        raise UsageError(f"{path}: `tool.bpcheck` must be a table")
    return table


def _settings(path: Path, table: dict[str, Any]) -> Settings:
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key == "rules":
            _check_rule_options(path, value)
            continue
        if key == "models":
            from bpcheck.settings_models import read_models  # which knows the tables of all libraries

            values["models"] = read_models(str(path), value)
            continue
        read = _READERS.get(key)
        if read is None:
            raise UsageError(f"{path}: unknown key `{key}`.{did_you_mean(key, [*_READERS, 'models', 'rules'])}")
        try:
            values[key.replace("-", "_")] = read(value)
        except _WrongTypeError as error:
            raise UsageError(f"{path}: `{key}` must be {error}, not {in_words(value)}") from error
    origins = {key: str(path) for key in table if key != "rules"}
    return Settings(path.parent, path, **values, origins=origins)


def _check_rule_options(path: Path, value: object) -> None:
    """`[tool.bpcheck.rules.<name>]` must name a rule. No rule has options yet, so any option is a mistake."""
    from bpcheck.registry import load_rules

    if not isinstance(value, dict):
        raise UsageError(f"{path}: `rules` must be a table with a table for each rule, not {in_words(value)}")
    names = [rule.name for rule in load_rules()]
    for name, options in value.items():
        if name not in names:
            raise UsageError(f"{path}: unknown rule `rules.{name}`.{did_you_mean(name, names)}")
        if not isinstance(options, dict):
            raise UsageError(f"{path}: `rules.{name}` must be a table, not {in_words(options)}")
        for option in options:
            raise UsageError(f"{path}: unknown key `rules.{name}.{option}`. The rule has no options")


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _WrongTypeError("a list of strings")
    return tuple(value)


def _selectors_by_glob(value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        raise _WrongTypeError("a table from patterns to lists of rules")
    try:
        return tuple((glob, _strings(words)) for glob, words in value.items())
    except _WrongTypeError:
        raise _WrongTypeError("a table from patterns to lists of rules") from None


def _word_of(*words: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or value not in words:
            raise _WrongTypeError("one of " + ", ".join(f'"{word}"' for word in words))
        return value

    return read


def _severity(value: object) -> Severity:
    return Severity.of(_word_of("error", "warning", "info")(value))


def _threshold(value: object) -> Severity | None:
    word = _word_of("error", "warning", "info", "never")(value)
    return None if word == "never" else Severity.of(word)


def in_words(value: object) -> str:
    """A value of a settings file, for a message about it."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    return "such a list" if isinstance(value, list) else str(value)


_READERS: dict[str, Callable[[Any], object]] = {
    "select": _strings,
    "ignore": _strings,
    "extend-select": _strings,
    "severity": _severity,
    "fail-on": _threshold,
    "exclude": _strings,
    "extend-exclude": _strings,
    "include": _strings,
    "per-file-ignores": _selectors_by_glob,
    "output-format": _word_of(*OUTPUT_FORMATS),
}
