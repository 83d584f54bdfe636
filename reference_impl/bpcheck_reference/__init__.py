"""Reference implementations of the practices that bpcheck's rules speak of, one block a file.

They need PyTorch only and never the checker. Import a block from where it stands,
``from bpcheck_reference.learning_rate.lr_finder import lr_finder``, or copy it: ``bpcheck vendor lr_finder``.
"""
