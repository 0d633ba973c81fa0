"""What the author of a suite or a method reads: declarations, and the data that cross. Here:
suites, tasks, metrics, assets, runs, jobs, the decorators. Not here: anything that finds or runs
them.
"""
