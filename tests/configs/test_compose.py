"""What becomes of a configuration that names others: Hydra's defaults lists, and inheritance."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .reading import composed_node, plain

Composed = Callable[..., Any]

GROUPS = {
    "conf/optimizer/sgd.yaml": "name: sgd\nlr: 0.1\n",
    "conf/optimizer/adam.yaml": "name: adam\n",
    "conf/model/net.yaml": "defaults: [base]\nhidden: 3\n",
    "conf/model/base.yaml": "hidden: 9\ndepth: 2\n",
    "conf/model/wide.yaml": "hidden: 99\n",
    "conf/schema.yaml": "seed: 1\nlr: 7\n",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("defaults:\n- optimizer: sgd\nlr: 1\n", {"optimizer": {"name": "sgd", "lr": 0.1}, "lr": 1}),
        ("defaults: [schema]\nlr: 1\n", {"seed": 1, "lr": 1}),
        ("defaults: [_self_, schema]\nlr: 1\n", {"seed": 1, "lr": 7}),
        ("defaults: [schema, _self_]\nlr: 1\n", {"seed": 1, "lr": 1}),
        ("defaults: [schema]\nlr: ???\n", {"seed": 1, "lr": 7}),
        ("defaults: []\nlr: 1\n", {"lr": 1}),
        ("defaults:\n- optimizer: null\nlr: 1\n", {"lr": 1}),
        ("defaults:\n- optimizer: sgd.yaml\n", {"optimizer": {"name": "sgd", "lr": 0.1}}),
        ("defaults:\n- model: net\n", {"model": {"hidden": 3, "depth": 2}}),
        ("defaults:\n- model: [base, wide]\n", {"model": {"hidden": 99, "depth": 2}}),
        ("defaults:\n- optimizer@model.opt: adam\n- model: wide\n", {"model": {"opt": {"name": "adam"}, "hidden": 99}}),
        ("defaults:\n- optimizer@_global_: adam\n", {"name": "adam"}),
        ("defaults:\n- optimizer/adam\n", {"optimizer": {"name": "adam"}}),
        ("defaults:\n- /optimizer/adam@opt\n", {"opt": {"name": "adam"}}),
        ("defaults:\n- optimizer: sgd\n- override optimizer: adam\n", {"optimizer": {"name": "adam"}}),
        ("defaults:\n- optimizer: sgd\n- override hydra/launcher: slurm\nhydra: {run: {dir: x}}\n",
         {"optimizer": {"name": "sgd", "lr": 0.1}}),
        ("defaults:\n- optional optimizer: none\n- optional local: default\nlr: 1\n", {"lr": 1}),
        ("defaults:\n- model: wide\n- optimizer: ${model}\n", {"model": {"hidden": 99}, "optimizer": ...}),
        ("defaults:\n- optimizer: nowhere\nlr: 1\n", {"optimizer": ..., "lr": 1}),
        ("defaults:\n- optimizer: ???\noptimizer:\n  lr: 1\n", {"optimizer": {"lr": 1, ...: ...}}),
        ("defaults: [nowhere]\nlr: 1\n", {"lr": 1, ...: ...}),
        ("defaults: [_self_, nowhere]\nlr: 1\n", ...),
        ("defaults: [train]\nlr: 1\n", {"lr": 1, ...: ...}),
        ("defaults: 3\nlr: 1\n", {"defaults": 3, "lr": 1}),
        ("defaults:\n- {a: 1, b: 2}\n", {"defaults": [{"a": 1, "b": 2}]}),
        ("defaults:\n- optimizer: sgd\noptimizer: null\n", {"optimizer": None}),
    ],
)  # fmt: skip
def test_hydra(composed: Composed, text: str, expected: Any) -> None:
    assert composed({"conf/train.yaml": text, **GROUPS}) == expected


EXPERIMENT = {
    **GROUPS,
    "conf/train.yaml": "defaults:\n- optimizer: sgd\n- model: net\n- experiment: big\nlr: 1\n",
    "conf/experiment/big.yaml": "# @package _global_\ndefaults:\n- override /model: wide\n- override /optimizer: adam\nlr: 2\n",
    "conf/server/apache.yaml": "defaults:\n- /optimizer: adam\n- db: small\nport: 1\n",
    "conf/server/db/small.yaml": "size: 1\n",
    "conf/run/placed.yaml": "# @package out.there\nx: 1\n",
}


def test_an_experiment_overrides_what_was_chosen_before_it(composed: Composed) -> None:
    found = composed(EXPERIMENT, "conf/train.yaml")
    assert found == {"optimizer": {"name": "adam"}, "model": {"hidden": 99}, "lr": 1}


def test_an_experiment_by_itself_is_open(composed: Composed) -> None:
    found = composed(EXPERIMENT, "conf/experiment/big.yaml")
    assert found == {"optimizer": {"name": "adam"}, "model": {"hidden": 99}, "lr": 2, ...: ...}


def test_a_group_in_a_group_goes_below_it(composed: Composed) -> None:
    files = {**EXPERIMENT, "conf/one.yaml": "defaults:\n- server: apache\n- run: placed\n"}
    found = composed(files, "conf/one.yaml")
    assert found == {
        "server": {"optimizer": {"name": "adam"}, "db": {"size": 1}, "port": 1}, "out": {"there": {"x": 1}}
    }  # fmt: skip


def test_what_is_composed_stands_where_it_is_written(tmp_path: Path) -> None:
    text = "defaults:\n- optimizer: sgd\n- nothing: there\noptimizer:\n  lr: 0.2\n"
    root = composed_node(tmp_path, {"conf/train.yaml": text, **GROUPS})
    optimizer = root.items["optimizer"]
    assert (optimizer.items["lr"].source.file.name, optimizer.items["lr"].mark.lineno) == ("train.yaml", 5)
    assert (optimizer.items["name"].source.file.name, optimizer.items["name"].mark.lineno) == ("sgd.yaml", 1)
    assert optimizer.keys["name"].source.file.name == "sgd.yaml"
    missing = root.items["nothing"]
    assert (missing.source.file.name, missing.mark.lineno, missing.why) == (
        "train.yaml", 3, "`nothing/there` cannot be read",
    )  # fmt: skip


@pytest.mark.parametrize("key", ["_base_", "_BASE_", "__base__", "base", "base_config"])
def test_a_base_is_below(composed: Composed, key: str) -> None:
    files = {
        "train.yaml": f"{key}: sub/base.yaml\nmodel: {{depth: 2, heads: [1]}}\nold: {{_delete_: true, b: 2}}\n",
        "sub/base.yaml": f"{key}: ../root.json\nmodel: {{width: 3, heads: [4, 5]}}\nold: {{a: 1}}\n",
        "root.json": '{"model": {"depth": 1}, "seed": 0}',
    }
    found = composed(files)
    assert found == {"model": {"depth": 2, "width": 3, "heads": [1]}, "seed": 0, "old": {"b": 2}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("_base_: [a.yaml, b.yaml]\nz: 1\n", {"x": 2, "y": 1, "z": 1}),
        ("_base_: nowhere.yaml\nz: 1\n", {"z": 1, ...: ...}),
        ("_base_: base.py\nz: 1\n", {"z": 1, ...: ...}),
        ("_base_: train.yaml\nz: 1\n", {"z": 1, ...: ...}),
        ("_base_: 3\nz: 1\n", {"z": 1, ...: ...}),
        ("_base_: round.yaml\nz: 1\n", {"z": 1, "r": 1, ...: ...}),
        ("base: nowhere.yaml\nz: 1\n", {"base": "nowhere.yaml", "z": 1}),
        ("base: 64\nz: 1\n", {"base": 64, "z": 1}),
        ("_base_: a.yaml\nx: {y: 1}\n", {"x": {"y": 1}, "y": 1}),
    ],
)
def test_bases(composed: Composed, text: str, expected: Any) -> None:
    files = {
        "train.yaml": text,
        "a.yaml": "x: 1\ny: 1\n",
        "b.yaml": "x: 2\n",
        "round.yaml": "_base_: train.yaml\nr: 1\n",
    }
    assert composed(files) == expected


def test_files_that_include_each_other_come_to_an_end(composed: Composed) -> None:
    files = {
        "train.yaml": "defaults: [a, a, b]\nx: 1\n",
        "a.yaml": "defaults: [b, b, b]\n",
        "b.yaml": "defaults: [a, a, a]\n",
    }
    assert composed(files) == {"x": 1, ...: ...}
    chain = {f"c{n}.yaml": f"defaults: [c{n + 1}, c{n + 1}]\nk{n}: 1\n" for n in range(60)}
    found = composed({"train.yaml": "defaults: [c0]\nx: 1\n", **chain})
    assert found["x"] == found["k0"] == 1
    assert ... in found


def test_packages_of_any_depth(composed: Composed) -> None:
    files = {"train.yaml": f"defaults:\n- a@{'x.' * 300}y: b\n", "a/b.yaml": "k: 1\n"}
    assert composed(files) == {...: ...}


def test_nothing_to_compose_is_the_file_itself(tmp_path: Path) -> None:
    root = composed_node(tmp_path, {"train.yaml": "a: {b: 1}\n"})
    assert plain(root) == {"a": {"b": 1}}
