"""The suite selection: which examples train a model best, chosen or made."""
