"""What would run, and what is served. Here: keys, source digests, plans. Not here: running a plan
(bench.running).
"""
