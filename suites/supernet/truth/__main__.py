"""`python -m suites.supernet.truth`: makes the ground truth, and makes single rows of it again."""

from suites.supernet.truth.command import main

main()
