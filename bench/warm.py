"""What the forkserver loads once, so that its children needn't.

Here: importing torch and setting it up in the way that every child shares: one thread and
deterministic algorithms (torch imports a second's worth of modules at the first mention of the
latter). Importing this module is for the forkserver alone. Not here: what differs from child to
child (bench.worker).
"""

from __future__ import annotations

import numpy
import safetensors.torch
import torch

import bench.assets
import bench.job
import bench.meter
import bench.worker

__all__ = ["bench", "numpy", "safetensors"]

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
torch.manual_seed(0)
