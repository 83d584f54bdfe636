"""All rules there are: found by walking packages, so that adding a rule touches one file."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable, Iterator
from types import ModuleType

from bpcheck.errors import UsageError
from bpcheck.plugins import plugin_packages
from bpcheck.rule import Rule

BUILT_IN = "bpcheck_rules"


def load_rules() -> tuple[Rule, ...]:
    """The built-in rules and those of installed plugins, sorted by code."""
    return collect(dict.fromkeys([BUILT_IN, *plugin_packages()]))


def collect(packages: Iterable[str]) -> tuple[Rule, ...]:
    """The rules in ``packages`` (modules or packages, walked to the bottom), sorted by code.

    Raises :class:`UsageError` where a package cannot be imported, or where two rules share a code or a name.
    """
    rules: dict[str, Rule] = {}
    for package in packages:
        for module in _modules(package):
            for value in vars(module).values():
                # A rule that another module imports is still one rule.
                if isinstance(value, Rule):
                    rules.setdefault(f"{value.module}:{value.code}", value)
    _refuse_duplicates(rules.values())
    return tuple(sorted(rules.values(), key=lambda rule: rule.code))


def _modules(package: str) -> Iterator[ModuleType]:
    module = _import(package)
    yield module
    for folder in getattr(module, "__path__", ()):
        for name in _names_in(folder):
            yield from _modules(f"{package}.{name}")


def _names_in(folder: str) -> list[str]:
    """The modules and packages in a package's folder, sorted. ``pkgutil`` would look into archives, too."""
    try:
        entries = os.listdir(folder)
    except OSError:
        return []
    found = [entry[:-3] for entry in entries if entry.endswith(".py") and entry != "__init__.py"]
    found += [entry for entry in entries if os.path.isfile(os.path.join(folder, entry, "__init__.py"))]
    return sorted(name for name in found if name.isidentifier())


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise UsageError(f"the rules in `{name}` cannot be loaded: {type(error).__name__}: {error}") from error


def _refuse_duplicates(rules: Iterable[Rule]) -> None:
    seen: dict[str, Rule] = {}
    for rule in rules:
        for key in (rule.code, rule.name):
            other = seen.setdefault(key, rule)
            if other is not rule:
                raise UsageError(f"`{key}` is declared twice: in `{other.module}` and in `{rule.module}`")
