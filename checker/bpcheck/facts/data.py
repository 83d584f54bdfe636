"""Data: which samples train, which are held out, and what is done to them."""

from __future__ import annotations

from bpcheck.apis import lookup
from bpcheck.evaluate.iterate import entries
from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.values import Choice, Const, Obj, Origin, Value, choices

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.program import Program


class Data:
    """The data of a program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.training: frozenset[Origin] = frozenset()
        for event in program.passes.training:
            self.training |= flow(event.data["args"]).origins

    def held_out(self, origins: frozenset[Origin]) -> bool:
        """Whether some of ``origins`` are not what the training passes see."""
        return bool(origins - self.training)


def random_transform(value: Value | None) -> Obj | bool | None:
    """The random transform inside ``value``; ``False`` where there is provably none, ``None`` where it is not known."""
    if value is None or (isinstance(value, Const) and value.value is None):
        return False
    if isinstance(value, Choice):
        answers = [random_transform(each) for each in choices(value)]
        return answers[0] if all(isinstance(a, Obj) for a in answers) else None
    if not isinstance(value, Obj):
        return None
    api = lookup(value.name)
    if api is None or value.kind != "transform":
        return None
    if api.what == "transform-list":
        items = entries(value.args.get("transforms", Const(())))
        answers = [random_transform(item) for item in items] if items is not None else [None]
        for answer in answers:
            if isinstance(answer, Obj):
                return answer
        return None if None in answers else False
    if not api.facts.get("random"):
        return False
    p = value.args.get("p")
    return False if isinstance(p, Const) and p.value == 0 else value
