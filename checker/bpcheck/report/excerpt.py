"""A source line with a mark under the span that is meant, whatever tabs, wide characters or length the line has."""

from __future__ import annotations

from bpcheck.findings import Place

_TAB = 4
_CUT = "..."
# What stays visible before the mark where a line is too long to show from its start.
_LEAD = 20


def excerpt(line: str, place: Place, width: int) -> tuple[str, str]:
    """``line`` as it is to be printed within ``width`` columns, and the line of carets that goes below it."""
    glyphs, widths = _glyphs(line)
    start = min(place.column - 1, len(glyphs))
    end = place.end_column - 1 if place.end_line == place.line else len(line.rstrip())
    end = max(start + 1, min(end, len(glyphs)))
    first, last = _window(widths, start, end, width)
    before = _CUT if first else ""
    after = _CUT if last < len(glyphs) else ""
    shown = before + "".join(glyphs[first:last]) + after
    indent = len(before) + sum(widths[first:start])
    marked = max(1, sum(widths[start : min(end, last)]))
    return shown.rstrip(), " " * indent + "^" * marked


def _window(widths: list[int], start: int, end: int, width: int) -> tuple[int, int]:
    """The part of the line to show: all of it, else its start, else what surrounds the mark."""
    if sum(widths) <= width:
        return 0, len(widths)
    room = width - 2 * len(_CUT)
    first = 0 if sum(widths[:end]) <= room else _fit_back(widths, start, _LEAD)
    last, used = first, 0
    while last < len(widths) and used + widths[last] <= room:
        used += widths[last]
        last += 1
    return first, last


def _fit_back(widths: list[int], start: int, room: int) -> int:
    first, used = start, 0
    while first and used + widths[first - 1] <= room:
        first -= 1
        used += widths[first]
    return first


def _glyphs(line: str) -> tuple[list[str], list[int]]:
    """What to print for each character, and how many columns it takes on a terminal."""
    if line.isascii() and line.isprintable():
        return list(line), [1] * len(line)
    glyphs: list[str] = []
    widths: list[int] = []
    column = 0
    for character in line:
        if character == "\t":
            glyph, size = " " * (_TAB - column % _TAB), _TAB - column % _TAB
        else:
            glyph, size = _glyph(character)
        glyphs.append(glyph)
        widths.append(size)
        column += size
    return glyphs, widths


def _glyph(character: str) -> tuple[str, int]:
    import unicodedata  # a table of a megabyte, for lines that are not plain ASCII only

    category = unicodedata.category(character)
    if category in ("Mn", "Me", "Cf"):
        return character, 0
    if category[0] == "C" or category in ("Zl", "Zp"):
        return "?", 1  # control characters and the like would move the cursor
    return character, 2 if unicodedata.east_asian_width(character) in "WF" else 1
