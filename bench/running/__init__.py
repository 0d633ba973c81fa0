"""How a run happens. Here: the cluster, child processes, what they do and how they ended. Not here:
which runs there are (bench.planning).
"""
