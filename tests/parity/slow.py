"""Fewer cases where kernels run interpreted or with bounds checks, which takes many times longer.

Compiled they all run; `make soak` has many more.
"""

import os

from hypothesis import settings

__all__ = ["IS_SLOW", "examples"]

IS_SLOW = bool({"NUMBA_DISABLE_JIT", "NUMBA_BOUNDSCHECK"} & set(os.environ))


def examples(n, **more):
    """Settings of a test with `n` examples, or a third of them."""
    return settings(max_examples=max(5, n // 3) if IS_SLOW else n, **more)
