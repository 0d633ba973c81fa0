"""The task continual: tasks one after the other, told apart by their number."""
