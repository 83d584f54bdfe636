"""What turns the last layer's output into a loss, a probability or a number in a range."""
