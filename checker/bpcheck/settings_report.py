"""`bpcheck config`: the settings in force, and where each comes from."""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.settings import Settings


def settings_lines(settings: Settings) -> Iterator[str]:
    """One line for each setting, in the syntax of a settings file, with its origin as a comment."""
    values: dict[str, str] = {
        "select": _list(settings.select),
        "ignore": _list(settings.ignore),
        "extend-select": _list(settings.extend_select),
        "severity": f'"{settings.severity}"',
        "fail-on": f'"{"never" if settings.fail_on is None else settings.fail_on}"',
        "exclude": _list(settings.exclude),
        "extend-exclude": _list(settings.extend_exclude),
        "include": _list(settings.include),
        "per-file-ignores": _table(settings.per_file_ignores),
        "output-format": f'"{settings.output_format}"',
    }
    yield f"# settings file: {settings.file or 'none'}"
    for key, value in values.items():
        yield f"{key} = {value}  # {settings.origins.get(key, 'default')}"


def _list(words: tuple[str, ...]) -> str:
    return "[" + ", ".join(_string(word) for word in words) + "]"


def _table(rows: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    return "{ " + ", ".join(f"{_string(glob)} = {_list(words)}" for glob, words in rows) + " }" if rows else "{}"


def _string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
