"""Tables to a static site that opens from file:// and loads nothing from elsewhere.

`leaderboard.build.build` writes it; `python -m leaderboard build` is its command line.
Not here: any statistic (reports).
"""
