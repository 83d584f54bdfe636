"""C12: which key of which configuration reaches which argument, with the place of the key."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from bpcheck.evaluate.values import Const, Map, Obj, Partial
from bpcheck.facts.optimizers import number
from bpcheck.facts.program import Program, place
from bpcheck.programs import config_program, entry_program
from bpcheck.project import Project

from .program import Evaluate, Evaluated, plain

BASE = "optimizer:\n  name: Adam\n  lr: 1e-3\nepochs: 12\nwarmup: null\nsizes: [32, 64]\nuse_amp: false\n"
EXPECTED = {
    "optimizer": {"name": "Adam", "lr": 1e-3}, "epochs": 12, "warmup": None, "sizes": [32, 64], "use_amp": False,
}  # fmt: skip


def written(folder: Path, files: Mapping[str, str]) -> Project:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return Project(folder, folder)


@pytest.mark.parametrize(
    "reading",
    [
        pytest.param("import yaml\ncfg = yaml.safe_load(open('base.yaml'))", id="an open file"),
        pytest.param(
            "import yaml\nwith open('base.yaml') as f:\n    cfg = yaml.load(f, Loader=yaml.FullLoader)", id="with"
        ),
        pytest.param(
            "import yaml\nfrom pathlib import Path\ncfg = yaml.safe_load(Path('base.yaml').read_text())", id="read_text"
        ),
        pytest.param(
            "import yaml\nfrom pathlib import Path\np = Path(__file__).resolve().parent / 'base.yaml'\ncfg = yaml.safe_load(p.open())",
            id="beside the script",
        ),
        pytest.param(
            "import os, yaml\np = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'base.yaml')\ncfg = yaml.safe_load(open(p))",
            id="os.path",
        ),
        pytest.param("from omegaconf import OmegaConf\ncfg = OmegaConf.load('base.yaml')", id="OmegaConf"),
        pytest.param(
            "from omegaconf import OmegaConf\ncfg = OmegaConf.to_container(OmegaConf.load('base.yaml'), resolve=True)",
            id="OmegaConf to a container",
        ),
        pytest.param(
            "import yaml\nfrom easydict import EasyDict\ncfg = EasyDict(yaml.safe_load(open('base.yaml')))",
            id="EasyDict",
        ),
        pytest.param(
            "import argparse, yaml\np = argparse.ArgumentParser()\np.add_argument('--config', default='base.yaml')\n"
            "cfg = yaml.safe_load(open(p.parse_args().config))",
            id="the default of an option",
        ),
        pytest.param(
            "import yaml\ndef load(path):\n    return yaml.safe_load(open(path))\ncfg = load('base.yaml')",
            id="a helper",
        ),
    ],
)
def test_what_a_script_reads_is_known(evaluate: Evaluate, reading: str) -> None:
    program = evaluate.files({"train.py": reading, "base.yaml": BASE})
    assert program.plain("cfg") == EXPECTED


@pytest.mark.parametrize(
    ("name", "text", "reading"),
    [
        (
            "c.json",
            '{"lr": 1e-3, "clip": null, "n": [1, 2], "on": true, "a": {"b": -1}}',
            "import json\ncfg = json.load(open('c.json'))",
        ),
        (
            "c.toml",
            "lr = 1e-3\nn = [1, 2]\non = true\n[a]\nb = -1\n",
            "import tomllib\ncfg = tomllib.load(open('c.toml', 'rb'))",
        ),
    ],
)
def test_json_and_toml_are_the_same_values(evaluate: Evaluate, name: str, text: str, reading: str) -> None:
    known = evaluate.files({"train.py": reading, name: text}).plain("cfg")
    assert {**known, "clip": None} == {"lr": 1e-3, "clip": None, "n": [1, 2], "on": True, "a": {"b": -1}}


@pytest.mark.parametrize(
    "reading",
    [
        'import json\ncfg = json.loads(\'{"optimizer": {"name": "Adam"}, "epochs": 12}\')',
        'import yaml\ncfg = yaml.safe_load("optimizer:\\n  name: Adam\\nepochs: 12\\n")',
        "import tomllib\ncfg = tomllib.loads(\"epochs = 12\\n[optimizer]\\nname = 'Adam'\\n\")",
    ],
)
def test_a_configuration_in_the_program_itself(evaluate: Evaluate, reading: str) -> None:
    assert evaluate.files({"train.py": reading}).plain("cfg") == {"optimizer": {"name": "Adam"}, "epochs": 12}


def test_attributes_and_subscripts_give_the_same_and_know_their_key(evaluate: Evaluate) -> None:
    program = evaluate.files(
        {
            "train.py": (
                "from omegaconf import OmegaConf\ncfg = OmegaConf.load('base.yaml')\na = cfg.optimizer.lr\n"
                "b = cfg['optimizer']['lr']\nc = cfg.get('nothing', 5)"
            ),
            "base.yaml": BASE,
        }
    )
    for name in ("a", "b"):
        value = program.variable(name)
        assert isinstance(value, Const)
        assert (value.value, value.setting) == (1e-3, "optimizer.lr")
    assert program.plain("c") == 5
    where = place(program.evaluator.setting_sites["optimizer.lr"])
    assert (where.path, where.line, where.column) == ("base.yaml", 3, 7)


def test_a_file_that_is_not_there_is_not_known(evaluate: Evaluate) -> None:
    program = evaluate.files({"train.py": "import yaml\ncfg = yaml.safe_load(open('nowhere.yaml'))"})
    assert program.plain("cfg") is ...


HYDRA = """
import hydra, torch

@hydra.main(version_base=None, config_path="conf", config_name="config")
def main(cfg):
    global seen
    seen = cfg
    net = torch.nn.Linear(4, 2)
    made = hydra.utils.instantiate(cfg.optimizer, params=net.parameters())

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {
                "conf/config.yaml": "defaults:\n  - optimizer: sgd\n  - _self_\nlr: 2\n",
                "conf/optimizer/sgd.yaml": "a: 1\nb: ${lr}\n",
            },
            {"optimizer": {"a": 1, "b": 2}, "lr": 2},
            id="a group goes under its own key",
        ),
        pytest.param(
            {
                "conf/config.yaml": "defaults:\n  - optimizer: sgd\noptimizer:\n  a: 5\n",
                "conf/optimizer/sgd.yaml": "a: 1\nb: 2\n",
            },
            {"optimizer": {"a": 5, "b": 2}},
            id="the primary configuration comes last",
        ),
        pytest.param(
            {
                "conf/config.yaml": "defaults:\n  - _self_\n  - optimizer: sgd\noptimizer:\n  a: 5\n",
                "conf/optimizer/sgd.yaml": "a: 1\n",
            },
            {"optimizer": {"a": 1}},
            id="unless it says otherwise",
        ),
        pytest.param(
            {
                "conf/config.yaml": "defaults:\n  - base\n  - optimizer: null\nx: 1\n",
                "conf/base.yaml": "x: 0\ny: ???\n",
            },
            {"x": 1, "y": ...},
            id="files beside it, nothing chosen, and values to be set",
        ),
        pytest.param(
            {
                "conf/config.yaml": "defaults:\n  - extra\n  - optimizer: sgd\n",
                "conf/extra.yaml": "defaults:\n  - override optimizer: adam\n",
                "conf/optimizer/sgd.yaml": "a: 1\n",
                "conf/optimizer/adam.yaml": "a: 2\n",
            },
            {"optimizer": {"a": 2}},
            id="an override chooses another option",
        ),
        pytest.param(
            {"conf/config.yaml": "defaults:\n  - optimizer@opt: sgd\n", "conf/optimizer/sgd.yaml": "a: 1\n"},
            {"opt": {"a": 1}},
            id="another package",
        ),
        pytest.param(
            {"conf/config.yaml": "defaults:\n  - run: big\nx: 0\n", "conf/run/big.yaml": "# @package _global_\nz: 3\n"},
            {"x": 0, "z": 3},
            id="the global package",
        ),
        pytest.param(
            {"conf/config.yaml": "a: ${b}\nb: ${a}\nc: ${oc.env:HOME}\nd: run-${e}\ne: 7\n"},
            {"a": ..., "b": ..., "c": ..., "d": "run-7", "e": 7},
            id="references that go round, resolvers, and texts",
        ),
        pytest.param(
            {"conf/config.yaml": "defaults: [nowhere]\nx: 1\n"}, ..., id="a file that is not seen may say anything"
        ),
    ],
)
def test_what_hydra_composes(evaluate: Evaluate, files: dict[str, str], expected: dict[str, Any]) -> None:
    program = evaluate.files({"train.py": HYDRA, **files})
    assert program.plain("seen") == expected


def test_what_is_described_is_made_where_it_is_described(evaluate: Evaluate) -> None:
    program = evaluate.files(
        {
            "train.py": HYDRA,
            "conf/config.yaml": "optimizer:\n  _target_: torch.optim.Adam\n  lr: 1e-4\n  weight_decay: 0.1\n",
        }
    )
    optimizer = program.the_optimizer
    assert optimizer.made is not None
    assert (place(optimizer.made.site).path, place(optimizer.made.site).line) == ("conf/config.yaml", 2)
    (group,) = optimizer.groups
    assert (number(group.lr), number(group.weight_decay), len(group.parts)) == (1e-4, 0.1, 1)


def test_a_partial_is_called_later(evaluate: Evaluate) -> None:
    program = evaluate.files(
        {
            "train.py": (
                "import yaml, torch\nfrom hydra.utils import instantiate\nmake = instantiate(yaml.safe_load(open('c.yaml')))\n"
                "made = make([torch.nn.Parameter(torch.zeros(2))])"
            ),
            "c.yaml": "_target_: torch.optim.SGD\n_partial_: true\nlr: 0.5\n",
        }
    )
    assert isinstance(program.variable("make"), Partial)
    made = program.variable("made")
    assert isinstance(made, Obj)
    assert made.kind == "optimizer"


def test_classes_of_the_project_are_found_by_their_dotted_names(evaluate: Evaluate) -> None:
    program = evaluate.files(
        {
            "train.py": "import yaml\nfrom hydra.utils import instantiate\nnet = instantiate(yaml.safe_load(open('c.yaml')))",
            "parts/nets.py": (
                "from torch import nn\nclass Net(nn.Module):\n    def __init__(self, inner, width=1):\n"
                "        super().__init__()\n        self.inner, self.width = inner, width\n"
            ),
            "c.yaml": "_target_: parts.nets.Net\nwidth: 8\ninner:\n  _target_: torch.nn.LSTM\n  input_size: 4\n  hidden_size: 4\n",
        }
    )
    net = program.module("net")
    assert net.cls is not None
    assert net.cls.name == "Net"
    assert plain(net.attrs["width"]) == 8
    inner = net.attrs["inner"]
    assert isinstance(inner, Obj)
    assert inner.name == "torch.nn.LSTM"


def test_an_arm_that_a_key_switches_off_is_named_with_the_key(evaluate: Evaluate) -> None:
    program = evaluate.files(
        {
            "train.py": "import yaml\ncfg = yaml.safe_load(open('base.yaml'))\nif cfg['use_amp']:\n    print(1)",
            "base.yaml": BASE,
        }
    )
    assert program.skipped == ["use_amp"]


ASKS = """
import argparse, json, torch
parser = argparse.ArgumentParser()
parser.add_argument("-c", "--config", type=str)
config = json.load(open(parser.parse_args().config))
net = torch.nn.Linear(4, 2)
optimizer = getattr(torch.optim, config["optimizer"]["type"])(net.parameters(), **config["optimizer"]["args"])
"""


def bound(folder: Path, text: str) -> Program:
    project = written(folder, {"train.py": ASKS, "c.json": text})
    return entry_program(project, folder / "train.py", folder / "c.json")


def test_a_script_that_asks_for_a_configuration_is_run_with_the_one_that_is_given(tmp_path: Path) -> None:
    program = bound(tmp_path, '{"optimizer": {"type": "Adam",\n"args": {"lr": 0.5}}}')
    assert program.evaluator.asks_config
    assert program.evaluator.missing_keys == 0
    (optimizer,) = program.optimizers
    assert optimizer.made is not None
    assert (optimizer.name, place(optimizer.made.site).path) == ("Adam", "c.json")


def test_a_key_that_is_missing_shows_that_it_is_for_another_script(tmp_path: Path) -> None:
    assert bound(tmp_path, '{"optim": {"type": "Adam", "args": {}}}').evaluator.missing_keys > 0


def test_without_one_it_is_known_that_it_asks_and_nothing_else(evaluate: Evaluate) -> None:
    program = evaluate.files({"train.py": ASKS})
    assert program.evaluator.asks_config
    assert program.optimizers == []


MM = {
    "base/model.py": "model = dict(type='ImageClassifier', backbone=dict(type='ResNet', depth=50), head=dict(n=10))\n",
    "base/rest.py": (
        "train_dataloader = dict(batch_size=4, dataset=dict(type='D'))\n"
        "optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1, weight_decay=0.01))\n"
    ),
}


def configured(folder: Path, files: Mapping[str, str], name: str) -> Evaluated:
    program = config_program(written(folder, files), folder / name)
    assert program is not None
    return Evaluated(program.evaluator, program.events, program.fragment)


def test_a_python_configuration_is_merged_over_its_bases(tmp_path: Path) -> None:
    from bpcheck.evaluate.configs import python_config
    from bpcheck.evaluate.evaluator import Evaluator

    files = {
        **MM,
        "c.py": (
            "_base_ = ['base/model.py', 'base/rest.py']\nmodel = dict(head=dict(n=2))\n"
            "optim_wrapper = dict(optimizer=dict(_delete_=True, type='Adam'))\n"
        ),
    }
    config = python_config(Evaluator(written(tmp_path, files)), tmp_path / "c.py")
    assert isinstance(config, Map)
    known = plain(config)
    assert known["model"] == {"type": "ImageClassifier", "backbone": {"type": "ResNet", "depth": 50}, "head": {"n": 2}}
    assert known["optim_wrapper"]["optimizer"] == {"_delete_": True, "type": "Adam"}
    assert known["train_dataloader"]["batch_size"] == 4


def test_a_configuration_in_a_known_dialect_is_a_program(tmp_path: Path) -> None:
    program = configured(tmp_path, {**MM, "c.py": "_base_ = ['base/model.py', 'base/rest.py']\n"}, "c.py")
    optimizer = program.the_optimizer
    assert optimizer.made is not None
    assert (optimizer.name, place(optimizer.made.site).path) == ("SGD", "base/rest.py")
    assert program.order("make-optimizer", "backward", "step")[:3] == ["make-optimizer", "backward", "step"]
    assert {e.site.scope.source.path for e in program.events} <= {"c.py", "base/model.py", "base/rest.py"}


def test_of_any_other_the_optimizers_are_described(tmp_path: Path) -> None:
    text = "model:\n  optimizer:\n    _target_: torch.optim.Adam\n    lr: 0.1\nother:\n  optimizer:\n    type: SGD\n    args: {lr: 2}\n"
    program = configured(tmp_path, {"c.yaml": text}, "c.yaml")
    assert program.fragment
    assert [o.name for o in program.optimizers] == ["Adam", "SGD"]


@pytest.mark.parametrize("text", ["name: site\nnav:\n  - index.md\n", "- 1\n- 2\n", "optimizer: 3\n", "type: object\n"])
def test_what_describes_no_training_is_no_program(tmp_path: Path, text: str) -> None:
    assert config_program(written(tmp_path, {"c.yaml": text}), tmp_path / "c.yaml") is None
