"""The task compress: one target, to be stored in a share of its weights' numbers."""
