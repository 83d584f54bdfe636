"""`bpcheck config`: the settings in force, and where each comes from."""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.settings import Settings


def settings_lines(settings: Settings) -> Iterator[str]:
    """One line for each setting, in the syntax of a settings file, with its origin as a comment."""
    values: dict[str, str] = {
        "select": _value(settings.select),
        "ignore": _value(settings.ignore),
        "extend-select": _value(settings.extend_select),
        "severity": f'"{settings.severity}"',
        "fail-on": f'"{"never" if settings.fail_on is None else settings.fail_on}"',
        "exclude": _value(settings.exclude),
        "extend-exclude": _value(settings.extend_exclude),
        "include": _value(settings.include),
        "per-file-ignores": _value(dict(settings.per_file_ignores)),
        "output-format": f'"{settings.output_format}"',
        "models": _value({name: word.written for name, word in settings.models.items()}),
    }
    yield f"# settings file: {settings.file or 'none'}"
    for key, value in values.items():
        yield f"{key} = {value}  # {settings.origins.get(key, 'default')}"


def _value(value: object) -> str:
    """``value`` as TOML has it, on one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        rows = [f"{_value(key)} = {_value(item)}" for key, item in value.items()]
        return "{ " + ", ".join(rows) + " }" if rows else "{}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return str(value)
