"""Comments of YAML and TOML, and what stands on which lines beside them. JSON has no comments that anybody may rely on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bpcheck.configs.text import Text, Unreadable
from bpcheck.configs.toml_reader import STRING
from bpcheck.configs.yaml_reader import events
from bpcheck.sources.source import Source

Span = tuple[int, int]

_LINE_END = re.compile(r"[\r\n]")
_YAML_COMMENT = re.compile(r"(?<!\S)#[^\r\n]*")
_TOML_TOKEN = re.compile(
    rf"(?P<string>{STRING})|(?P<comment>#[^\n]*)|(?P<bracket>[\[\]{{}}])|(?P<end>\n)|[^\s#\[\]{{}}\"']+"
)


def comments_and_entries(source: Source) -> tuple[list[Span], list[Span]]:
    """Where the comments of a configuration file are, and where its entries: a key with a value that is no section, the
    key of a section, an element. Offsets in the text; entries overlap where one line holds several."""
    if source.config is None or source.file.suffix == ".json":
        return [], []
    text = Text(source.text)
    try:
        return _toml(text.text) if source.file.suffix == ".toml" else _yaml(text)
    except Unreadable:  # in a later document
        return [], []


def _yaml(text: Text) -> tuple[list[Span], list[Span]]:
    entries: list[Span] = []
    opaque: list[Span] = []  # where a hash mark is text
    flow: list[int] = []  # where the collections in brackets begin
    for event in events(text):
        start, end = event.start_mark.index, event.end_mark.index
        kind = type(event).__name__
        if kind == "ScalarEvent":
            if event.style in ("|", ">"):
                end = start + len(text.text[start:end].rstrip())
                head = _LINE_END.search(text.text, start, end)
                opaque.append((head.start() if head else end, end))
            elif event.style:
                opaque.append((start, end))
            entries.append((start, end))
        elif kind in ("MappingStartEvent", "SequenceStartEvent") and event.flow_style:
            flow.append(start)
        elif kind in ("MappingEndEvent", "SequenceEndEvent") and end > start:
            entries.append((flow.pop(), end))
    return list(_outside(opaque, text.text)), sorted(entries)


def _outside(opaque: list[Span], text: str) -> Iterator[Span]:
    """The comments that are not in one of ``opaque``, which stand in the order of the text."""
    spans = iter([*opaque, (len(text) + 1, len(text) + 1)])
    start, end = next(spans)
    position = 0
    while found := _YAML_COMMENT.search(text, position):
        position = found.end()
        while end <= found.start():
            start, end = next(spans)
        if found.start() < start:
            yield found.span()
        else:
            position = end


def _toml(text: str) -> tuple[list[Span], list[Span]]:
    comments: list[Span] = []
    entries: list[Span] = []
    depth, first, last = 0, -1, 0
    for token in _TOML_TOKEN.finditer(text + "\n"):
        if token.lastgroup == "comment":
            comments.append(token.span())
        elif token.lastgroup == "end":
            if first >= 0 and depth <= 0:
                entries.append((first, last))
                first, depth = -1, 0
        else:
            if token.lastgroup == "bracket":
                depth += 1 if token.group() in "[{" else -1
            first, last = token.start() if first < 0 else first, token.end()
    return comments, entries
