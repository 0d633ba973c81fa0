"""The tests. A package, because hypnettorch installs one of the same name, which would hide it."""
