"""Methods of my suite: one file each."""
