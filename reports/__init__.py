"""Records to tables: selection, statistics, frames, formats.

`reports.cli.table` is what the command line calls, `reports.tables` what the site builds on.
Not here: HTML (leaderboard), running and storing (bench).
"""
