"""What a run may spend and what it has spent. Here: budgets, the meter, what operators cost. Not
here: deadlines and memory, which the parent process guards (bench.running).
"""
