"""Measurements: does a practice help, by how much, on what? One experiment a file, in the folder of its practice.

``python -m bpcheck_reference.experiments`` runs them; what they found is in ``reference_impl/evidence/``.
"""
