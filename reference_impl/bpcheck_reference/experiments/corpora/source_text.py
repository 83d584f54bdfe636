"""The source code of Python's standard library as text, character by character: real, and on every machine."""

from __future__ import annotations

import sysconfig
from functools import cache
from pathlib import Path

import torch
from torch import Tensor

MODULES = (
    "argparse", "ast", "bdb", "calendar", "codecs", "configparser", "csv", "dataclasses", "datetime", "difflib", "dis",
    "doctest", "enum", "fractions", "ftplib", "gettext", "gzip", "heapq", "inspect", "ipaddress", "locale", "mailbox",
    "mimetypes", "optparse", "pathlib", "pdb", "pickle", "pickletools", "platform", "pprint", "pydoc", "random",
    "shutil", "smtplib", "socket", "statistics", "string", "subprocess", "tarfile", "textwrap", "threading", "timeit",
    "tokenize", "trace", "traceback", "typing", "uuid", "warnings", "weakref", "zipfile",
)  # fmt: skip
VOCABULARY = 97
"""The 95 printable ASCII characters, the line feed, and one for everything else."""


@cache
def module_text(name: str) -> str:
    """The source of one module or, of a package, of its ``__init__.py``."""
    library = Path(sysconfig.get_paths()["stdlib"])
    file = library / f"{name}.py"
    return (file if file.exists() else library / name / "__init__.py").read_text(encoding="utf-8", errors="replace")


def encode(text: str) -> Tensor:
    """Character numbers (length,) below ``VOCABULARY``."""
    numbers = [95 if c == "\n" else ord(c) - 32 if " " <= c <= "~" else 96 for c in text]
    return torch.tensor(numbers, dtype=torch.int64)


def source_text(
    seed: int, device: str = "cpu", *, training: int = 300_000, validation: int = 50_000
) -> tuple[Tensor, Tensor]:
    """Training and validation text as character numbers, from different modules: their order is drawn by ``seed``."""
    order = torch.randperm(len(MODULES), generator=torch.Generator().manual_seed(seed)).tolist()
    held_out = len(MODULES) // 5
    wanted = ((order[held_out:], training), (order[:held_out], validation))
    first, second = (
        encode("".join(module_text(MODULES[n]) for n in part))[:length].to(device) for part, length in wanted
    )
    return first, second


def columns(text: Tensor, batch: int) -> Tensor:
    """The text cut into ``batch`` parallel streams (length, batch), as truncated back-propagation through time wants it."""
    length = len(text) // batch
    return text[: length * batch].view(batch, length).t().contiguous()
