"""Samples as small files: what a reference is kept as.

NumPy's compressed archives. Values are whole numbers of the last digit that `MEASURES` keeps, or
of one spike for rates; they are sorted and written as differences, which take some 20 to 200 kB
per simulation and lose nothing that the comparison sees.

=====================  ============================================================================
``format``             1
``about``              JSON: name, populations, sizes, window, model, seed, origin
``<measure>_counts``   number of values of each population, shape (n_populations,)
``<measure>_first``    smallest value of each population, in units of the last digit
``<measure>_steps``    differences of successive values, population after population
=====================  ============================================================================
"""

import json
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from host.analysis.measures import MEASURES
from host.analysis.sample import Model, Sample, Window
from host.errors import OutputError

__all__ = ["ABOUT", "from_arrays", "load_sample", "save_sample"]

FORMAT = 1
ABOUT = "about"


def save_sample(sample: Sample, path: Path) -> None:
    """Write `sample` to `path`, whose name ends in ``.npz``.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    about = {
        "name": sample.name,
        "populations": sample.populations,
        "sizes": sample.sizes,
        "window": asdict(sample.window),
        "model": asdict(sample.model),
        "seed": sample.seed,
        "origin": sample.origin,
    }
    arrays: dict[str, Any] = {"format": np.array(FORMAT), ABOUT: np.array(json.dumps(about))}
    for name, parts in sample.values.items():
        units = [np.rint(values / _unit(name, sample.window)) for values in parts]
        whole = [values.astype(np.int64) for values in units]
        arrays[f"{name}_counts"] = np.array([values.size for values in whole])
        arrays[f"{name}_first"] = np.array([v[0] if v.size else 0 for v in whole])
        steps = np.concatenate([np.diff(values) for values in whole])
        arrays[f"{name}_steps"] = steps.astype(np.min_scalar_type(int(steps.max(initial=0))))
    try:
        with path.open("wb") as file:
            np.savez_compressed(file, **arrays)
    except OSError as error:
        msg = f"cannot write {path}: {error.strerror}; choose another"
        raise OutputError(msg) from error


def load_sample(path: Path) -> Sample:
    """Read the sample that `save_sample` wrote to `path`.

    Raises
    ------
    OutputError
        If it cannot be read, or is of another kind.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            return from_arrays(dict(file))
    except (OSError, ValueError, LookupError, TypeError, zipfile.BadZipFile) as error:
        msg = f"cannot read {path}: it is no sample that chipemu wrote, or damaged ({error})"
        raise OutputError(msg) from error


def from_arrays(arrays: dict[str, Any]) -> Sample:
    """Sample of the arrays of a file; LookupError or ValueError if they are none."""
    if int(arrays["format"]) != FORMAT:
        msg = f"format {arrays['format']}, expected {FORMAT}"
        raise ValueError(msg)
    about = json.loads(str(arrays[ABOUT]))
    window = Window(**about["window"])
    values = {}
    for name in MEASURES:
        counts, first = arrays[f"{name}_counts"], arrays[f"{name}_first"]
        steps = arrays[f"{name}_steps"].astype(np.int64)
        bounds = np.concatenate(([0], np.cumsum(np.maximum(counts - 1, 0))))
        if bounds[-1] != steps.size:
            msg = f"{name}: {steps.size} differences, {bounds[-1]} expected"
            raise ValueError(msg)
        parts = [
            np.cumsum(np.concatenate((first[k : k + 1], steps[bounds[k] : bounds[k + 1]])))[
                : counts[k]
            ]
            for k in range(len(counts))
        ]
        values[name] = tuple(part * _unit(name, window) for part in parts)
    return Sample(
        name=about["name"],
        populations=tuple(about["populations"]),
        sizes=tuple(about["sizes"]),
        values=values,
        window=window,
        model=Model(**about["model"]),
        seed=about["seed"],
        origin=about["origin"],
    )


def _unit(measure: str, window: Window) -> float:
    """What stored values count: one spike in the time that counts, or the last digit kept."""
    return 1000.0 / window.time_ms if measure == "rate" else 10.0 ** -MEASURES[measure].digits
