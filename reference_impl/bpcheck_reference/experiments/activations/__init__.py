"""Experiments on the practices of the blocks in ``bpcheck_reference/activations``."""
