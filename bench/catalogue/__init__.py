"""Finds what there is to run, by reading it. Here: the registry, and what a declaration may say.
Not here: what would run (bench.planning).
"""
