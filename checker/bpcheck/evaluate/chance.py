"""Chance: where random numbers are drawn, and what is done at random to samples as they are read.

One sample of each data set is read for its structure (see ``evaluate.data``). What happens on the way is kept with the data
set: what is drawn, which transforms run, which files of images are opened, and what was not seen.
"""

from __future__ import annotations

from bpcheck.apis import lookup
from bpcheck.evaluate import calls, iterate, memo
from bpcheck.evaluate.evaluator import Evaluator
from bpcheck.evaluate.values import Const, Obj, Site, Unknown, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

#: What may happen to a sample while it is read.
KINDS = frozenset({"converted", "draw", "forward", "image-read", "transformed", "unseen-call", "unseen-method"})
#: Where a data set keeps what happened.
READING = "what happens to a sample"
_NUMPY = (
    "rand", "randn", "randint", "integers", "normal", "uniform", "random", "random_sample", "standard_normal", "binomial", "beta",
    "choice", "gamma", "poisson", "exponential", "dirichlet", "bytes", "ranf", "sample", "random_integers", "laplace",
)  # fmt: skip
_PYTHON = (
    "random", "uniform", "randint", "randrange", "choice", "choices", "sample", "gauss", "normalvariate", "betavariate", "triangular",
    "getrandbits", "expovariate",
)  # fmt: skip
_TORCH = (
    "rand",
    "randn",
    "randint",
    "normal",
    "bernoulli",
    "poisson",
    "rand_like",
    "randn_like",
    "randint_like",
    "multinomial",
)
#: What a call of these names means. An order drawn at random (``randperm``, ``shuffle``) changes no sample.
SIGNS: dict[str, str] = {
    **{f"numpy.random.{name}": "draw" for name in _NUMPY},
    **{f"random.{name}": "draw" for name in _PYTHON},
    **{f"torch.{name}": "draw" for name in _TORCH},
    "skimage.util.random_noise": "draw",
    **dict.fromkeys(
        ("PIL.Image.open", "cv2.imread", "skimage.io.imread", "imageio.imread", "imageio.v2.imread", "imageio.v3.imread",
         "matplotlib.pyplot.imread", "matplotlib.image.imread", "torchvision.io.read_image", "torchvision.io.decode_image",
         "torchvision.datasets.folder.default_loader", "torchvision.datasets.folder.pil_loader", "scipy.misc.imread"),
        "image-read",
    ),
}  # fmt: skip
#: Methods that fill a tensor at random.
FILLS = frozenset({"normal_", "uniform_", "random_", "bernoulli_", "exponential_"})


def note(ev: Evaluator, kind: str, site: Site, **data: object) -> None:
    """Something of ``KINDS`` happens: in a network, in a loop or to a sample that is being read; elsewhere it does not matter."""
    if ev.forwards:
        if kind in ("draw", "transformed"):
            memo.mark_running(ev, "chance", "draw")
    elif ev.sampling or ev.loops:
        ev.emit(kind, site, **data)


def transform(ev: Evaluator, obj: Obj, args: list[Value], site: Site) -> None:
    """A transform of a library is called: in turn what it is made of."""
    if not (ev.sampling or ev.loops or ev.forwards):
        return
    api = lookup(obj.name)
    made_of = api is not None and api.what in ("transform-list", "transform-function")
    random = api.facts.get("random", not made_of) if api is not None else True
    p = obj.args.get("p")
    if random and not (isinstance(p, Const) and p.value == 0):
        note(ev, "transformed", site, subject=obj)
    if api is None:
        return
    if api.what == "transform-list":
        items = iterate.entries(obj.args.get("transforms", Unknown()))
        for item in items if items is not None else (Unknown("a transform"),):
            calls.call(ev, item, [Unknown("image")], {}, site)
    elif api.what == "transform-function":
        calls.call(ev, obj.args.get("lambd", Unknown("a transform")), [Unknown("image")], {}, site)


def read(ev: Evaluator, dataset: Obj, run: Callable[[], Value]) -> Value:
    """Read a sample of ``dataset`` by ``run``; nothing of that is part of the program's own events."""
    events, gaps = len(ev.events), len(ev.gaps)
    ev.sampling += 1
    try:
        value = run()
    finally:
        ev.sampling -= 1
    happened = [event for event in ev.events[events:] if event.kind in KINDS]
    unseen = [why for why, _ in ev.gaps[gaps:]]
    del ev.events[events:], ev.gaps[gaps:]
    dataset.state[READING] = (happened, unseen)
    ev.sampled.append(dataset)
    return value


def apply_transform(ev: Evaluator, dataset: Obj, site: Site) -> None:
    """Send a sample of a library's data set through its transforms."""
    if READING in dataset.state or ev.steps >= ev.limit or ev.forwards:
        return

    def run() -> Value:
        for name in ("transform", "transforms"):
            value = dataset.attrs.get(name, dataset.args.get(name))
            if value is not None and not (isinstance(value, Const) and value.value is None):
                calls.call(ev, value, [Unknown("image")], {}, dataset.site or site)
        return Unknown("sample")

    read(ev, dataset, run)
