"""How refusals are worded: each is one sentence."""

from __future__ import annotations

from typing import Any, NoReturn


def refuse(kind: type, name: str, value: Any, allowed: str, remedy: str) -> NoReturn:
    """Raises `kind` in the words of the library."""
    raise kind(f"{name} = {value}; allowed: {allowed}; {remedy}")


def shown(value: Any) -> str:
    """repr(value) where that is short and one line; else its type, and its shape or length where it has one."""
    text = repr(value)
    if len(text) <= 80 and "\n" not in text:
        return text
    title = f"an object of type {type(value).__name__}"
    shape = getattr(value, "shape", None)
    if shape is not None:
        return f"{title} and shape {tuple(shape)}"
    return f"{title} and length {len(value)}" if hasattr(value, "__len__") else title
