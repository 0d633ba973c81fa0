"""Hides a large product in what is done with a tensor of one number."""

import torch

from bench import method


class Disguised(torch.Tensor):
    @staticmethod
    def __new__(cls):
        return torch.Tensor._make_wrapper_subclass(cls, (1,))

    @classmethod
    def __torch_dispatch__(cls, operator, types, arguments=(), keywords=None):
        large = torch.ones(100, 100)
        return large @ large


@method(name="disguiser", title="disguiser", paper=("A note on disguiser", 2020, "https://example.org/disguiser"))
def disguiser(problem):
    Disguised() + 1
    return problem.numbers.sum()
