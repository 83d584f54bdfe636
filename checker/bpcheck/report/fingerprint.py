"""A name for a finding that stays the same while the lines around it move."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

from bpcheck.findings import Finding
from bpcheck.result import LineAt


def fingerprints(findings: Iterable[Finding], line_at: LineAt) -> list[str]:
    """One for each finding, from its code, its path, the words of its line, and its number among equals."""
    seen: Counter[str] = Counter()
    named: list[str] = []
    for finding in findings:
        words = " ".join((line_at(finding.place) or "").split())
        key = "\0".join((finding.code, finding.place.path, words))
        digest = hashlib.sha256(f"{key}\0{seen[key]}".encode("utf-8", "surrogatepass"))
        named.append(digest.hexdigest()[:16])
        seen[key] += 1
    return named
