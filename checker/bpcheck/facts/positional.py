"""Arguments that stand at the place of another one: what is given by position alone."""

from __future__ import annotations

import ast

from bpcheck.apis import lookup
from bpcheck.evaluate.values import Obj, Site
from bpcheck.facts.optimizers import number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.facts.program import Program

#: No recipe adds more than this to a variance; the largest in use is 1e-2, and 1e-3 is common.
LARGEST_EPS = 1e-2


class Displaced:
    """A batch normalisation whose ``eps`` is a number that was meant for another parameter."""

    __slots__ = ("eps", "layer", "site")

    def __init__(self, layer: Obj, site: Site, eps: float) -> None:
        self.layer = layer
        self.site = site
        self.eps = eps


def displaced_eps(program: Program) -> list[Displaced]:
    """Batch normalisations that get a large number by position, where ``eps`` stands; each place once."""
    found: dict[tuple[str, int, int], Displaced] = {}
    for layer in program.models.everything:
        api = lookup(layer.name)
        if api is None or api.facts.get("mode") != "batchnorm" or layer.cls is not None or layer.site is None:
            continue
        eps = number(layer.args.get("eps"))
        if eps is not None and eps > LARGEST_EPS and _by_position(layer.site):
            found.setdefault(program.site_key(layer.site), Displaced(layer, layer.site, eps))
    return list(found.values())


def _by_position(site: Site) -> bool:
    node = site.node
    if not isinstance(node, ast.Call) or len(node.args) < 2:
        return False
    return not any(isinstance(arg, ast.Starred) for arg in node.args)
