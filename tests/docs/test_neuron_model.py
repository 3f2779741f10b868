"""The how-to of a neuron model is followed, to the letter, in a copy of the source."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.docs.pages import ROOT, tokens
from tests.docs.scratch import files_of

PAGE = "docs/howto/neuron_model.md"
PACKAGES = ("fixedpoint", "router", "mapping", "chipemu", "host")


def test_the_model_of_the_page_fires_as_the_page_says(tmp_path: Path) -> None:
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    files_of(PAGE, tmp_path)
    (change,) = (token.content for token in tokens(PAGE) if token.info == "diff")
    applying = ["git", "apply", "--unidiff-zero", "-"]
    subprocess.run(applying, cwd=tmp_path, input=change, text=True, check=True)
    said = subprocess.run(
        [sys.executable, "try_perfect.py"], cwd=tmp_path,
        capture_output=True, text=True, check=False,
        env=os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert re.findall(r"(\w+) (\w+) \[(\d+)\]", said.stdout) == [
        (arithmetic, engine, "31")
        for arithmetic in ("fixed", "float64")
        for engine in ("reference", "compiled")
    ]
