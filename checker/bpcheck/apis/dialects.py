"""Dialects of training configurations: how each is told, and the function of ``bpcheck/frameworks`` that runs it."""

from __future__ import annotations

from bpcheck.records import field, record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


@record(frozen=True, slots=True)
class Dialect:
    """A configuration is of this dialect if it has every key of ``needs`` (paths; ``a|b`` is one of them) and none of ``not_``.

    ``partial`` says that the configuration does not tell the whole program, so that nothing may be called absent.
    ``place`` are the keys at which the training as a whole is reported, the first that is there.
    """

    name: str
    file: str
    function: str
    needs: tuple[str, ...]
    not_: tuple[str, ...] = field(default=())
    place: tuple[str, ...] = field(default=())
    partial: bool = field(default=False)

    def describes(self, has: Callable[[str], bool]) -> bool:
        """Whether a configuration of which ``has`` tells the paths of keys is of this dialect."""
        needed = (any(has(path) for path in each.split("|")) for each in self.needs)
        return all(needed) and not any(has(path) for path in self.not_)


DIALECTS: tuple[Dialect, ...] = (
    Dialect(
        "torchtune", "torchtune", "recipe",
        needs=("model._component_", "optimizer._component_", "dataset._component_", "loss._component_", "epochs"),
        place=("dataset",),
    ),
    Dialect(
        "mmengine", "mmengine", "run",
        needs=("model.type|model.backbone", "train_dataloader|data.train", "optim_wrapper.optimizer|optimizer.type"),
        place=("train_dataloader", "data"),
    ),
    Dialect(
        "LightningCLI", "lightning_cli", "cli", needs=("trainer|fit.trainer", "model.class_path|fit.model.class_path"),
        place=("trainer", "fit"),
    ),
    Dialect(
        "timm", "timm_script", "train_script", needs=("model", "opt", "sched", "epochs", "aa", "drop_path"), place=("epochs",),
    ),
    Dialect(
        "LLaMA-Factory", "llamafactory", "llamafactory",
        needs=("model_name_or_path", "stage|finetuning_type", "dataset", "do_train"), place=("dataset",),
    ),
    Dialect(
        "axolotl", "llamafactory", "axolotl",
        needs=("base_model", "datasets", "learning_rate", "num_epochs|max_steps", "micro_batch_size"), place=("datasets",),
    ),
    Dialect(
        "NeMo", "nemo", "train", needs=("model.optim.name", "model.optim.lr", "trainer"),
        place=("trainer",), partial=True,
    ),
    Dialect(
        "Ultralytics", "ultralytics", "hyperparameters", needs=("lr0", "lrf", "warmup_epochs", "momentum"),
        place=("epochs", "lr0"),
    ),
)  # fmt: skip
