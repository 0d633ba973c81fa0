"""Tables that others made by training whole spaces: NAS-Bench-201 and NAS-Bench-Graph."""
