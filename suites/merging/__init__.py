"""The suite merging: which way of combining experts' weights keeps and composes their skills."""
