"""What a user can do wrong when calling bpcheck: one exception, whose text is the whole message."""

from __future__ import annotations

from collections.abc import Iterable


class UsageError(Exception):
    """A request that bpcheck cannot carry out; ends the run with exit code 2 and one clear message."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question that names the nearest spelling of ``word``, with a leading space; empty where nothing is near."""
    import difflib  # only ever needed on the way to an error message

    by_folded = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), by_folded, n=1, cutoff=0.6)
    return f" Did you mean `{by_folded[near[0]]}`?" if near else ""
