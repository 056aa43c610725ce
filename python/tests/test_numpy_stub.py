"""The stub names what the extension has, every public thing has docstring and hints, and the page's blocks run."""

import ast
import inspect
import re
from pathlib import Path

import pytest

import bregman
from bregman import _numpy, laws

here = Path(__file__).resolve().parent


def parameters_said(function):
    """The names of the parameters that pybind11 writes into the first line of a docstring."""
    first = function.__doc__.splitlines()[0]
    return re.findall(r"(\w+): ", first[first.index("(") + 1:first.rindex(") ->")])


def test_stub_is_the_module():
    tree = ast.parse((Path(bregman.__file__).parent / "_numpy.pyi").read_text())
    stub = {node.name: node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    public = {name for name in dir(_numpy) if not name.startswith("_")}
    assert set(stub) == public

    def compare(node, member, skip):
        said = [argument.arg for argument in node.args.args + node.args.kwonlyargs][skip:]
        assert parameters_said(member)[skip:] == said, node.name

    for name, node in stub.items():
        member = getattr(_numpy, name)
        assert member.__doc__
        if isinstance(node, ast.FunctionDef):
            compare(node, member, 0)
            continue
        inside = {part.name: part for part in node.body}
        assert {n for n in vars(member) if not n.startswith("_")} == {n for n in inside if not n.startswith("_")}
        for part in inside.values():
            if not part.decorator_list:
                compare(part, getattr(member, part.name), 1)


def test_public_things_have_docstrings_and_hints():
    for name in bregman.__all__:
        assert getattr(bregman, name).__doc__, name
    functions = [bregman.minimize, bregman.recover_sparse] + [getattr(laws, name) for name in laws.__all__
                                                              if inspect.isfunction(getattr(laws, name))]
    for function in functions:
        signature = inspect.signature(function)
        assert function.__doc__ and signature.return_annotation is not inspect.Signature.empty, function
        assert all(p.annotation is not inspect.Parameter.empty for p in signature.parameters.values()), function
    said = re.sub(r"\s+", " ", bregman.minimize.__doc__)
    for name in inspect.signature(bregman.minimize).parameters:
        assert re.search(rf"\b{name}\b", said), name


page = here.parents[1] / "docs" / "python_numpy.md"


@pytest.mark.skipif(not page.exists(), reason="the page is in a checkout alone")
def test_the_page_runs_and_names_all_settings(capsys):
    text = page.read_text()
    names = {}
    blocks = re.findall(r"^```python\n(.*?)^```$", text, flags=re.S | re.M)
    assert len(blocks) >= 3
    for block in blocks:
        exec(compile(block, str(page), "exec"), names)
    for name in inspect.signature(bregman.minimize).parameters:
        assert f"`{name}`" in text, name
    for name in list(inspect.signature(bregman.recover_sparse).parameters)[:-1] + list(_numpy.recover_defaults()):
        assert f"`{name}`" in text, name
    for name in laws.names() + _numpy.law_modifier_names():
        assert name in text, name
