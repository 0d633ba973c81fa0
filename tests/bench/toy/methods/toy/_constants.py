"""Constants of the toy methods."""

FACTOR = 0.5


def part(total):
    """That part of a total."""
    return total * FACTOR  # a comment
