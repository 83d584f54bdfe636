"""A sign of life on stderr: on a terminal only, and only when the work takes longer than half a second."""

from __future__ import annotations

import sys
from types import TracebackType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from threading import Timer

_PATIENCE = 0.5


class Progress:
    """While the block runs, ``message`` may be shown; it is wiped off again at the end."""

    def __init__(self, message: str, *, enabled: bool = True) -> None:
        self._message = message
        self._enabled = enabled and sys.stderr is not None and not sys.stderr.closed and sys.stderr.isatty()
        self._timer: Timer | None = None
        self._shown = False

    def __enter__(self) -> None:
        if self._enabled:
            from threading import Timer  # without a terminal there is nobody to comfort

            self._timer = Timer(_PATIENCE, self._show)
            self._timer.daemon = True
            self._timer.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer.join()
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _show(self) -> None:
        self._shown = True
        sys.stderr.write(f"\r{self._message}")
        sys.stderr.flush()
