"""How weights are initialised: a note on the module, by whatever route it is done.

The note is a tuple of :class:`Init`, the latest last; ``facts/initialisation.py`` reads it.
"""

from __future__ import annotations

from bpcheck.evaluate import memo
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.values import Params, Site, Value, choices

#: What the note is called.
NOTE = "initialised"
#: Methods of a tensor that fill it anew.
FILLS = frozenset(
    {"normal_", "uniform_", "zero_", "fill_", "copy_", "set_", "random_", "exponential_", "bernoulli_", "trunc_normal_"}
)


class Init:
    """One initialisation of parameters of a module.

    ``name`` is the parameter's (empty where it may be any), ``scheme`` that of ``torch.nn.init`` or of the tensor's method,
    without the underscore; ``certain`` says that no undecided branch leads there.
    """

    __slots__ = ("args", "certain", "kwargs", "name", "scheme", "site")

    def __init__(
        self, name: str, scheme: str, args: tuple[Value, ...], kwargs: dict[str, Value], site: Site, certain: bool
    ) -> None:  # fmt: skip
        self.name = name
        self.scheme = scheme
        self.args = args
        self.kwargs = kwargs
        self.site = site
        self.certain = certain


def note(ev: Evaluator, value: Value, scheme: str, args: list[Value], kwargs: dict[str, Value], site: Site) -> None:
    """``value`` (parameters, or else nothing happens) is filled by ``scheme``."""
    alternatives = choices(value)
    for each in alternatives:
        if not isinstance(each, Params):
            continue
        for module, _ in each.parts:
            certain = not ev.guards and len(alternatives) == 1 and each.known
            made = Init(each.name, scheme.rstrip("_"), tuple(args), kwargs, site, certain)
            memo.mark(ev, module, NOTE, (*module.state.get(NOTE, ()), made))
