"""Constants of the toy methods."""

FACTOR = 0.5
