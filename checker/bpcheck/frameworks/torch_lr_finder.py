"""torch-lr-finder: a range test of its own steps, after which ``reset`` puts weights and rate back.

Read off torch-lr-finder 0.2.2: ``lr_finder.py``.
"""

from bpcheck.frameworks import searches_rate, unknown


class LRFinder:
    def __init__(self, model, optimizer, criterion, device=None, memory_cache=True, cache_dir=None):
        self.model = model
        self.optimizer = optimizer
        self.criterion = criterion
        self.history = unknown()
        self.best_loss = unknown()

    def range_test(self, train_loader, *args, **kwargs):
        searches_rate()

    def reset(self):
        pass

    def plot(self, *args, **kwargs):
        """The axes, and the rate that it suggests where it is asked for one."""
        return unknown()
