"""The programs that the pages show, and the examples, run as a reader runs them; each ends within seconds."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
import bregman  # noqa: E402

installed = str(Path(bregman.__file__).resolve().parents[1])
package = Path(__file__).resolve().parents[1]
programs = sorted([*package.glob("examples/*.py"), *package.parent.glob("docs/snippets/python/*.py")])


@pytest.mark.parametrize("program", programs, ids=lambda path: path.name)
def test_runs(program, tmp_path):
    ran = subprocess.run([sys.executable, str(program)], cwd=tmp_path, capture_output=True, text=True,
                         env=dict(os.environ, OMP_NUM_THREADS="1", PYTHONPATH=installed))
    assert ran.returncode == 0, ran.stderr
    if program.name == "train_to_95.py":
        words = ran.stdout.split()
        assert abs(float(words[1]) - 0.95) < 0.01
        assert float(words[words.index("error") + 1]) < 0.1
