"""A helper of `half`, which has a helper of its own."""

from methods.toy._constants import FACTOR


def scaled(total):
    """Part of a total."""
    return total * FACTOR  # a comment
