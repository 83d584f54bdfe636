"""The training and the evaluation loop, and what they are set up with."""
