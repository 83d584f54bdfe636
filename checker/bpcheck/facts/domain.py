"""What images show: photos, characters, tissue, land from above ... and what follows for training on them.

The data set's constructor decides, together with the transforms, the number of channels and what reads the files; the name of a
variable never does. A folder of images may show anything: words in its path may rule photos out, and nothing rules them in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bpcheck.apis import lookup
from bpcheck.evaluate.chance import READING
from bpcheck.evaluate.iterate import entries
from bpcheck.evaluate.modules import descendants
from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.values import Const, Obj, Origin, Seq, Value, choices
from bpcheck.facts.selection import position

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bpcheck.evaluate.events import Event
    from bpcheck.facts.program import Program

#: Words in a path that stand for images that are no photos of things as they stand. (Compiled where such a path comes up.)
_OTHER = (
    r"mnist|digit|omniglot|glyph|charact|letter|hand.?writ|captcha|plate|ocr|spectro|mel(?![a-z])|audio|sound|speech|wav(?![a-z])|"
    r"x.?ray|mri(?![a-z])|(?<![a-z])ct(?![a-z])|tumou?r|cancer|lesion|cell|histo|patho|retina|fundus|ultrasound|chest|covid|brain|"
    r"satell|aerial|sentinel|landsat|eurosat|planet|galax|micro|depth|thermal|infra.?red|sketch|quickdraw|chart|plot|document|map(?![a-z])"
)

#: ... and those that stand for images which share little with photos.
_UNLIKE = (
    r"x.?ray|(?<![a-z])mri(?![a-z])|(?<![a-z])ct(?![a-z])|histo|patho|retina|fundus|ultrasound|lesion|"
    r"satell|aerial|sentinel|landsat|eurosat"
)

#: What tells OpenCV to read an image without colours.
_GREY_FLAGS: tuple[object, ...] = (0, "cv2.IMREAD_GRAYSCALE")


def owners(program: Program, origin: Origin) -> list[Obj]:
    """The data sets that samples come from: the one that is read, then those that it wraps, and all that read the same."""
    found: dict[Obj, None] = {}
    chain: list[Origin] = []
    current: Origin | None = origin
    while current is not None and current not in chain:
        chain.append(current)
        if current.owner is not None:
            found[current.owner] = None
        current = current.base
    for dataset in program.evaluator.sampled:
        if not dataset.state.get("origins", frozenset()).isdisjoint(chain):
            found[dataset] = None
    return list(found)


def samples(events: Iterable[Event]) -> list[Origin]:
    """Where the data of these passes comes from, each once and in the order of the program."""
    found = {origin for event in events for origin in flow(event.data["args"]).origins}
    return sorted(found, key=lambda origin: (position(origin.root()), origin.part))


def facts_of(dataset: Obj) -> dict[str, Any]:
    """What the tables say about a data set of a library, or a class of the project that extends one."""
    api = lookup(dataset.name) if dataset.name else None
    return api.facts if api is not None and api.what == "dataset" else {}


def shows(program: Program, origin: Origin) -> str:
    """What the images show (see ``apis.torchvision``); ``folder`` for what may be anything, empty where nothing is known."""
    for owner in owners(program, origin):
        word = str(facts_of(owner).get("shows", ""))
        if word:
            return word
    return ""


def like_pretraining(program: Program, origin: Origin) -> bool:
    """Whether they are photos like those on which networks are pretrained."""
    return any(facts_of(owner).get("near") for owner in owners(program, origin))


def unlike_pretraining(program: Program, origin: Origin) -> bool:
    """Whether the images are surely unlike the photos on which networks are pretrained: seen from above, through a
    microscope or in another light, as the constructor says by its name or by a path."""
    what = shows(program, origin)
    if what in ("overhead", "tissue"):
        return True
    return what == "folder" and any(
        re.search(_UNLIKE, word, re.IGNORECASE) for owner in owners(program, origin) for word in _words(owner)
    )


def is_photo(program: Program, origin: Origin) -> bool:
    """Whether the samples are colour photos as far as anybody can tell from the program."""
    held = owners(program, origin)
    what = shows(program, origin)
    if not held or what not in ("photos", "folder", "") or any(is_grey(owner) for owner in held):
        return False
    if what == "photos":
        return True
    if any(re.search(_OTHER, word, re.IGNORECASE) for owner in held for word in _words(owner)):
        return False
    return what == "folder" or any(reads_images(owner) for owner in held)


def reads_images(dataset: Obj) -> bool:
    """Whether a sample is read from a file of an image."""
    happened, _ = dataset.state.get(READING, ((), ()))
    return any(event.kind == "image-read" for event in happened)


def is_grey(dataset: Obj) -> bool:
    """Whether the images have one channel, or colours are taken from them."""
    if facts_of(dataset).get("channels") == 1:
        return True
    happened, _ = dataset.state.get(READING, ((), ()))
    for event in happened:
        args = list(event.data.get("args") or ())
        if event.data.get("name") == "convert" and args and _mode(args[0]) in ("L", "1", "F", "I"):
            return True
        if event.kind == "image-read" and len(args) > 1 and _mode(args[1]) in _GREY_FLAGS:
            return True
    return any(_greys(value) for value in transforms(dataset))


def _mode(value: Value) -> object:
    return value.value if isinstance(value, Const) else getattr(value, "name", None)


def _greys(transform: Obj) -> bool:
    api = lookup(transform.name)
    return api is not None and "grey" in api.facts


def transforms(dataset: Obj) -> list[Obj]:
    """The library transforms that a data set has, one by one and in order: of lists, what is in them."""
    found: list[Obj] = []
    for name in ("transform", "transforms"):
        value = dataset.attrs.get(name, dataset.args.get(name))
        if value is not None:
            found += flat(value)
    return found


def flat(value: Value) -> list[Obj]:
    """A transform and those in it."""
    found: list[Obj] = []
    for each in choices(value):
        if not isinstance(each, Obj) or each.kind != "transform":
            continue
        api = lookup(each.name)
        if api is not None and api.what == "transform-list":
            for item in entries(each.args.get("transforms", Const(()))) or ():
                found += flat(item)
        else:
            found.append(each)
    return found


def _words(dataset: Obj) -> Iterator[str]:
    """The strings that a data set is made with, and the name of its class."""
    if dataset.cls is not None:
        yield from (cls.name for cls in dataset.cls.lineage())
    queue: list[Value] = list(dataset.args.values())
    for value in queue:
        for each in choices(value):
            if isinstance(each, Const) and isinstance(each.value, str):
                yield each.value
            elif isinstance(each, Seq) and each.items is not None and len(queue) < 40:
                queue.extend(each.items)


def takes_colour(networks: Iterable[Obj]) -> bool:
    """Whether some of the networks has a layer for images of three channels, or is made for such."""
    for network in networks:
        for inner in descendants(network):
            if inner.state.get("vision") and not ({"in_chans", "in_channels"} & inner.args.keys()):
                return True
            if inner.name == "torch.nn.Conv2d":
                channels = inner.args.get("in_channels")
                if isinstance(channels, Const) and channels.value == 3:
                    return True
    return False
