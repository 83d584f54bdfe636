"""AR and TAR: the two terms that keep the activations of a recurrent network small and slow.

AR = alpha * mean(h'^2) on the activations after dropout; TAR = beta * mean((h_t - h_(t-1))^2) on those before it.
Both are added to the loss for the backward pass only; what is reported is the loss without them. In the course this
is "the line of code for regularisation".

Source: S. Merity, B. McCann, R. Socher, Revisiting Activation Regularization for Language RNNs, 2017, arXiv
1708.01009; fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 4 (``partial(seq2seq_reg, alpha=2,
beta=1)``).

Common mistakes: none of it and no weight decay (BP505), perplexity computed from the regularised loss.

Practice: R4. Rules: BP505.
"""

from __future__ import annotations

from torch import Tensor


def activation_regularization(
    raw: Tensor, dropped: Tensor, *, alpha: float = 2.0, beta: float = 1.0, time: int = 1
) -> Tensor:
    """The sum of both terms, a scalar in float32 at least.

    Args:
        raw: activations of the last layer before output dropout, with a time axis.
        dropped: the same after it, of the same shape.
        alpha: weight of AR, not negative.
        beta: weight of TAR, not negative.
        time: which axis is time: 1 for batch-first layers, 0 for others. With one time step, TAR is 0.

    Raises:
        ValueError: the shapes differ, or a weight is negative.
    """
    if raw.shape != dropped.shape:
        raise ValueError(f"raw {tuple(raw.shape)} and dropped {tuple(dropped.shape)} must have one shape")
    for name, value in (("alpha", alpha), ("beta", beta)):
        if value < 0:
            raise ValueError(f"{name} must not be negative, but is {value}")
    if raw.dtype.itemsize < 4:
        raw, dropped = raw.float(), dropped.float()
    small = alpha * dropped.pow(2).mean()
    if raw.shape[time] < 2:
        return small
    return small + beta * raw.diff(dim=time).pow(2).mean()
