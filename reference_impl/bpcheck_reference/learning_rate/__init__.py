"""How large a step is, for which weights, and when."""
