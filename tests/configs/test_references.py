"""References in a configuration, as OmegaConf reads them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from .reading import composed_node, plain, text_at

REST = """
model:
  hidden: 3
  layers: [1, {size: 8}]
  same: ${.hidden}
  up: ${..seed}
  far: ${...seed}
  deep:
    name: ${..hidden}
seed: 5
key: hidden
flag: true
nothing: null
todo: ???
16: sixteen
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${seed}", 5), ("${ seed }", 5), ("${model.hidden}", 3), ("${model.layers[0]}", 1), ("${model.layers.1.size}", 8),
        ("${model.layers[1].size}", 8), ("${model.layers}", [1, {"size": 8}]), ("${model.same}", 3), ("${model.up}", 5),
        ("${model.deep}", {"name": 3}), ("${model[deep].name}", 3), ("${16}", "sixteen"), ("${x}", ...),
        ("run-${seed}-${model.hidden}", "run-5-3"), ("${flag}/${nothing}", "True/None"), ("a ${model} b", ...),
        ("${model.${key}}", 3), ("${${key}}", ...), ("\\${seed}", "${seed}"), ("\\\\${seed}", "\\5"), ("${seed} }", "5 }"),
        ("$seed", "$seed"), ("${oc.env:HOME}", ...), ("${oc.env:HOME,x}/y", ...), ("${eval:'1 + 1'}", ...),
        ("${now:%Y}", ...), ("${}", ...), ("${.}", ...), ("${", ...), ("${seed", ...), ("${a b}", ...), ("${model..hidden}", ...),
        ("${nowhere}", ...), ("${model.nowhere}", ...), ("${model.layers[7]}", ...), ("${seed.deeper}", ...),
        ("${todo}", ...), ("${model.far}", ...), ("${...seed}", ...), ("${model.hidden}${model.hidden}", "33"),
    ],
)  # fmt: skip
def test_what_references_mean(tmp_path: Path, text: str, expected: Any) -> None:
    quoted = text.replace("'", "''")
    found = plain(composed_node(tmp_path, {"train.yaml": f"x: '{quoted}'\n{REST}"}))
    assert found["x"] == expected


def test_what_is_referred_to_stands_where_it_is_used(tmp_path: Path) -> None:
    root = composed_node(tmp_path, {"train.yaml": "a: ${b}\nb:\n  c: 1\n"})
    assert plain(root.items["a"]) == {"c": 1}
    assert text_at(root.items["a"]) == "${b}"
    assert text_at(root.items["a"].items["c"]) == "1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: ${a}\n", {"a": ...}),
        ("a: ${b}\nb: ${c}\nc: ${a}\n", {"a": ..., "b": ..., "c": ...}),
        ("a:\n  b: ${a}\n  c: 1\n", {"a": {"b": ..., "c": 1}}),
        ("a:\n  b: ${a.c}\n  c: 1\n", {"a": {"b": 1, "c": 1}}),
        ("a: ${b.c}\nb:\n  c: ${d}\n  e: ${a}\nd: 1\n", {"a": 1, "b": {"c": 1, "e": 1}, "d": 1}),
        ("a: ${b.c}\nb: ${d}\nd:\n  c: 1\n", {"a": 1, "b": {"c": 1}, "d": {"c": 1}}),
    ],
)
def test_references_to_references(tmp_path: Path, text: str, expected: Any) -> None:
    assert plain(composed_node(tmp_path, {"train.yaml": text})) == expected


def test_references_cross_the_files_of_one_configuration(tmp_path: Path) -> None:
    files = {
        "train.yaml": "defaults:\n- optimizer: sgd\nlr: 0.1\ncopy: ${optimizer.lr}\n",
        "optimizer/sgd.yaml": "lr: ${lr}\nname: ${.lr}\n",
    }
    found = plain(composed_node(tmp_path, files))
    assert found == {"optimizer": {"lr": 0.1, "name": 0.1}, "lr": 0.1, "copy": 0.1}


@pytest.mark.parametrize(
    "line",
    [
        'a{0}: "${{a{1}}}"',
        'a{0}: {{x: "${{a{1}}}"}}',
        'a{0}: ["${{a{1}}}", "${{a{1}}}", "${{a{1}}}"]',
        'a{0}: "${{a{1}}}${{a{1}}}"',
    ],
    ids=["a chain", "nesting", "a tree", "a growing text"],
)
def test_references_on_and_on_come_to_an_end(tmp_path: Path, line: str) -> None:
    text = "".join(line.format(number, number + 1) + "\n" for number in range(1000)) + "a1000: x\n"
    started = time.perf_counter()
    composed_node(tmp_path, {"train.yaml": text})
    assert time.perf_counter() - started < 2  # seconds
