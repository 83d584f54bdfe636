"""``accelerate``, without its Accelerator, which is a file of ``bpcheck/frameworks``."""

from __future__ import annotations

from bpcheck.apis.spec import Api

TABLE: dict[str, Api] = {
    "accelerate.utils.set_seed": Api("pure", "seed"),
    "accelerate.utils.DummyOptim": Api(
        "optimizer", "params lr=1e-3 weight_decay=0", weight_decay="decoupled", adaptive=True
    ),
    "accelerate.utils.DummyScheduler": Api(
        "scheduler", "optimizer total_num_steps=None warmup_num_steps=0", unit="step"
    ),
    **{
        f"accelerate.{name}": Api("object", "", role="reporter")
        for name in (
            "PartialState",
            "state.PartialState",
            "state.AcceleratorState",
            "state.GradientState",
            "AcceleratorState",
            "logging.get_logger",
            "tracking.GeneralTracker",
            "utils.ProjectConfiguration",
            "utils.InitProcessGroupKwargs",
            "DistributedDataParallelKwargs",
            "utils.DistributedDataParallelKwargs",
            "utils.DeepSpeedPlugin",
            "DeepSpeedPlugin",
            "DataLoaderConfiguration",
            "utils.DataLoaderConfiguration",
            "utils.GradientAccumulationPlugin",
            "FullyShardedDataParallelPlugin",
            "utils.FullyShardedDataParallelPlugin",
        )
    },
}
