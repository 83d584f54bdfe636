"""Whether a file can be a training configuration at all, told from its bytes."""

from __future__ import annotations

#: Bytes. What is larger is data, whatever its suffix.
LARGEST = 2 * 1024 * 1024

_UNMISTAKABLE = (b"_target_", b"_component_", b"class_path", b"lr_scheduler", b"finetuning_type", b"num_train_epochs")
_SIGNS = (
    b"optimizer", b"learning_rate", b"lr", b"epochs", b"batch_size", b"weight_decay", b"scheduler", b"optim", b"model",
    b"train", b"val", b"momentum", b"warmup", b"loss", b"dataset", b"trainer", b"type",
)  # fmt: skip


def might_configure(data: bytes) -> bool:
    """False where the file surely says nothing about a training."""
    if len(data) > LARGEST:
        return False
    if any(word in data for word in _UNMISTAKABLE):
        return True
    return sum(word in data for word in _SIGNS) > 2 and any(word in data for word in _SIGNS[:7])
