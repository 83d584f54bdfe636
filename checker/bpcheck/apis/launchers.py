"""What calls the function that it is given: command-line wrappers, processes, threads.

``rank`` says that the number of the process comes first, ``options`` that the function's defaults are the user's to override,
``deferred`` that nothing happens before ``start()``. A pool runs what its methods are given.
"""

from __future__ import annotations

from bpcheck.apis.spec import Api

_SPAWN = Api("launch", "target args nprocs", rank=True)
_COMMAND = Api("launch", "target", options=True)
_POOL = Api("object", "workers=None", role="pool")
_WORKER = Api("launch", "group target name args kwargs", role="launch", deferred=True)

TABLE: dict[str, Api] = {
    "torch.multiprocessing.spawn": _SPAWN,
    "torch.multiprocessing.spawn.spawn": _SPAWN,
    "torch.multiprocessing.start_processes": _SPAWN,
    "torch_xla.distributed.xla_multiprocessing.spawn": _SPAWN,
    "accelerate.notebook_launcher": Api("launch", "target args num_processes"),
    "accelerate.debug_launcher": Api("launch", "target args num_processes"),
    "accelerate.launchers.notebook_launcher": Api("launch", "target args num_processes"),
    "torch.multiprocessing.Process": _WORKER,
    "multiprocessing.Process": _WORKER,
    "threading.Thread": _WORKER,
    **dict.fromkeys(
        (
            "multiprocessing.Pool",
            "multiprocessing.pool.Pool",
            "multiprocessing.pool.ThreadPool",
            "multiprocessing.dummy.Pool",
            "torch.multiprocessing.Pool",
            "concurrent.futures.ThreadPoolExecutor",
            "concurrent.futures.ProcessPoolExecutor",
            "joblib.Parallel",
        ),
        _POOL,
    ),
    "joblib.delayed": Api("wrapper", "function"),
    "concurrent.futures.as_completed": Api("wrapper", "futures"),
    "fire.Fire": _COMMAND,
    "fire.core.Fire": _COMMAND,
    "typer.run": _COMMAND,
    "tyro.cli": _COMMAND,
    "absl.app.run": Api("launch", "target", rank=True),
}
