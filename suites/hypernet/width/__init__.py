"""The task width: a target of any hidden width, asked for by a number."""
