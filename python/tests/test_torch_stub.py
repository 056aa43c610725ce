"""The stub says what the extension module has."""

import ast
from pathlib import Path

import pytest

pytest.importorskip("torch")
import bregman.torch  # noqa: E402
from bregman import _torch  # noqa: E402


def names(body):
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name, node
        elif isinstance(node, ast.AnnAssign):
            yield node.target.id, node


def public(thing):
    return {name for name in vars(thing) if not name.startswith("_")}


def test_names_are_the_modules():
    stub = dict(names(ast.parse(Path(bregman.__file__).with_name("_torch.pyi").read_text()).body))
    assert set(stub) == public(_torch)
    for name, node in stub.items():
        if isinstance(node, ast.ClassDef):
            assert {n for n, _ in names(node.body) if n != "__init__"} == public(getattr(_torch, name)), name


def test_everything_public_has_a_docstring():
    for name in bregman.torch.__all__:
        assert getattr(bregman.torch, name).__doc__, name
    shared = bregman.torch.AdaBreg.__bases__[0]
    assert "state_dict" in public(shared)
    for member in public(shared):
        assert getattr(shared, member).__doc__, member
