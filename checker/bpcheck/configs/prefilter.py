"""Whether a file can be a training configuration at all, told from its name, its size and its bytes."""

from __future__ import annotations

import re

#: Bytes. What is larger is data, whatever its suffix.
LARGEST = 2 * 1024 * 1024

_OTHER_TOOLS = frozenset({
    "bpcheck.toml", "pyproject.toml", "cargo.toml", "pipfile.toml", "netlify.toml", "uv.toml", "ruff.toml", "tox.toml",
    "package.json", "package-lock.json", "npm-shrinkwrap.json", "composer.json", "composer.lock.json", "tsconfig.json",
    "jsconfig.json", "vercel.json", "lerna.json", "nx.json", "angular.json", "renovate.json", "manifest.json",
    "pnpm-lock.yaml", "pnpm-workspace.yaml", "mkdocs.yml", "mkdocs.yaml", "_config.yml", "_toc.yml", "codecov.yml",
    "docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml", "environment.yml", "environment.yaml",
    "conda.yml", "conda.yaml", "meta.yaml", "chart.yaml", "values.yaml", "azure-pipelines.yml", "appveyor.yml",
    "mypy.json", "pyrightconfig.json", "devcontainer.json", "tokenizer.json", "tokenizer_config.json",
    "special_tokens_map.json", "vocab.json", "added_tokens.json", "generation_config.json", "trainer_state.json",
    "model_index.json", "preprocessor_config.json", "pytorch_model.bin.index.json", "model.safetensors.index.json",
})  # fmt: skip

# What hardly any other kind of file says.
_UNMISTAKABLE = (
    b"_target_", b"_component_", b"class_path", b"lr_scheduler", b"learning_rate", b"finetuning_type",
    b"num_train_epochs", b"per_device_train", b"optim_wrapper", b"optimizer:", b'optimizer":', b"optimizer]",
)  # fmt: skip
# One of these, in any of its forms, may be said of anything.
_SIGNS = (
    (b"optim",), (b"lr:", b'lr":', b"lr =", b"lr=", b"lr0", b"lrf"), (b"epoch", b"max_steps"), (b"batch",),
    (b"weight_decay", b"weightdecay"), (b"momentum", b"betas"), (b"warmup", b"warm_up"), (b"sched",),
    (b"loss", b"criterion"), (b"loader", b"num_workers"), (b"trainer",), (b"dropout",), (b"grad_clip", b"clip_grad"),
    (b"train:", b'train":', b"[train"), (b"val:", b'val":', b"valid", b"[val"), (b"names:", b"nc:"), (b'"type"',),
    (b'"args"',),
)  # fmt: skip
_ENOUGH = 3
_LIST = re.compile(rb"\s*\[\s*(?:[\d{\"\-\]]|\[\s*[\d{\"\-\[\]])")


def is_of_another_tool(name: str) -> bool:
    """Whether a file of this name is settings or data of some other well-known tool, or hidden."""
    return name.startswith(".") or name.lower() in _OTHER_TOOLS or name.endswith((".lock.json", "-lock.json"))


def might_configure(data: bytes) -> bool:
    """False where the file surely says nothing about a training."""
    if len(data) > LARGEST:
        return False
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):  # UTF-16: the words have zeros in between
        data = data.replace(b"\0", b"")
    if _LIST.match(data):
        return False
    data = data.lower()
    says = data.__contains__
    if any(map(says, _UNMISTAKABLE)):
        return True
    return sum([any(map(says, forms)) for forms in _SIGNS]) >= _ENOUGH
