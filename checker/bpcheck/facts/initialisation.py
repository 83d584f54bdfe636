"""How the weights of a network are initialised, and what that means for a signal that goes through them."""

from __future__ import annotations

from bpcheck.evaluate.initialisation import NOTE, Init
from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.values import Const, Obj, Value, choices, constant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.program import Program

#: Schemes that draw numbers one by one or set all to one: nothing like an identity.
_UNLIKE_IDENTITY = frozenset({
    "normal", "uniform", "trunc_normal", "xavier_normal", "xavier_uniform", "kaiming_normal", "kaiming_uniform", "zeros", "ones",
    "constant", "zero", "fill",
})  # fmt: skip
#: What makes tensors that are nothing like an identity.
_DRAWN = frozenset({"torch.randn", "torch.rand", "torch.zeros", "torch.ones", "torch.empty", "torch.normal"})


def holders(program: Program, layer: Obj) -> list[Obj]:
    """The layer, and the networks that it is a part of."""
    models = program.models
    return [inner for inner in models.inside(models.root(layer)) if inner is layer or id(layer) in models.parts(inner)]


def initialisations(program: Program, layer: Obj, *names: str) -> list[Init] | None:
    """What is done to the parameters of ``layer`` whose names begin with one of ``names``, the layer's own last;
    ``None`` where something else may have been done to them."""
    found: list[Init] = []
    for holder in sorted(holders(program, layer), key=lambda each: each is layer):
        if "given-weights" in holder.state or program.escaped(holder):
            return None
        for made in holder.state.get(NOTE, ()):
            for each in choices(made):  # on different paths there may be different ones
                if isinstance(each, Init) and (not each.name or (holder is layer and each.name.startswith(names))):
                    found.append(each)
    if any(name.startswith(names) for name in layer.attrs) or any(
        isinstance(event.subject, Obj) and id(layer) in program.models.parts(event.subject)
        for event in program.of_kind("load-weights")
    ):
        return None
    return found


def starts_as_identity(program: Program, layer: Obj, *names: str) -> bool | None:
    """Whether a matrix of ``layer`` is, or may be, the identity or something like it at the start (``None``: not known)."""
    made = initialisations(program, layer, *names)
    if made is None:
        return None
    drawn = layer.args.get("data") if layer.state.get("parameter") else None
    if layer.state.get("parameter"):
        origins = {origin.root().key for origin in flow([drawn]).origins}
        if not origins or not origins <= _DRAWN:
            return None
    schemes = {each.scheme for each in made}
    if schemes <= _UNLIKE_IDENTITY:
        return False
    return True if schemes & {"eye", "orthogonal", "dirac"} else None


def option(made: Init, place: int, name: str, default: float) -> float | None:
    """A number that an initialisation is given; ``None`` where it is not known."""
    value: Value = made.args[place] if len(made.args) > place else made.kwargs.get(name, Const(default))
    number = constant(value)
    return float(number) if isinstance(number, (int, float)) and not isinstance(number, bool) else None
