"""One training loop: mixed precision, accumulation, clipping, a schedule, and the checkpoint of the best validation
metric.

In this order: forward under autocast, loss / accumulation, backward, and every ``accumulation`` batches unscale,
clip, step, scaler update, schedule, zero_grad. What is resumed goes on as if it had never stopped: weights,
optimizer, schedule, scaler, random state and history are in the checkpoint, bit for bit on CPU. A checkpoint is
written to a file of another name and then moved, so that no crash leaves half of one.

Source: PyTorch documentation, Automatic Mixed Precision examples,
https://docs.pytorch.org/docs/stable/notes/amp_examples.html, and Reproducibility,
https://docs.pytorch.org/docs/stable/notes/randomness.html.

Common mistakes: clipping before unscaling (BP504), zero_grad between backward and step (BP310) or nowhere (BP305), a
schedule that is stepped before the optimizer (BP207), the best epoch chosen on test data (BP102), losses summed with
their graph (BP309).

Practice: R3. Rules: BP102, BP207, BP305, BP306, BP309, BP310, BP504.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sized
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler


class Batches(Sized, Protocol):
    """What a ``DataLoader`` gives: pairs of inputs and targets, as many batches in each epoch."""

    def __iter__(self) -> Any: ...


@dataclass
class Training:
    """All that a run changes, in one place to save and to load.

    Args:
        model: the network, on the device where it is to train.
        optimizer: over the parameters of ``model``.
        loss: from outputs and targets of a batch to their mean loss, a scalar.
        scheduler: stepped after each optimizer step, if there is one.
        max_norm: gradients are clipped to this norm; ``None`` leaves them.
        accumulation: batches for one optimizer step.
        dtype: of autocast: ``torch.bfloat16``, or ``torch.float16`` with loss scaling; ``None`` for full precision.
        higher_is_better: of the validation metric.
    """

    model: nn.Module
    optimizer: Optimizer
    loss: Callable[[Tensor, Tensor], Tensor]
    scheduler: LRScheduler | None = None
    max_norm: float | None = 1.0
    accumulation: int = 1
    dtype: torch.dtype | None = None
    higher_is_better: bool = False
    epoch: int = 0
    best: float | None = None
    history: list[dict[str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.accumulation < 1:
            raise ValueError(f"accumulation must be at least 1, not {self.accumulation}")
        if self.max_norm is not None and not self.max_norm > 0:
            raise ValueError(f"max_norm must be positive or None, not {self.max_norm}")
        if self.dtype not in (None, torch.bfloat16, torch.float16):
            raise ValueError(f"dtype must be torch.bfloat16, torch.float16 or None, not {self.dtype}")
        self.device = next(self.model.parameters()).device
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.dtype is torch.float16)

    def fit(
        self,
        train: Batches,
        validate: Callable[[nn.Module], float],
        epochs: int,
        *,
        checkpoint: Path | None = None,
        report: Callable[[dict[str, float]], None] | None = None,
    ) -> list[dict[str, float]]:
        """Train until ``epochs`` epochs are done in all, and give the history: one row for each epoch.

        Args:
            train: training batches. A last group of fewer than ``accumulation`` batches is a step of its own, weighed right.
            validate: the metric of the model on validation data; it must leave the model in the mode it found.
            epochs: those of a resumed run count.
            checkpoint: where the state is saved after each epoch, and ``best.pt`` beside it for the best one.
            report: called with each row: ``epoch``, ``loss``, ``metric``, ``lr``.

        Raises:
            ValueError: there are no training batches.
            FloatingPointError: the loss is not finite. The checkpoint of the epoch before is still there.
        """
        if not len(train):
            raise ValueError("train must hold at least one batch")
        while self.epoch < epochs:
            loss = self._epoch(train)
            metric = validate(self.model)
            self.epoch += 1
            row = {
                "epoch": float(self.epoch),
                "loss": loss,
                "metric": metric,
                "lr": self.optimizer.param_groups[-1]["lr"],
            }
            self.history.append(row)
            improved = self.best is None or (metric > self.best if self.higher_is_better else metric < self.best)
            if improved:
                self.best = metric
            if checkpoint is not None:
                self.save(checkpoint)
                if improved:
                    self.save(checkpoint.with_name("best.pt"))
            if report is not None:
                report(row)
        return self.history

    def _epoch(self, train: Batches) -> float:
        """One pass over the training data; the mean loss over its samples."""
        self.model.train()
        total, samples = 0.0, 0
        batches = len(train)
        self.optimizer.zero_grad()
        for number, (inputs, targets) in enumerate(train):
            inputs, targets = inputs.to(self.device), targets.to(self.device)
            begun = number - number % self.accumulation
            share = min(self.accumulation, batches - begun)
            with torch.autocast(self.device.type, dtype=self.dtype, enabled=self.dtype is not None):
                loss = self.loss(self.model(inputs), targets)
            if not torch.isfinite(loss):
                raise FloatingPointError(f"the loss is {loss.item()} in epoch {self.epoch + 1}, batch {number + 1}")
            self.scaler.scale(loss / share).backward()
            total += loss.item() * len(targets)
            samples += len(targets)
            if (number + 1) % self.accumulation == 0 or number + 1 == batches:
                self._step()
        return total / samples

    def _step(self) -> None:
        if self.max_norm is not None:
            self.scaler.unscale_(self.optimizer)
            nn.utils.clip_grad_norm_(self.model.parameters(), self.max_norm)
        before = self.scaler.get_scale()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        if self.scheduler is not None and self.scaler.get_scale() >= before:  # a step that overflowed was left out
            self.scheduler.step()
        self.optimizer.zero_grad()

    def state(self) -> dict[str, Any]:
        """All that is needed to go on: plain tensors and numbers, which ``torch.load(weights_only=True)`` accepts."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": None if self.scheduler is None else self.scheduler.state_dict(),
            "scaler": self.scaler.state_dict(),
            "epoch": self.epoch,
            "best": self.best,
            "history": self.history,
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        }

    def save(self, path: Path) -> None:
        """Write the state to ``path``, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(path.name + ".partial")
        torch.save(self.state(), partial)
        os.replace(partial, path)

    def load(self, path: Path) -> None:
        """Go on from what :meth:`save` wrote. Loaders draw their order from the global random state, which is restored, too.

        Raises:
            FileNotFoundError: there is no such file.
            RuntimeError: the weights do not fit the model.
        """
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler is not None and state["scheduler"] is not None:
            self.scheduler.load_state_dict(state["scheduler"])
        self.scaler.load_state_dict(state["scaler"])
        self.epoch, self.best, self.history = state["epoch"], state["best"], state["history"]
        torch.set_rng_state(state["random"].cpu())
        if state["random_cuda"]:
            torch.cuda.set_rng_state_all([each.cpu() for each in state["random_cuda"]])
