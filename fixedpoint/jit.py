"""The one place that knows numba: decorators for kernels, and their compile cache.

A kernel is plain Python over arrays and integers, compiled on first use and kept on disk. numba's
own cache misses an edit in *another* module that a kernel calls, so the cache directory is named
by a hash of all the modules that kernels are made of (`SOURCES`): any edit there compiles afresh.

With ``NUMBA_DISABLE_JIT=1`` the decorators return the Python function unchanged.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

__all__ = [
    "borrowed",
    "cache_directory",
    "inlined_kernel",
    "is_warm",
    "kernel",
    "parallel_kernel",
    "prange",
    "prefetch",
    "set_threads",
]

A = TypeVar("A")
F = TypeVar("F", bound=Callable[..., object])

PACKAGES = ("chipemu", "fixedpoint", "host", "mapping", "router")
"""Packages whose kernels share one cache."""
SOURCES = frozenset(
    (
        "counters.py",
        "events.py",
        "exp_tables.py",
        "geometry.py",
        "jit.py",
        "kernels.py",
        "numbers.py",
        "packets.py",
        "params.py",
        "plan.py",
        "recording.py",
        "roles.py",
        "state.py",
        "streams.py",
        "table.py",
    )
)
"""Names of the modules with kernels, and of those whose constants and types kernels use.

Those of `host` use none of it, so that of all its modules only ``kernels.py`` count.
"""

prange = numba.prange
"""``range`` whose iterations a `parallel_kernel` shares among threads."""


def _kernel_hash() -> str:
    root = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for package in PACKAGES:
        names = {"kernels.py"} if package == "host" else SOURCES
        for path in sorted((root / package).rglob("*.py")):
            if path.name in names:
                digest.update(path.relative_to(root).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cache_directory() -> Path:
    """Directory of the compiled kernels, which may not exist yet.

    Returns
    -------
    Path
        ``$NUMBA_CACHE_DIR`` if set, else a directory under the user's cache directory, or, where
        that cannot be written, under the directory for temporary files.
    """
    if "NUMBA_CACHE_DIR" in os.environ:
        return Path(os.environ["NUMBA_CACHE_DIR"])
    base = None
    try:  # an empty variable counts as none (XDG Base Directory Specification)
        base = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "chipemu"
        base.mkdir(parents=True, exist_ok=True)
        writable = os.access(base, os.W_OK)
    except (OSError, RuntimeError):  # RuntimeError: a user without a home
        writable = False
    if base is None or not writable:
        base = Path(tempfile.gettempdir()) / f"chipemu-{os.getuid()}"
    # numba's own cache does not tell kernels with bounds checks from those without
    checked = "-checked" if numba.config.BOUNDSCHECK else ""  # type: ignore[attr-defined]
    return base / f"kernels-{_kernel_hash()}{checked}"


def is_warm(name: str) -> bool:
    """Whether a compiled form of the kernel called `name` lies in the cache.

    Parameters
    ----------
    name : str
        Function name of a kernel.
    """
    return any(cache_directory().rglob(f"*.{name}-*.nbc"))


# Threads meet after every time step. Spinning for about 20 us and then sleeping costs 3 % on an
# idle machine; spinning on, as libgomp does by default, takes up to 12 times as long on a busy
# one (docs/benchmarks.md). Read when the first thread is started.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

if "NUMBA_CACHE_DIR" not in os.environ:
    numba.config.CACHE_DIR = str(cache_directory())  # type: ignore[attr-defined]


def kernel(function: F) -> F:
    """Compile `function` in nopython mode, without the GIL, cached on disk."""
    return cast("F", numba.njit(cache=True, nogil=True)(function))


def inlined_kernel(function: F) -> F:
    """Compile `function` like `kernel`, to become part of each kernel that calls it."""
    return cast("F", numba.njit(cache=True, nogil=True, forceinline=True)(function))


def parallel_kernel(function: F) -> F:
    """Compile `function` like `kernel`, with its `prange` loops shared among threads.

    The iterations of such a loop must be independent, so that the result does not depend on the
    number of threads.
    """
    return cast("F", numba.njit(cache=True, nogil=True, parallel=True)(function))


def borrowed(array: A) -> A:
    """`array` without its reference count, for a kernel to hand to the kernels it calls.

    numba counts references at each call that it does not inline, with atomic instructions. The
    caller must hold `array` for as long as the result is used.
    """
    return array


@intrinsic
def _without_count(_typing: Any, array: Any) -> Any:
    missing = types.MemInfoPointer(types.voidptr)  # type: ignore[no-untyped-call]

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[0]
        value = context.make_array(kind)(context, builder, arguments[0])
        for name in ("meminfo", "parent"):
            setattr(value, name, context.get_constant_null(missing))
        return value._getvalue()

    return array(array), generate


@overload(borrowed)
def _borrowed(array: Any) -> Any:  # noqa: ARG001
    def implementation(array: Any) -> Any:
        return _without_count(array)  # type: ignore[call-arg]

    return implementation


def prefetch(array: Any, index: int) -> None:
    """Ask for entry `index` of a one-dimensional, contiguous `array` to be brought near.

    The processor may do so while it goes on. Nothing else happens, whatever `index` is.
    """


@intrinsic
def _fetch(_typing: Any, array: Any, index: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        view = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.bitcast(builder.gep(view.data, [arguments[1]]), ir.IntType(8).as_pointer())
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [place.type, number, number, number])
        name = "llvm.prefetch.p0i8" if "*" in str(place.type) else "llvm.prefetch.p0"
        function = cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]
            builder.module, kind, name
        )
        builder.call(function, [place, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(array, index), generate


@overload(prefetch)
def _prefetch(array: Any, index: Any) -> Any:  # noqa: ARG001
    def implementation(array: Any, index: Any) -> None:
        _fetch(array, index)  # type: ignore[call-arg]

    return implementation


def set_threads(n_threads: int) -> int:
    """Let `parallel_kernel` use `n_threads` threads, or as many as the machine has if fewer.

    Returns
    -------
    int
        The number of threads in force.
    """
    limit: Any = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]
    in_force = max(1, min(n_threads, int(limit)))
    numba.set_num_threads(in_force)
    return in_force
