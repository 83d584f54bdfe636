"""Progress bars: they give what they are given, one by one."""

from __future__ import annotations

from bpcheck.apis.spec import Api

_BAR = Api("progress", "iterable=None desc=None total=None")
_COUNT = Api("progress", "*bounds", counts=True)

TABLE: dict[str, Api] = {
    "rich.progress.track": Api("progress", "sequence description='' total=None"),
    "progressbar.progressbar": _BAR,
    "alive_progress.alive_it": _BAR,
    "fastprogress.progress_bar": _BAR,
    "fastprogress.master_bar": _BAR,
    "fastprogress.fastprogress.progress_bar": _BAR,
    "fastprogress.fastprogress.master_bar": _BAR,
    "tqdm.tqdm_notebook": _BAR,
    "tqdm.tnrange": _COUNT,
}
for _module in ("tqdm", "tqdm.auto", "tqdm.autonotebook", "tqdm.notebook", "tqdm.std", "tqdm.rich", "tqdm.asyncio"):
    TABLE[f"{_module}.tqdm"] = _BAR
    TABLE[f"{_module}.tqdm_notebook"] = _BAR
    TABLE[f"{_module}.trange"] = _COUNT
