"""Methods of the suite hypernet, one file a method."""
