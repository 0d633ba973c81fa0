"""Who competes: one folder a suite, one file a method.

A method's file is its metadata, its equation in the docstring, and the code. Files whose name
starts with an underscore are helpers. Nothing outside this folder imports from it.
"""
