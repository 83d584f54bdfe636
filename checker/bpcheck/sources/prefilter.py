"""Whether a file can hold training code at all, told from its bytes, long before it is parsed."""

from __future__ import annotations

# Words, not import lines: a relative or a star import brings a framework in without naming it. The commonest first.
_WORDS = (
    b"torch", b"tensorflow", b"keras", b"optimizer", b"epoch", b"sklearn", b"fastai", b"lightning", b"transformers",
    b"jax", b"flax", b"optax", b"timm", b"accelerate", b"ultralytics", b"diffusers", b"deepspeed", b"mmengine", b"mmcv",
    b"mmdet", b"detectron2", b"fairseq", b"monai", b"skorch", b"ignite", b"catalyst", b"allennlp", b"tinygrad",
    b"mxnet", b"paddle", b"chainer", b"theano", b"xgboost", b"lightgbm", b"catboost", b".backward(", b"zero_grad",
    b"criterion", b"DataLoader", b"learning_rate", b"nn.Module", b".fit(", b"train(", b"Trainer", b"_target_",
    b"class_path", b"_component_", b"_base_",
)  # fmt: skip


def might_train(data: bytes) -> bool:
    """False only where no rule could ever find something to say about the file."""
    for word in _WORDS:  # a generator in any() costs twice the time of the search itself
        if word in data:
            return True
    return data.startswith((b"\xff\xfe", b"\xfe\xff"))  # UTF-16, in which the words look different
