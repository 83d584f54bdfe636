"""What our own experiments found on a rule's advice: one line each, with the file that holds the figures.

Read from the index that lies in the reference package; neither PyTorch nor any code of that package is loaded.
"""

from __future__ import annotations

from functools import lru_cache

from bpcheck.records import record

PACKAGE = "bpcheck_reference"


@record(frozen=True, slots=True)
class Evidence:
    """``verdict`` is `helps`, `no effect` or `hurts`; ``line`` begins with it; ``file`` is a path in bpcheck's repository."""

    verdict: str
    line: str
    file: str

    def __str__(self) -> str:
        return f"{self.line} ({self.file})"


def evidence_on(code: str) -> list[Evidence]:
    """What was measured on the rule with this code, that which measures it most directly first; often nothing."""
    return [Evidence(**entry) for entry in _index().get(code, [])]


@lru_cache(maxsize=1)
def _index() -> dict[str, list[dict[str, str]]]:
    """Lines by rule; empty where the reference package is not installed."""
    import json
    from importlib.util import find_spec
    from pathlib import Path

    found = find_spec(PACKAGE)
    for folder in (found.submodule_search_locations or ()) if found else ():
        file = Path(folder, "evidence.json")
        if file.is_file():
            lines: dict[str, list[dict[str, str]]] = json.loads(file.read_text(encoding="utf-8"))["rules"]
            return lines
    return {}
