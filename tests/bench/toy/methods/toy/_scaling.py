"""A helper of `half`, which has a helper of its own."""

from methods.toy._constants import part


def scaled(total):
    """Part of a total."""
    return part(total)
