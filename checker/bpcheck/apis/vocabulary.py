"""What users say that names of their own mean: ``[tool.bpcheck.models]``, in the terms that all tables use.

A word is the same as a library name, or it lists what a call does to its arguments. Such a list is complete: what it does
not name does not happen, and nothing is handed to code that is not seen.
"""

from __future__ import annotations

from collections.abc import Iterable

from bpcheck.errors import UsageError, did_you_mean
from bpcheck.records import record, replace

#: What a call may do to an argument, in words of the trade.
EFFECTS = frozenset({
    "runs", "backpropagates", "clips", "steps", "clears", "train-mode", "eval-mode", "freezes", "unfreezes", "loads", "saves",
})  # fmt: skip
#: What a call may make, and with which word an argument of that kind may be meant -> the role of such objects.
ROLES = {
    "model": "module", "module": "module", "optimizer": "optimizer", "scheduler": "scheduler", "loss": "loss",
    "dataset": "dataset", "loader": "loader", "data": "data", "transform": "transform", "logger": "reporter",
}  # fmt: skip
SPLITS = ("train", "validation", "test")


@record(frozen=True, slots=True)
class Word:
    """One entry of ``[tool.bpcheck.models]`` in the settings file ``origin``; ``written`` is how it stands there.

    ``same_as`` is a library name and then all there is. A reference to an argument is its place (from 0, without
    ``self``), the name of its parameter, or the word for its role; attributes of it may follow, as in ``self.model``.
    ``effects`` happen in their order. ``parameters`` is ``None`` where nobody has named them.
    """

    name: str
    origin: str
    written: object
    same_as: str = ""
    effects: tuple[tuple[str, tuple[str | int, ...]], ...] = ()
    parameters: tuple[str, ...] | None = None
    returns: tuple[str | int, ...] = ()
    makes: str = ""
    split: str = ""
    pretrained: bool = False

    @property
    def meaning(self) -> str:
        """The entry in a few words."""
        if self.same_as:
            return f"same as {self.same_as}"
        said = [f"{key} {' and '.join(map(str, references))}" for key, references in self.effects]
        said += [f"returns {' and '.join(map(str, self.returns))}"] if self.returns else []
        said += [" ".join(filter(None, ("makes", self.split, self.makes)))] if self.makes else []
        return ", ".join(said) or "does nothing to its arguments"

    @property
    def place(self) -> str:
        """Where the entry stands, for messages."""
        return place(self.origin, self.name)

    def with_parameters(self, parameters: Iterable[str], *, loose: bool, method: bool) -> Word:
        """The word of a function whose signature is known; ``loose`` says that it takes others, too.

        Raises :class:`UsageError` where an argument is named that the function does not have.
        """
        if self.parameters is not None:
            return self
        known = tuple(parameters)
        self.check_references(known, loose=loose, method=method)
        return replace(self, parameters=known)

    def check_references(self, parameters: tuple[str, ...], *, loose: bool, method: bool) -> None:
        """Raise :class:`UsageError` where an argument is named that a function with ``parameters`` does not have."""
        if loose:
            return
        for key, references in (*self.effects, ("returns", self.returns)):
            for reference in references:
                if isinstance(reference, int):
                    if reference >= len(parameters):
                        raise UsageError(f"{self.place}: `{key}` names argument {reference} of {len(parameters)}")
                    continue
                head = reference.partition(".")[0]
                if head not in parameters and head not in ROLES and not (method and head == "self"):
                    near = did_you_mean(head, (*parameters, *ROLES))
                    raise UsageError(f"{self.place}: `{key}` names `{head}`, which is no parameter of it.{near}")


def place(origin: str, name: str) -> str:
    """Where the entry for ``name`` stands, for messages."""
    return f'{origin}: models."{name}"'
