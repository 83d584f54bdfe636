"""How many bytes autograd holds for a backward pass, counted on any device and the same on every machine."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor


class Saved:
    """A tensor that autograd has saved."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor.detach()


class Held:
    """What is alive of all that autograd saved."""

    def __init__(self) -> None:
        self._alive: weakref.WeakSet[Saved] = weakref.WeakSet()

    def pack(self, tensor: Tensor) -> Saved:
        saved = Saved(tensor)
        self._alive.add(saved)
        return saved

    @property
    def megabytes(self) -> float:
        """Each storage counted once."""
        sizes = {
            saved.tensor.untyped_storage().data_ptr(): saved.tensor.untyped_storage().nbytes() for saved in self._alive
        }
        return sum(sizes.values()) / 1e6


@contextmanager
def held_memory() -> Iterator[Held]:
    """Count what is saved inside."""
    held = Held()
    with torch.autograd.graph.saved_tensors_hooks(held.pack, lambda saved: saved.tensor):
        yield held
