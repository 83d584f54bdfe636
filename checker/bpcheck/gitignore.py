"""Patterns as in a ``.gitignore``: whether a path is ignored, decided as git decides.

The same patterns serve ``exclude``, ``include`` and ``per-file-ignores`` in the settings, so that there is one syntax
to know. Compiled by hand instead of with ``pathspec``, because a clean run imports nothing third-party but click.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bpcheck.records import field, record

_WILD = frozenset("*?[\\")
_POSIX_CLASSES = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r"\s",
    "blank": r" \t",
    "punct": r"!-/:-@\[-`{-~",
    "xdigit": "0-9A-Fa-f",
    "print": " -~",
    "graph": "!-~",
    "cntrl": r"\x00-\x1f\x7f",
}


@record(slots=True)
class Pattern:
    """One line of an ignore file. ``anchored`` patterns are held against the path, the others against its last part."""

    text: str
    negated: bool
    directories_only: bool
    anchored: bool
    # Compiled on first use: a long .gitignore costs more to compile than to apply, and literal lines never need it.
    _regex: re.Pattern[str] | None = field(default=None, repr=False)

    def matches(self, path: str, name: str, is_directory: bool) -> bool:
        if self.directories_only and not is_directory:
            return False
        subject = path if self.anchored else name
        if not _WILD.intersection(self.text):
            return subject == self.text
        if self._regex is None:
            self._regex = _compile(self.text)
        return self._regex.fullmatch(subject) is not None


@record(frozen=True, slots=True)
class IgnoreFile:
    """The patterns of one file; they speak about paths below ``base``, the folder that holds it."""

    base: str
    patterns: tuple[Pattern, ...]

    def decision(self, path: str, is_directory: bool) -> bool | None:
        """Whether ``path`` (absolute, forward slashes) is ignored; ``None`` where no pattern speaks about it."""
        prefix = self.base.rstrip("/") + "/"
        if not path.startswith(prefix):
            return None
        relative = _bytewise(path[len(prefix) :])
        name = relative.rpartition("/")[2]
        for pattern in reversed(self.patterns):
            if pattern.matches(relative, name, is_directory):
                return not pattern.negated
        return None


def parse(lines: Iterable[str], base: str) -> IgnoreFile:
    """The patterns in ``lines``, relative to the folder ``base``."""
    parsed = (_parse_line(line) for line in lines)
    return IgnoreFile(base, tuple(pattern for pattern in parsed if pattern))


def read(path: str, base: str) -> IgnoreFile | None:
    """The ignore file at ``path``; ``None`` where there is none that can be read."""
    try:
        with open(path, encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            return parse(file.read().split("\n"), base)
    except OSError:
        return None


def _parse_line(line: str) -> Pattern | None:
    line = _bytewise(line.removesuffix("\r"))
    if line.startswith("#"):
        return None
    line = _strip_trailing_blanks(line)
    negated = line.startswith("!")
    line = line[negated:]
    directories_only = line.endswith("/")
    if directories_only:
        line = line[:-1]
    anchored = "/" in line
    line = line.removeprefix("/")
    if not line:
        return None
    return Pattern(line, negated, directories_only, anchored)


def _bytewise(text: str) -> str:
    """One character for each byte: git's `?` stands for a byte, and ñ has two of them."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


def _strip_trailing_blanks(line: str) -> str:
    """Blanks at the end do not count, unless a backslash says that they do."""
    end = len(line)
    while end and line[end - 1] == " ":
        backslashes = len(line[: end - 1]) - len(line[: end - 1].rstrip("\\"))
        if backslashes % 2:
            break
        end -= 1
    return line[:end]


def _compile(glob: str) -> re.Pattern[str]:
    try:
        return re.compile(_translate(glob), re.DOTALL)
    except (re.error, _InvalidGlobError):
        return re.compile(r"(?!)")  # git, too, takes a malformed pattern to match nothing


class _InvalidGlobError(Exception):
    """A glob that ends inside an escape or a bracket."""


def _translate(glob: str) -> str:
    regex: list[str] = []
    at = 0
    while at < len(glob):
        character = glob[at]
        if character == "*":
            at, part = _stars(glob, at)
        elif character == "?":
            at, part = at + 1, "[^/]"
        elif character == "[":
            at, part = _bracket(glob, at)
        elif character == "\\":
            if at + 1 == len(glob):
                raise _InvalidGlobError
            at, part = at + 2, re.escape(glob[at + 1])
        else:
            at, part = at + 1, re.escape(character)
        regex.append(part)
    return "".join(regex)


def _stars(glob: str, at: int) -> tuple[int, str]:
    """``*`` stays inside one part of the path; ``**`` crosses slashes, but only as a whole part."""
    end = at
    while end < len(glob) and glob[end] == "*":
        end += 1
    starts_part = at == 0 or glob[at - 1] == "/"
    if end - at == 1 or not starts_part:
        return end, "[^/]*"
    if end == len(glob):
        return end, ".*"
    if glob[end] == "/":
        return end + 1, "(?:.*/)?"
    return end, "[^/]*"


def _bracket(glob: str, at: int) -> tuple[int, str]:
    """A character class from ``[`` to its ``]``; a ``]`` that comes first is a member of it."""
    end = at + 1
    negated = end < len(glob) and glob[end] in "!^"
    end += negated
    members: list[str] = []
    first = end
    while True:
        if end >= len(glob):
            raise _InvalidGlobError
        if glob[end] == "]" and end > first:
            break
        if glob.startswith("[:", end) and ":]" in glob[end:]:
            close = glob.index(":]", end)
            members.append(_posix_class(glob[end + 2 : close]))
            end = close + 2
            continue
        end, low = _member(glob, end)
        if glob[end : end + 1] == "-" and glob[end + 1 : end + 2] not in ("]", ""):
            end, high = _member(glob, end + 1)
            if low <= high:  # an empty range matches nothing
                members.append(f"{re.escape(low)}-{re.escape(high)}")
        else:
            members.append(re.escape(low))
    inside = "".join(members)
    if negated:
        return end + 1, f"(?!/)[^{inside}]" if inside else "[^/]"
    return end + 1, f"(?!/)[{inside}]" if inside else "(?!)"


def _member(glob: str, at: int) -> tuple[int, str]:
    if glob[at] == "\\":
        at += 1
        if at >= len(glob):
            raise _InvalidGlobError
    return at + 1, glob[at]


def _posix_class(name: str) -> str:
    try:
        return _POSIX_CLASSES[name]
    except KeyError:
        raise _InvalidGlobError from None
