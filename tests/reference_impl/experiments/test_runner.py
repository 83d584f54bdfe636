"""What has run is kept and not run again; what was changed is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bpcheck_reference.experiments import runner
from bpcheck_reference.experiments.experiment import Axis, Cell, Experiment, Run
from bpcheck_reference.experiments.results import file_name, finished_runs, read
from bpcheck_reference.experiments.runner import Journal, run_all, run_once


def accuracy_of(run: Run) -> dict[str, float]:
    return {"accuracy": run.setting + 0.01 * run.seed + 0.1 * run.condition, "steps": 3}


INVENTED = Experiment(
    practice=("D1",), rules=("BP113",), question="Does it?", subject="nothing", data="Generated: none", metric="accuracy",
    higher_is_better=True, smallest=0.01, arms={"without": 0.1, "with": 0.5}, run=accuracy_of,
    condition=Axis("depth", (1, 2), at=2),
)  # fmt: skip


@pytest.fixture
def invented(monkeypatch: pytest.MonkeyPatch) -> list[Cell]:
    """An experiment that trains nothing, in this process; the list grows by each run."""
    ran: list[Cell] = []

    def results(todo: Any, size: Any, device: str, jobs: int, deadline: float) -> Any:
        for name, cell in todo:
            ran.append(cell)
            yield name, cell, run_once(name, cell, size, device)

    for module in ("runner", "results"):
        monkeypatch.setattr(f"bpcheck_reference.experiments.{module}.experiment", lambda name: INVENTED)
    monkeypatch.setattr("bpcheck_reference.experiments.results.about", lambda name: "About it.")
    monkeypatch.setattr("bpcheck_reference.experiments.results.code_hash", lambda name: "0123")
    monkeypatch.setattr(runner, "_results", results)
    return ran


def run(folder: Path, **options: Any) -> list[str]:
    settings: dict[str, Any] = {
        "size": "small", "device": "cpu", "seeds": 3, "jobs": 1, "again": False, "minutes": None, "command": "run %s",
        "progress": lambda name, done, all_: None,
    }  # fmt: skip
    return run_all(["invented"], folder, **{**settings, **options})


def test_the_file_holds_every_value(invented: list[Cell], tmp_path: Path) -> None:
    assert run(tmp_path) == []
    document = read(tmp_path / "invented-cpu.json")
    assert [arm["name"] for arm in document["arms"]] == ["without", "with"]
    assert document["arms"][1]["values"] == pytest.approx([0.7, 0.71, 0.72])
    assert document["arms"][1]["others"] == {"steps": 3}
    assert document["difference"]["mean"] == pytest.approx(0.4)
    assert document["verdict"] == "helps"
    assert document["command"] == "run invented"
    assert [point["condition"] for point in document["points"]] == [1, 2]
    assert len(finished_runs(document)) == len(invented) == 2 * 2 * 3
    assert not list((tmp_path / ".unfinished").iterdir())


def test_what_is_finished_is_not_run_again(
    invented: list[Cell], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path)
    invented.clear()
    run(tmp_path)
    assert not invented
    run(tmp_path, seeds=4)
    assert {cell.seed for cell in invented} == {3}
    invented.clear()
    run(tmp_path, again=True)
    assert len(invented) == 12
    invented.clear()
    monkeypatch.setattr("bpcheck_reference.experiments.results.code_hash", lambda name: "4567")
    run(tmp_path)
    assert len(invented) == 12


def test_an_interrupted_call_goes_on(invented: list[Cell], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = runner._results

    def cut(*arguments: Any) -> Any:
        for number, result in enumerate(whole(*arguments)):
            if number == 5:
                raise KeyboardInterrupt
            yield result

    monkeypatch.setattr(runner, "_results", cut)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, again=True)
    assert not (tmp_path / "invented-cpu.json").exists()
    monkeypatch.setattr(runner, "_results", whole)
    invented.clear()
    assert run(tmp_path, again=True) == []
    assert len(invented) == 12 - 5


def test_a_journal_forgives_a_line_that_was_cut_short(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "a.jsonl", {"code": "1"})
    cell = Cell("with", None, 0.1, 0)
    journal.add(cell, {"value": 1.0, "seconds": 2.0})
    with journal.file.open("a") as stream:
        stream.write('{"cell": {"arm": "wi')
    assert journal.read() == {cell: {"value": 1.0, "seconds": 2.0}}
    assert Journal(journal.file, {"code": "2"}).read() == {}
    assert not journal.file.exists()


def test_what_is_not_finite_is_refused(invented: list[Cell], monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Experiment(**{**vars(INVENTED), "run": lambda run: float("nan")})
    monkeypatch.setattr(runner, "experiment", lambda name: broken)
    with pytest.raises(ValueError, match="value is nan"):
        run_once("invented", Cell("with", 1, None, 0), "small", "cpu")


@pytest.mark.parametrize(
    ("text", "message"), [("{", "not JSON"), ("[]", "no evidence file"), ('{"version": 9}', "version 1")]
)
def test_a_broken_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "a-cpu.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=message) as raised:
        read(file)
    assert str(file) in str(raised.value)


def test_file_names() -> None:
    assert file_name("tta", "cpu") == "tta-cpu.json"
    assert file_name("tta", "NVIDIA H100 80GB HBM3") == "tta-h100-80gb.json"
    assert file_name("tta", "NVIDIA GeForce RTX 4090") == "tta-rtx-4090.json"


def test_an_axis_must_hold_its_headline() -> None:
    with pytest.raises(ValueError, match="depth: 3 is none of"):
        Axis("depth", (1, 2), at=3)
