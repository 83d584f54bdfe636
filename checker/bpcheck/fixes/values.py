"""Edits of values in a configuration: what stands round them stays, and their quotes do."""

from __future__ import annotations

from bpcheck.evaluate.values import Site
from bpcheck.findings import Edit
from bpcheck.fixes.spans import replaced, text_of

_WORDS = {True: ("true", "yes", "on"), False: ("false", "no", "off")}


def value(site: Site, new: str | float | bool) -> Edit | None:
    """Write ``new`` for the scalar that stands at ``site`` in a YAML, JSON or TOML file."""
    source = site.scope.source
    old = text_of(site) if source.config is not None else None
    if old is None or "\n" in old:
        return None
    if isinstance(new, str):
        return replaced(site, site.node, _text(old, new, source.path))
    return replaced(site, site.node, _word(old, new) if isinstance(new, bool) else repr(new))


def _text(old: str, new: str, path: str) -> str:
    """Plain where the old one was, and such that it needs no quotes: a word with dots, as names of classes are."""
    quote = old[:1]
    if quote in ("'", '"') and old.endswith(quote) and not set(new) & set("'\"\\"):
        return f"{quote}{new}{quote}"
    plain = new.replace(".", "").replace("_", "").isalnum() and path.endswith((".yaml", ".yml"))
    return new if plain and quote not in ("'", '"') else '"' + new.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _word(old: str, new: bool) -> str:
    """The opposite of the word that stands there, in its spelling (``no`` becomes ``yes``)."""
    place = next((words.index(old.lower()) for words in _WORDS.values() if old.lower() in words), 0)
    word = _WORDS[new][place]
    return word.upper() if old.isupper() else word.capitalize() if old[:1].isupper() else word
