"""The command line, above everything else. Here: options, words, and which piece answers a command.
Not here: work (bench), statistics and tables (reports), the site (leaderboard).
"""
