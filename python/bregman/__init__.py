"""Bregman optimizers that train models to the sparsity you ask for.

`bregman.minimize` and `bregman.recover_sparse` take numpy arrays, `bregman.torch` has the optimizers for PyTorch, and
`bregman.laws` what decides about lambda in both.
"""

from importlib import metadata

from . import laws
from ._minimize import History, MinimizeResult, Progress, minimize
from ._recover import Certificate, RecoverProgress, RecoverResult, recover_sparse

__version__ = metadata.version("bregman")
__all__ = [
    "Certificate", "History", "MinimizeResult", "Progress", "RecoverProgress", "RecoverResult", "laws", "minimize",
    "recover_sparse",
]
