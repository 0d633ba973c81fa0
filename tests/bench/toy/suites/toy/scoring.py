"""The toy suite's metric."""


def distance(guess, truth):
    """How far apart two numbers are."""
    return abs(guess - truth)
