"""Leaves without a word."""

import os

import torch

from bench import method


@method(name="leaver", title="leaver", paper=("A note on leaver", 2020, "https://example.org/leaver"))
def leaver(problem):
    os._exit(139)
