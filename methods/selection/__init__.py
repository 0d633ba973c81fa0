"""Methods of the suite selection, one file each."""
