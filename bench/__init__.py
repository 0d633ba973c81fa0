"""Weighhouse's engine: how a run happens. It knows no machine learning.

`from bench import method` is all that a method's file needs from here.
"""

from bench.contract.decorators import method, reference

__all__ = ["method", "reference"]
