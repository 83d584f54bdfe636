"""Correct PyTorch for the practices that bpcheck checks.

The blocks themselves are not written yet; the package exists so that the three parts of the project are laid out,
packaged and tested together from the start.
"""
