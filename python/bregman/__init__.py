"""Bregman optimizers that train models to the sparsity you ask for.

`bregman.torch` has the optimizers for PyTorch.
"""

from importlib import metadata

__version__ = metadata.version("bregman")
