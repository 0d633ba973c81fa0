"""The task rotation: images turned by a condition in [0, 1]."""
