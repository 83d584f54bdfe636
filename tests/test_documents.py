"""What the documents say is what the program does: their excerpts, their tables, their links."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from bpcheck import __version__
from bpcheck.apis.vocabulary import EFFECTS, ROLES, SPLITS
from bpcheck.settings_file import read_settings
from bpcheck.settings_models import READERS
from generated import PARTS, renewed

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(path for path in (*ROOT.glob("*.md"), *ROOT.glob("*/README.md")))
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_excerpts_are_what_the_demo_prints() -> None:
    readme = text_of("README.md")
    folder = re.search(r"^DEMO := (.+)$", text_of("Makefile"), re.MULTILINE)
    assert folder is not None
    done = subprocess.run(
        [sys.executable, ROOT / "checker", folder[1]], cwd=ROOT, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 1, done.stderr
    excerpts = re.findall(r"^<!-- make demo -->\n```text\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    assert excerpts
    for excerpt in excerpts:
        assert excerpt.rstrip("\n") in done.stdout.split("\n\n")


def test_the_settings_in_the_readme_are_settings(tmp_path: Path) -> None:
    blocks = re.findall(r"^```toml\n(.*?)^```", text_of("README.md"), re.MULTILINE | re.DOTALL)
    (tmp_path / "pyproject.toml").write_text("".join(blocks), encoding="utf-8")
    settings = read_settings(tmp_path / "pyproject.toml")
    assert settings
    assert settings.ignore
    assert settings.models


def test_the_readme_explains_every_word_for_a_users_own_function() -> None:
    section = text_of("README.md").partition("### Your own functions")[2].partition("\n## ")[0]
    words = set(re.findall(r"`([a-z-]+)(?: = [^`]+)?`", section))
    assert {*EFFECTS, *SPLITS, *READERS, *ROLES} - {"module"} <= words


@pytest.mark.parametrize("document", PARTS)
def test_generated_parts_are_up_to_date(document: str) -> None:
    assert text_of(document).splitlines() == renewed(document).splitlines(), "run python tests/documents/generated.py"


def test_the_changelog_begins_with_this_version() -> None:
    changelog = text_of("CHANGELOG.md")
    assert re.search(r"^## (\S+)", changelog, re.MULTILINE).group(1) == __version__  # type: ignore[union-attr]  # there is one
    assert re.search(rf'^version = "{re.escape(__version__)}"$', text_of("pyproject.toml"), re.MULTILINE)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document: Path) -> None:
    prose = FENCED.sub("", document.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose):
        if "://" not in target:
            assert (document.parent / target).exists(), f"{target} is not there"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_paths_in_the_text_exist(document: Path) -> None:
    """Words in code marks that begin with one of the top folders are paths of this repository."""
    prose = FENCED.sub("", document.read_text(encoding="utf-8"))
    for word in re.findall(r"`((?:checker|rules|reference_impl|fixtures|tests)/[\w./-]+)`", prose):
        assert (ROOT / word).exists(), f"{word} is not there"


def test_the_commands_at_the_top_are_targets() -> None:
    targets = re.findall(r"^([\w-]+):", text_of("Makefile"), re.MULTILINE)
    mentioned = set(re.findall(r"\bmake ([a-z]+)", text_of("README.md") + text_of("CONTRIBUTING.md")))
    assert {"demo", "test"} <= mentioned
    assert mentioned <= set(targets)
