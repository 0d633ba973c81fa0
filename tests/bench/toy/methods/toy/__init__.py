"""Methods of the toy suite."""
