"""Reading ``[tool.bpcheck.models]``: what names of the user's own mean. A mistake is named with its place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from importlib import import_module

from bpcheck.apis import TABLES, lookup
from bpcheck.apis.frameworks import FRAMEWORKS
from bpcheck.apis.vocabulary import EFFECTS, ROLES, SPLITS, Word, place
from bpcheck.errors import UsageError, did_you_mean
from bpcheck.settings_file import in_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def read_models(origin: str, value: object) -> dict[str, Word]:
    """The words of the table ``value`` in the settings file ``origin``, by the full names that they are about."""
    if not isinstance(value, dict):
        raise UsageError(f"{origin}: `models` must be a table from full names to what they mean, not {in_words(value)}")
    return {name: _word(name, origin, entry) for name, entry in value.items()}


def _word(name: str, origin: str, entry: object) -> Word:
    parts = name.split(".")
    if not all(part.isidentifier() for part in parts):
        raise UsageError(f"{place(origin, name)}: not the full name of a function or class")
    if len(parts) == 1:
        raise UsageError(f'{place(origin, name)}: not a full name. Write it in quotes: "{_unquoted(name, entry)}"')
    if isinstance(entry, str):
        _check_library_name(place(origin, name), entry)
        return Word(name, origin, entry, same_as=entry)
    if not isinstance(entry, dict):
        raise UsageError(
            f"{place(origin, name)} must be a library name or a table of effects, not {in_words(entry)}"
        )  # fmt: skip
    return _described(name, origin, entry)


def _unquoted(name: str, entry: object) -> str:
    """The dotted name that was meant: TOML takes one without quotes for tables within tables."""
    while isinstance(entry, dict) and len(entry) == 1:
        (key,) = entry
        if key in EFFECTS or key in READERS:
            break
        name, entry = f"{name}.{key}", entry[key]
    return name if "." in name else f"package.{name}"


def _check_library_name(where: str, name: str) -> None:
    from bpcheck.evaluate import frameworks

    if lookup(name) is None and not frameworks.describes(name):
        root = name.partition(".")[0]
        known = sorted({*_names_in_tables(root), *frameworks.described(root)})
        raise UsageError(f"{where}: unknown library name `{name}`.{did_you_mean(name, known)}")


def _names_in_tables(root: str) -> Iterator[str]:
    """The names in the tables of the library ``root``; where no file knows such a library, those in all tables."""
    tables: Collection[str] = TABLES.get(root, ())
    if not tables and root not in FRAMEWORKS:
        tables = {table for several in TABLES.values() for table in several}
    for table in tables:
        for name in import_module(f"bpcheck.apis.{table}").TABLE:
            if not name.startswith("bpcheck."):
                yield name


def _described(name: str, origin: str, entry: Mapping[str, Any]) -> Word:
    """The word for a table of effects. Their order is that in which they happen."""
    where = place(origin, name)
    values: dict[str, Any] = {}
    effects: list[tuple[str, tuple[str | int, ...]]] = []
    for key, value in entry.items():
        if key in EFFECTS:
            effects.append((key, _references(where, key, value)))
        elif key in READERS:
            values[key] = READERS[key](where, key, value)
        else:
            raise UsageError(f"{where}: unknown effect `{key}`.{did_you_mean(key, [*EFFECTS, *READERS])}")
    pure = values.pop("pure", False)
    word = Word(name, origin, dict(entry), effects=tuple(effects), **values)
    _check_sense(word, pure)
    if word.parameters is not None:
        word.check_references(word.parameters, loose=False, method=True)
    return word


def _check_sense(word: Word, pure: bool) -> None:
    """Raise :class:`UsageError` where the parts of an entry do not go together."""
    if pure and word.effects:
        raise UsageError(f"{word.place}: what is pure does nothing to its arguments, so not `{word.effects[0][0]}`")
    if not (pure or word.effects or word.makes or word.returns):
        raise UsageError(f"{word.place}: says nothing. What does nothing to its arguments is `pure = true`")
    if word.makes and word.returns:
        raise UsageError(f"{word.place}: a call gives what it `makes` or what it `returns`, not both")
    if word.split and ROLES.get(word.makes) not in ("dataset", "loader", "data"):
        raise UsageError(f'{word.place}: `split` goes with `makes = "dataset"`, "loader" or "data"')
    if word.pretrained and ROLES.get(word.makes) != "module":
        raise UsageError(f'{word.place}: `pretrained` goes with `makes = "model"`')


def _references(where: str, key: str, value: object) -> tuple[str | int, ...]:
    """One argument or several: by name, by the word for its role, or by its place."""
    listed = value if isinstance(value, list) else [value]
    if not listed or not all(map(_is_reference, listed)):
        raise UsageError(f"{where}: `{key}` must name an argument, or be a list of such names, not {in_words(value)}")
    return tuple(listed)


def _is_reference(value: object) -> bool:
    if isinstance(value, str):
        return all(part.isidentifier() for part in value.split("."))
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _names(where: str, key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item.isidentifier() for item in value):
        raise UsageError(f"{where}: `{key}` must be a list of parameter names, not {in_words(value)}")
    return tuple(value)


def _yes(where: str, key: str, value: object) -> bool:
    if value is not True:
        raise UsageError(f"{where}: `{key}` can only be true, not {in_words(value)}")
    return True


def _one_of(*words: str) -> Callable[[str, str, object], str]:
    def read(where: str, key: str, value: object) -> str:
        if not isinstance(value, str) or value not in words:
            near = did_you_mean(value, words) if isinstance(value, str) else ""
            listed = ", ".join(f'"{word}"' for word in words)
            raise UsageError(f"{where}: `{key}` must be one of {listed}, not {in_words(value)}.{near}")
        return value

    return read


READERS: dict[str, Callable[[str, str, object], object]] = {
    "makes": _one_of(*ROLES),
    "parameters": _names,
    "pretrained": _yes,
    "pure": _yes,
    "returns": _references,
    "split": _one_of(*SPLITS),
}
