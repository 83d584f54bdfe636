"""Whatever the program, its evaluation ends, raises nothing and leaves the evaluator as it was."""

from __future__ import annotations

import ast
import random
import sysconfig
from pathlib import Path

import pytest
from bpcheck.evaluate.evaluator import MOST_STEPS
from bpcheck.evaluate.events import Event
from bpcheck.facts.program import Program
from bpcheck.programs import entry_program, fragments, lone_evaluator
from bpcheck.project import Project
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .program import Evaluate

FIXTURES = Path(__file__).parents[2] / "fixtures"
LIBRARY = Path(sysconfig.get_path("stdlib"))
SAMPLE = random.Random(0).sample(sorted(LIBRARY.glob("*.py")), 12)


def check(program: Program) -> None:
    """What holds after every evaluation."""
    evaluator = program.evaluator
    assert not evaluator.stack
    assert not evaluator.functions
    assert not evaluator.forwards
    assert not evaluator.loops
    assert not evaluator.guards
    assert not evaluator.exits
    assert evaluator.depth == 0
    assert evaluator.trail is None
    assert evaluator.steps <= 1.2 * MOST_STEPS  # calls in progress come to their end
    for number, event in enumerate(evaluator.events):
        assert event.index == number
        _check_place(event)


def _check_place(event: Event) -> None:
    place = event.site.scope.source.place(event.site.node)
    assert place.line >= 1
    assert (place.line, place.column) <= (place.end_line, place.end_column)
    assert len(event.functions) == len(event.stack)


@pytest.mark.parametrize("file", sorted(FIXTURES.rglob("*.py")), ids=lambda p: p.relative_to(FIXTURES).as_posix())
def test_every_fixture(file: Path) -> None:
    project = Project(file.parent, file.parent)
    program = entry_program(project, file)
    check(program)
    alone = lone_evaluator(project)
    for fragment in fragments(alone, file, program.evaluator.called):
        assert not fragment.closed


@pytest.mark.parametrize("file", SAMPLE, ids=lambda p: p.name)
def test_the_standard_library(file: Path) -> None:
    check(entry_program(Project(LIBRARY, LIBRARY), file))


NAMES = st.sampled_from(["net", "x", "y", "loss", "opt", "f", "items"])
ATOMS = st.one_of(
    NAMES,
    st.sampled_from([
        "1", "0", "None", "True", "'a'", "[]", "{}", "()", "1.5", "torch.ones(2)", "nn.Linear(2, 2)", "net.parameters()",
        "range(3)", "(lambda v: v)", "nn.Sequential()", "DataLoader(x)", "optim.SGD(net.parameters(), 0.1)", "missing", "len",
    ]),
)  # fmt: skip


def _combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Larger expressions made of smaller ones."""
    attribute = st.sampled_from(
        ["eval", "train", "step", "backward", "append", "items", "grad", "data", "weight", "get", "T"]
    )
    return st.one_of(
        st.tuples(inner, inner).map(lambda p: f"({p[0]} + {p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]})({p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]})(*({p[1]}))"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]})(**({p[1]}))"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]})[{p[1]}]"),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} if {p[1]} else {p[2]})"),
        st.tuples(inner, inner).map(lambda p: f"[{p[0]} for i in {p[1]}]"),
        st.tuples(inner, inner).map(lambda p: f"{{{p[0]}: {p[1]}}}"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]}, *({p[1]}))"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]} < {p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]} or {p[1]})"),
        st.tuples(inner, attribute).map(lambda p: f"({p[0]}).{p[1]}"),
        st.tuples(inner, attribute).map(lambda p: f"({p[0]}).{p[1]}()"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]})[{p[1]}:]"),
    )


EXPRESSIONS = st.recursive(ATOMS, _combined, max_leaves=6)


def _indented(block: list[str]) -> str:
    return "".join("    " + line + "\n" for statement in block for line in statement.splitlines())


def _blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Compound statements round simpler ones."""
    body = st.lists(inner, min_size=1, max_size=3).map(_indented)
    leave = st.sampled_from(
        ["", "    break\n", "    continue\n", "    if missing: break\n", "    if missing: continue\n"]
    )
    end = st.sampled_from(["", "    return net\n", "    yield x\n", "    if missing: return x\n", "    raise x\n"])
    return st.one_of(
        st.tuples(EXPRESSIONS, body, body).map(lambda p: f"if {p[0]}:\n{p[1]}else:\n{p[2]}"),
        st.tuples(NAMES, EXPRESSIONS, body, leave).map(lambda p: f"for {p[0]} in {p[1]}:\n{p[2]}{p[3]}"),
        st.tuples(EXPRESSIONS, body, leave).map(lambda p: f"while {p[0]}:\n{p[1]}{p[2]}"),
        st.tuples(EXPRESSIONS, NAMES, body).map(lambda p: f"with {p[0]} as {p[1]}:\n{p[2]}"),
        st.tuples(body, body, body).map(lambda p: f"try:\n{p[0]}except Exception as y:\n{p[1]}finally:\n{p[2]}"),
        st.tuples(NAMES, body, end).map(lambda p: f"def f({p[0]}, *items):\n{p[1]}{p[2]}"),
        st.tuples(EXPRESSIONS, body).map(lambda p: f"class f({p[0]}):\n{p[1]}"),
    )


STATEMENTS = st.recursive(
    st.one_of(
        EXPRESSIONS,
        st.tuples(NAMES, EXPRESSIONS).map(lambda p: f"{p[0]} = {p[1]}"),
        st.tuples(NAMES, EXPRESSIONS).map(lambda p: f"{p[0]} += {p[1]}"),
        st.tuples(NAMES, EXPRESSIONS).map(lambda p: f"{p[0]}.weight = {p[1]}"),
        st.tuples(NAMES, EXPRESSIONS, EXPRESSIONS).map(lambda p: f"{p[0]}[{p[1]}] = {p[2]}"),
        st.tuples(NAMES, NAMES, EXPRESSIONS).map(lambda p: f"{p[0]}, *{p[1]} = {p[2]}"),
        NAMES.map(lambda name: f"del {name}"),
    ),
    _blocks,
    max_leaves=8,
)


@given(st.lists(STATEMENTS, min_size=1, max_size=8))
@settings(
    max_examples=100, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
def test_programs_that_nobody_would_write(evaluate: Evaluate, statements: list[str]) -> None:
    text = "\n".join(statements)
    ast.parse(text)
    check(evaluate("net, x, y = nn.Linear(2, 2), torch.ones(2), 1\nloss, opt, f, items = x, y, len, []\n", text + "\n"))


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("net" + ".to(1)" * 8_000, id="methods in a chain"),
        pytest.param("x" + ".y" * 20_000, id="attributes"),
        pytest.param("x" + "(1)" * 20_000, id="calls"),
        pytest.param("x" + "[0]" * 15_000, id="subscripts"),
        pytest.param("'x'" + " + 'y'" * 20_000, id="a sum"),
        pytest.param("(1\n" + "+ 1\n" * 2_000 + ")", id="a sum over many lines"),
    ],
)
def test_an_expression_that_is_too_deep_is_left_out(evaluate: Evaluate, expression: str) -> None:
    run = evaluate(f"import sys\nnet, x = nn.Linear(4, 2), sys.argv\ny = {expression}\nnet(torch.ones(4))\n")
    assert run.order("forward") == ["forward"]
    assert not run.closed


def test_a_long_expression_that_is_not_deep_is_followed(evaluate: Evaluate) -> None:
    run = evaluate(
        "numbers = [" + "1, " * 5_000 + "]\nflat = " + " and ".join(["True"] * 3_000) + "\nlast = numbers[-1]\n"
    )
    assert (run.plain("last"), run.plain("flat")) == (1, True)
    assert run.closed
