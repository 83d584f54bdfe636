"""Which files are worth reading."""

from __future__ import annotations

import time

import pytest
from bpcheck.configs.prefilter import LARGEST, is_of_another_tool, might_configure


@pytest.mark.parametrize(
    "text",
    [
        "_target_: torch.optim.Adam\nparams: 1\n",
        "model:\n  _component_: torchtune.models.llama3\n",
        "model:\n  class_path: m.Net\n",
        '{"optimizer": {"type": "Adam", "args": {}}}',
        "[optimizer]\nname = 'sgd'\n",
        "learning_rate: 0.1\n",
        "stage: sft\nfinetuning_type: lora\n",
        "lr: 0.1\nepochs: 3\nbatch_size: 8\n",
        "TRAIN:\n  EPOCHS: 3\n  BASE_LR: 1e-3\n  WEIGHT_DECAY: 0.05\n",
        "train: images/train\nval: images/val\nnames: [a, b]\n",
        '{"arch": {"type": "Net", "args": {}}, "trainer": {}}',
    ],
)
def test_training_configurations_are(text: str) -> None:
    assert might_configure(text.encode())
    assert might_configure(text.encode("utf-16"))
    assert might_configure(b"\xef\xbb\xbf" + text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name: x\nversion: 3\n",
        "on: [push]\njobs:\n  build:\n    steps:\n    - run: make test\n",
        "services:\n  web:\n    image: nginx\n    ports: ['80:80']\n",
        '{"name": "x", "dependencies": {"left-pad": "1.0"}}',
        '{"image": "1.png", "label": 3, "boxes": [[0.1, 0.2]]}',
        '[{"learning_rate": 0.1, "optimizer": "sgd", "epochs": 2}]',
        "[[0.1, 0.2], [0.3, 0.4]]",
        "optimism: high\n",
    ],
)
def test_other_files_are_not(text: str) -> None:
    assert not might_configure(text.encode())


def test_what_is_large_is_data() -> None:
    assert not might_configure(b"learning_rate: 0.1\n" + b" " * LARGEST)


def test_looking_takes_no_time() -> None:
    data = b'{"image": "1.png", "label": 3},\n' * (LARGEST // 40)
    started = time.perf_counter()
    might_configure(data)
    assert time.perf_counter() - started < 1  # seconds


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("pyproject.toml", True), ("package-lock.json", True), ("tsconfig.json", True), ("Cargo.toml", True),
        (".pre-commit-config.yaml", True), ("docker-compose.yml", True), ("my-lock.json", True),
        ("train.yaml", False), ("config.json", False), ("values.toml", False),
    ],
)  # fmt: skip
def test_names_of_other_tools(name: str, expected: bool) -> None:
    assert is_of_another_tool(name) is expected
