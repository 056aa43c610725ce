"""What was installed is what a wheel has to hold: the modules, the hints and what they say of themselves, and no sources."""

import re
from importlib import metadata, util
from pathlib import Path

import pytest

import bregman


@pytest.fixture
def distribution():
    found = metadata.distribution("bregman")
    if found.files is None or Path(found.locate_file("bregman")).resolve() != Path(bregman.__file__).resolve().parent:
        pytest.skip("bregman was not installed here from a wheel")
    return found


def test_name_version_and_needs(distribution):
    said = distribution.metadata
    (root, *_) = (folder for folder in Path(__file__).resolve().parents if (folder / "CMakeLists.txt").is_file())
    (version,) = re.findall(r"project\(bregman VERSION (\S+)", (root / "CMakeLists.txt").read_text())
    assert (said["Name"], said["Version"]) == ("bregman", version)
    assert bregman.__version__ == said["Version"]
    assert any(need.startswith("numpy") for need in distribution.requires)
    assert said["License"] == "MIT" and said["Requires-Python"] == ">=3.9" and said["Summary"]


def test_files(distribution):
    names = {str(path) for path in distribution.files}
    for name in ("__init__.py", "_minimize.py", "_numpy.pyi", "_torch.pyi", "laws.py", "py.typed", "torch.py"):
        assert f"bregman/{name}" in names
    modules = [name for name in names if name.endswith(".so")]
    of_torch = ["bregman/_torch"] if util.find_spec("torch") else []
    assert sorted(name.split(".")[0] for name in modules) == ["bregman/_numpy", *of_torch]
    assert not [name for name in names if Path(name).suffix in (".cpp", ".cu", ".hpp", ".txt") and "dist-info" not in name]
    assert {name.split("/")[0] for name in names} <= {"bregman", f"bregman-{bregman.__version__}.dist-info"}


def test_it_is_of_this_python_and_this_machine(distribution):
    wheel = distribution.read_text("WHEEL")
    assert "Root-Is-Purelib: false" in wheel
    assert re.search(r"^Tag: cp\d+-cp\d+-\w+_\w+$", wheel, re.M)
