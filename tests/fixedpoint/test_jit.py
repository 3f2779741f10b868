"""The compile cache: where it is, and that no edit can leave a stale kernel in it."""

import ast
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import pytest

from fixedpoint import jit

ROOT = Path(jit.__file__).resolve().parent.parent


def own_modules_used_by(path: Path, packages: Collection[str] = jit.PACKAGES) -> set[str]:
    """File names of the modules of these packages that a module imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not node.module:
            continue
        if node.module.split(".")[0] not in packages:
            continue
        if (ROOT / node.module.replace(".", "/")).is_dir():
            found |= {f"{alias.name}.py" for alias in node.names}
        else:
            found.add(f"{node.module.split('.')[-1]}.py")
    return found


def test_all_that_kernels_are_made_of_is_hashed() -> None:
    files = [path for package in jit.PACKAGES for path in (ROOT / package).rglob("kernels.py")]
    assert len(files) >= 4
    for path in files:
        assert own_modules_used_by(path) <= jit.SOURCES | {"jit.py"}, path
        assert own_modules_used_by(path, ("host",)) <= {"kernels.py"}, path


def test_kernels_stand_in_files_of_that_name() -> None:
    for package in jit.PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if path.name not in {"kernels.py", "jit.py"}:
                text = path.read_text(encoding="utf-8")
                assert "@kernel" not in text, path
                assert "@parallel_kernel" not in text, path


def cache_of(environment: dict[str, str]) -> Path:
    """Cache directory in a process with these variables alone."""
    code = "from fixedpoint.jit import cache_directory; print(cache_directory())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return Path(done.stdout.strip())


def test_cache_directory_follows_the_environment(tmp_path: Path) -> None:
    assert cache_of({"NUMBA_CACHE_DIR": str(tmp_path / "a")}) == tmp_path / "a"
    cache = cache_of({"XDG_CACHE_HOME": str(tmp_path / "b")})
    assert cache.parent == tmp_path / "b" / "chipemu"
    assert cache.name.startswith("kernels-")


def test_kernels_with_bounds_checks_have_a_cache_of_their_own(tmp_path: Path) -> None:
    home = {"XDG_CACHE_HOME": str(tmp_path)}
    assert cache_of(home | {"NUMBA_BOUNDSCHECK": "1"}) != cache_of(home)


def test_cache_moves_where_the_usual_place_cannot_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a directory")
    cache = cache_of({"XDG_CACHE_HOME": str(blocked), "TMPDIR": str(tmp_path)})
    assert cache.parent.parent == tmp_path


def test_an_empty_variable_is_no_cache_directory(tmp_path: Path) -> None:
    cache = cache_of({"XDG_CACHE_HOME": "", "HOME": str(tmp_path)})
    assert cache.parent == tmp_path / ".cache" / "chipemu"


def test_a_user_without_a_home_has_a_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless(_: Path) -> Path:
        msg = "Could not determine home directory."
        raise RuntimeError(msg)

    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(Path, "expanduser", homeless)
    monkeypatch.setattr(jit.tempfile, "gettempdir", lambda: str(tmp_path))
    assert jit.cache_directory().parent.parent == tmp_path


@pytest.mark.parametrize("wanted", [0, 1, 10_000])
def test_threads_stay_within_the_machine(wanted: int) -> None:
    assert 1 <= jit.set_threads(wanted) <= 10_000
    assert jit.set_threads(1) == 1
