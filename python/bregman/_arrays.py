"""What users pass as arrays, checked: each refusal is one sentence, and nothing has changed."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._words import refuse, shown

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


def as_floats(values: Any, name: str) -> np.ndarray:
    """An array of float32 or float64 in native byte order, without a copy where `values` is one already."""
    if isinstance(values, np.ma.MaskedArray):
        refuse(TypeError, name, "a masked array", "an array without a mask", "fill it: filled(0)")
    try:
        array = np.asarray(values)
    except ValueError as error:  # rows of different lengths
        raise ValueError(f"{name} = {type(values).__name__}; allowed: an array of numbers; {error}") from None
    if array.dtype.newbyteorder("=") not in FLOATS:
        cast = "pass it as float64: astype(float)"
        if array.dtype.kind == "c":
            cast = "pass real and imaginary parts side by side"
        elif array.dtype.kind not in "iufb":
            cast = "pass numbers"
        refuse(TypeError, name, f"an array of {array.dtype}", "float32 or float64", cast)
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def require_finite(array: np.ndarray, name: str) -> None:
    """Refuses NaN and infinity."""
    if not np.isfinite(array).all():
        where = np.unravel_index(int(np.argmin(np.isfinite(array))), array.shape)
        place = ", ".join(str(int(index)) for index in where)
        refuse(ValueError, f"{name}[{place}]", array[where], "finite numbers", f"look at what made {name}")


def count(value: Any, name: str, least: int, remedy: str) -> int:
    """A whole number."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        refuse(TypeError, name, shown(value), "a whole number", f"it is of type {type(value).__name__}")
    if value < least:
        refuse(ValueError, name, value, f">= {least}", remedy)
    return int(value)


def number(value: Any, name: str) -> float:
    """A real number."""
    if isinstance(value, (bool, np.bool_, str, bytes)) or np.ndim(value) != 0:
        refuse(TypeError, name, shown(value), "a number", f"it is of type {type(value).__name__}")
    try:
        return float(value)
    except (TypeError, ValueError):
        refuse(TypeError, name, shown(value), "a number", f"it is of type {type(value).__name__}")
