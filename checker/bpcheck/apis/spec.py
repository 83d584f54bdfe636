"""The shape of a table entry."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Api:
    """What one library name means.

    ``what`` names the handler (see ``evaluate/library.py``), ``params`` the parameters in order (``"name"`` or ``"name=default"``,
    separated by spaces), ``facts`` whatever the handler and the facts want to know.
    """

    __slots__ = ("_parameters", "facts", "params", "what")

    def __init__(self, what: str, params: str = "", **facts: Any) -> None:
        self.what = what
        self.params = params
        self.facts = facts
        self._parameters: list[tuple[str, Any]] | None = None

    @property
    def role(self) -> str:
        """The kind of the object that a call makes (empty where it makes none)."""
        role: str = self.facts.get("role", "")
        return role or {
            "loss": "loss", "optimizer": "optimizer", "scheduler": "scheduler", "dataset": "dataset", "loader": "loader",
            "transform": "transform",
        }.get(self.what, "")  # fmt: skip

    def parameters(self) -> list[tuple[str, Any]]:
        """(name, default) of each parameter; ``...`` stands for "no default"."""
        if self._parameters is None:
            self._parameters = [_parameter(word) for word in self.params.split()]
        return self._parameters


_WORDS: dict[str, Any] = {"None": None, "True": True, "False": False}


def _parameter(word: str) -> tuple[str, Any]:
    name, equals, default = word.partition("=")
    if not equals:
        return name, ...
    if default in _WORDS:
        return name, _WORDS[default]
    try:
        return name, float(default) if any(c in default for c in ".e") else int(default)
    except ValueError:
        return name, default.strip("'")
