"""How text is to look: with colours or without, and how wide."""

from __future__ import annotations

from collections.abc import Mapping

from bpcheck.findings import Severity
from bpcheck.records import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

_RESET = "\x1b[0m"
_CODES = {"bold": "\x1b[1m", "dim": "\x1b[2m", "red": "\x1b[1;31m", "yellow": "\x1b[1;33m", "blue": "\x1b[1;34m",
          "cyan": "\x1b[36m", "green": "\x1b[32m"}  # fmt: skip
_BY_SEVERITY = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}
_WIDTH_OF_FILES = 120


@record(frozen=True, slots=True)
class Style:
    """Whether to colour, and the number of columns that an excerpt may take."""

    colour: bool = False
    width: int = _WIDTH_OF_FILES

    def paint(self, text: str, *looks: str) -> str:
        if not self.colour or not text:
            return text
        return "".join(_CODES[look] for look in looks) + text + _RESET

    def severity(self, severity: Severity, text: str | None = None) -> str:
        return self.paint(str(severity) if text is None else text, _BY_SEVERITY[severity])


def style_for(stream: TextIO | None, choice: str, environment: Mapping[str, str]) -> Style:
    """The style for ``stream``. ``choice`` is `always`, `never`, or `auto`: as the environment and the terminal say."""
    terminal = _is_terminal(stream)
    if choice == "auto":
        if environment.get("NO_COLOR"):
            colour = False
        elif environment.get("FORCE_COLOR"):
            colour = True
        else:
            colour = terminal and environment.get("TERM") != "dumb"
    else:
        colour = choice == "always"
    if not terminal:
        return Style(colour)
    import shutil  # only a terminal has a width worth asking for

    return Style(colour, max(40, shutil.get_terminal_size((_WIDTH_OF_FILES, 24)).columns))


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False
