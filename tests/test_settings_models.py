"""`[tool.bpcheck.models]`: what can be said, what is a mistake, and what difference it makes to a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bpcheck.apis.vocabulary import EFFECTS, ROLES
from bpcheck.cli import main
from bpcheck.errors import UsageError
from bpcheck.evaluate import vocabulary
from bpcheck.programs import fragments, lone_evaluator
from bpcheck.project import Project
from bpcheck.settings import SettingsFinder
from bpcheck.settings_report import settings_lines

TRAIN = """
import torch
from ourlib.train import clip_grads
from sklearn.datasets import load_digits
from torch import nn

data = load_digits()
x, y = torch.tensor(data.data).float(), torch.tensor(data.target)
rnn, head = nn.GRU(8, 32, batch_first=True), nn.Linear(32, 10)
optimizer = torch.optim.AdamW([*rnn.parameters(), *head.parameters()], lr=1e-3)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1e-2, total_steps=1000)
for step in range(1000):
    batch = torch.randint(len(x), (32,))
    optimizer.zero_grad()
    nn.functional.cross_entropy(head(rnn(x[batch].view(-1, 8, 8))[0][:, -1]), y[batch]).backward()
    clip_grads([rnn, head], 1.0)
    optimizer.step()
    scheduler.step()
"""


def words_in(folder: Path, models: str) -> dict[str, Any]:
    (folder / "bpcheck.toml").write_text(f"[models]\n{models}\n")
    return dict(SettingsFinder().for_folder(str(folder)).models)


def found(folder: Path, capsys: pytest.CaptureFixture[str], *args: str) -> list[tuple[str, str, int]]:
    """(path, code, line) of what `bpcheck check` reports."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["check", ".", "--select", "BP503", "--output-format", "json", *args])
    answer = json.loads(capsys.readouterr().out)
    assert answer["diagnostics"] == []
    assert ended.value.code == bool(answer["findings"])
    return [(finding["path"], finding["code"], finding["line"]) for finding in answer["findings"]]


def refusal(capsys: pytest.CaptureFixture[str]) -> str:
    """What a run says that does not take place."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["check", "."])
    assert ended.value.code == 2
    return capsys.readouterr().err


# What difference it makes


@pytest.mark.parametrize(
    ("entry", "reported"),
    [
        pytest.param(None, False, id="not taught: what is handed to unseen code may be clipped there"),
        pytest.param("{ pure = true }", True, id="pure"),
        pytest.param('{ freezes = "model" }', True, id="something else"),
        pytest.param('{ clips = "model" }', False, id="clips"),
        pytest.param("{ clips = 0 }", False, id="clips its first argument"),
        pytest.param('{ clips = "nets", parameters = ["nets", "limit"] }', False, id="clips a parameter"),
        pytest.param('"torch.nn.utils.clip_grad_norm_"', False, id="same as"),
        pytest.param('"torch.nn.utils.parameters_to_vector"', True, id="same as something else"),
    ],
)
def test_a_third_party_wrapper(
    folder: Path, capsys: pytest.CaptureFixture[str], entry: str | None, reported: bool
) -> None:
    (folder / "train.py").write_text(TRAIN)
    if entry is not None:
        (folder / "pyproject.toml").write_text(f'[tool.bpcheck.models]\n"ourlib.train.clip_grads" = {entry}\n')
    assert found(folder, capsys) == ([("train.py", "BP503", 17)] if reported else [])


@pytest.mark.parametrize(
    ("entry", "reported"),
    [
        pytest.param(None, True, id="followed"),
        pytest.param('{ clips = "nets" }', False, id="clips"),
        pytest.param("{ pure = true }", True, id="pure"),
    ],
)
def test_a_wrapper_of_the_project(
    folder: Path, capsys: pytest.CaptureFixture[str], entry: str | None, reported: bool
) -> None:
    (folder / "train.py").write_text(TRAIN)
    (folder / "ourlib").mkdir()
    (folder / "ourlib/__init__.py").touch()
    (folder / "ourlib/train.py").write_text(
        "def clip_grads(nets, limit):\n    return [net.to('cpu') for net in nets]\n"
    )
    if entry is not None:
        (folder / "bpcheck.toml").write_text(f'models."ourlib.train.clip_grads" = {entry}\n')
    assert found(folder, capsys) == ([("train.py", "BP503", 17)] if reported else [])


def test_a_function_that_is_described_is_not_judged_by_itself(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the user says holds instead of what stands there."""
    file = folder / "engine.py"
    file.write_text("""
def fit(net, loader, loss, optimizer):
    for x, y in loader:
        loss(net(x), y).backward()
        optimizer.step()
""")
    assert found(folder, capsys, "--select", "BP305") == [("engine.py", "BP305", 5)]
    words = words_in(folder, '"engine.fit" = { backpropagates = "net", steps = "optimizer" }')
    assert found(folder, capsys, "--select", "BP305") == []
    assert list(fragments(lone_evaluator(Project(folder, folder)), file, set()))
    assert list(fragments(lone_evaluator(Project(folder, folder), words), file, set())) == []


def test_a_wrong_one_ends_the_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "train.py").write_text(TRAIN)
    (folder / "pyproject.toml").write_text('[tool.bpcheck.models]\n"ourlib.train.clip_grads" = { clip = "model" }\n')
    assert refusal(capsys) == (
        f"bpcheck: error: {folder / 'pyproject.toml'}: "
        'models."ourlib.train.clip_grads": unknown effect `clip`. Did you mean `clips`?\n'
    )


def test_one_that_does_not_fit_the_function_ends_the_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "train.py").write_text(TRAIN)
    (folder / "ourlib.py").write_text("")
    (folder / "bpcheck.toml").write_text('models."ourlib.train.clip_grads" = { clips = "network" }\n')
    message = refusal(capsys)
    assert str(folder / "bpcheck.toml") in message
    assert 'models."ourlib.train.clip_grads": `clips` names `network`' in message


def test_each_script_is_read_with_the_settings_that_govern_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also where one run checks them all, and whatever the run before has read."""
    for name, entry in (("clips", '{ clips = "model" }'), ("pure", "{ pure = true }"), ("unknown", None)):
        (folder / name).mkdir()
        (folder / name / "train.py").write_text(TRAIN)
        models = f'models."ourlib.train.clip_grads" = {entry}\n' if entry is not None else ""
        (folder / name / "bpcheck.toml").write_text(models)
    assert found(folder, capsys) == [("pure/train.py", "BP503", 17)]
    (folder / "pure/bpcheck.toml").write_text("")
    assert found(folder, capsys) == []


def test_each_function_is_read_with_the_settings_that_govern_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A function that nothing calls is a program of its own."""
    text = """
from ourlib import clear


def fit(net, loader, loss, optimizer):
    for x, y in loader:
        clear(optimizer)
        loss(net(x), y).backward()
        optimizer.step()
"""
    for name, entry in (("a", "{ pure = true }"), ("b", '{ clears = "optimizer" }'), ("c", "{ pure = true }")):
        (folder / name).mkdir()
        (folder / name / "engine.py").write_text(text)
        (folder / name / "bpcheck.toml").write_text(f'models."ourlib.clear" = {entry}\n')
    expected = [("a/engine.py", "BP305", 9), ("c/engine.py", "BP305", 9)]
    assert found(folder, capsys, "--select", "BP305") == expected


def test_show_tells_what_is_in_force_and_what_is_used(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "train.py").write_text(TRAIN)
    words_in(folder, '"ourlib.train.clip_grads" = { clips = "model" }\n"ourlib.train.fit" = "torch.compile"')
    with pytest.raises(SystemExit):
        main(["show", "train.py"])
    text = capsys.readouterr().out
    assert "in the user's own words\n  ourlib.train.clip_grads: clips model\n" in text
    assert "  ourlib.train.fit: same as torch.compile (not used here)\n" in text
    with pytest.raises(SystemExit):
        main(["show", "train.py", "--isolated"])
    assert "own words" not in capsys.readouterr().out


# What can be said


@pytest.mark.parametrize(
    ("entry", "meaning"),
    [
        ('"torch.optim.Adam"', "same as torch.optim.Adam"),
        ('"torch.nn.modules.linear.Linear"', "same as torch.nn.modules.linear.Linear"),
        ('"lightning.pytorch.Trainer"', "same as lightning.pytorch.Trainer"),
        ('{ clips = "model", steps = "optimizer" }', "clips model, steps optimizer"),
        ('{ steps = ["optimizer", "self.scheduler", 2] }', "steps optimizer and self.scheduler and 2"),
        ('{ eval-mode = "model", returns = 0 }', "eval-mode model, returns 0"),
        ('{ makes = "dataset", split = "validation" }', "makes validation dataset"),
        ('{ makes = "model", pretrained = true, parameters = ["name"] }', "makes model"),
        ("{ pure = true }", "does nothing to its arguments"),
        ('{ pure = true, returns = "model" }', "returns model"),
        ('{ pure = true, parameters = [] }', "does nothing to its arguments"),
    ],
)  # fmt: skip
def test_entries(folder: Path, entry: str, meaning: str) -> None:
    (word,) = words_in(folder, f'"ourlib.x" = {entry}').values()
    assert word.meaning == meaning


@pytest.mark.parametrize(
    ("models", "parts"),
    [
        ('"a.b" = { clip = "model" }', ['models."a.b"', "unknown effect `clip`", "Did you mean `clips`?"]),
        ('"a.b" = { train_mode = "model" }', ["`train_mode`", "`train-mode`"]),
        ('"a.b" = "torch.nn.utils.clip_grad_nrm_"', ["`torch.nn.utils.clip_grad_nrm_`", "`torch.nn.utils.clip_grad_norm_`"]),
        ('"a.b" = "troch.optim.Adam"', ["`troch.optim.Adam`", "Did you mean `torch.optim.Adam`?"]),
        ('"a.b" = "sklearn.train_test_split"', ["Did you mean `sklearn.model_selection.train_test_split`?"]),
        ('"a.b" = "lightning.Trainr"', ["`lightning.Trainr`", "Did you mean `lightning.Trainer`?"]),
        ('"a.b" = ""', ["unknown library name"]),
        ('a.b.c = "torch.optim.Adam"', ['models."a"', 'in quotes: "a.b.c"']),
        ('a.b.clips = "model"', ['models."a"', 'in quotes: "a.b"']),
        ('fit = { pure = true }', ['models."fit"', 'in quotes: "package.fit"']),
        ('"a-b.c" = { pure = true }', ['models."a-b.c"', "not the full name"]),
        ('"a." = { pure = true }', ["not the full name"]),
        ('"a.b" = 3', ['models."a.b" must be a library name or a table of effects, not 3']),
        ('"a.b" = ["x"]', ["must be a library name or a table of effects, not such a list"]),
        ('"a.b" = {}', ["says nothing", "`pure = true`"]),
        ('"a.b" = { parameters = ["x"] }', ["says nothing"]),
        ('"a.b" = { pure = false }', ["`pure` can only be true, not false"]),
        ('"a.b" = { pure = true, clips = "model" }', ["pure", "`clips`"]),
        ('"a.b" = { clips = true }', ["`clips` must name an argument", "not true"]),
        ('"a.b" = { clips = [] }', ["`clips` must name an argument", "not such a list"]),
        ('"a.b" = { clips = -1 }', ["`clips` must name an argument", "not -1"]),
        ('"a.b" = { clips = "the model" }', ["`clips` must name an argument", '"the model"']),
        ('"a.b" = { clips = "nett", parameters = ["net"] }', ["`clips` names `nett`", "Did you mean `net`?"]),
        ('"a.b" = { clips = "optimzer", parameters = ["net"] }', ["Did you mean `optimizer`?"]),
        ('"a.b" = { returns = 1, parameters = ["net"] }', ["`returns` names argument 1 of 1"]),
        ('"a.b" = { clips = 0, parameters = "net" }', ["`parameters` must be a list of parameter names", '"net"']),
        ('"a.b" = { makes = "datset" }', ["`makes` must be one of", '"datset"', "Did you mean `dataset`?"]),
        ('"a.b" = { makes = "dataset", split = "valid" }', ["`split` must be one of", '"validation"']),
        ('"a.b" = { makes = "dataset", split = true }', ["`split` must be one of", "true"]),
        ('"a.b" = { makes = "optimizer", split = "test" }', ["`split` goes with"]),
        ('"a.b" = { split = "test" }', ["says nothing"]),
        ('"a.b" = { makes = "loader", pretrained = true }', ["`pretrained` goes with"]),
        ('"a.b" = { makes = "model", returns = "model" }', ["`makes`", "`returns`", "not both"]),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_key_and_file(folder: Path, models: str, parts: list[str]) -> None:
    with pytest.raises(UsageError) as error:
        words_in(folder, models)
    assert all(part in str(error.value) for part in [str(folder / "bpcheck.toml"), *parts]), str(error.value)


def test_models_that_are_no_table(folder: Path) -> None:
    (folder / "bpcheck.toml").write_text('models = ["a.b"]\n')
    with pytest.raises(UsageError, match="`models` must be a table"):
        SettingsFinder().for_folder(str(folder))


def test_the_nearest_file_wins_and_nothing_is_merged(folder: Path) -> None:
    (folder / "sub").mkdir()
    words_in(folder, '"a.b" = { pure = true }')
    (folder / "sub/bpcheck.toml").write_text('severity = "info"\n')
    assert SettingsFinder().for_folder(str(folder / "sub")).models == {}


def test_the_report_of_settings_is_a_settings_file(folder: Path) -> None:
    entries = '"a.b" = "torch.optim.Adam"\n"a.c" = { steps = ["optimizer", 1], makes = "model", pretrained = true }'
    words = words_in(folder, entries)
    settings = SettingsFinder().for_folder(str(folder))
    lines = list(settings_lines(settings))
    assert lines[-1].endswith(f"# {folder / 'bpcheck.toml'}")
    (folder / "bpcheck.toml").write_text("\n".join(lines))
    assert SettingsFinder().for_folder(str(folder)).models == words


def test_every_term_is_known_to_the_evaluator() -> None:
    assert set(vocabulary.EFFECTS) == EFFECTS
    assert set(vocabulary.MAKERS) == set(ROLES.values())
