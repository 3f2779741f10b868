"""References that come with the package: the microcircuit in NEST (``references/README.md``)."""

from dataclasses import replace
from pathlib import Path

from host.analysis.comparable import check_kind
from host.analysis.readers import read_sample
from host.analysis.sample import Model, Sample, Window
from host.analysis.samplefile import load_sample, save_sample
from host.errors import ConfigError

__all__ = [
    "FOLDER",
    "pack",
    "packaged_like",
    "packaged_models",
    "packaged_references",
    "reference_stem",
]

FOLDER = Path(__file__).with_name("references")


def reference_stem(model: Model) -> str:
    """Beginning of the names of the files of `model`.

    Examples
    --------
    >>> reference_stem(Model("pd14", 0.1, "poisson"))
    'pd14-0.1-poisson'
    """
    scale = "any" if model.scale is None else f"{model.scale:g}"
    return f"{model.network}-{scale}-{model.drive}"


def pack(path: Path, model: Model, *, seed: int, origin: str, window: Window, to: Path) -> Path:
    """Keep a file of spikes or statistics as a reference.

    Parameters
    ----------
    path : Path
        As `read_sample` reads it.
    model : Model
        What it was a simulation of, in full.
    seed : int
    origin : str
        Simulator and version.
    window : Window
        The stretch of time that counts.
    to : Path
        Folder of references.

    Returns
    -------
    Path
        The reference.
    """
    sample = read_sample(path, window=window)
    known = replace(sample, model=model, seed=seed, origin=origin, name=f"{origin}, seed {seed}")
    target = to / f"{reference_stem(model)}-seed{seed}.npz"
    save_sample(known, target)
    return target


def packaged_models(folder: Path = FOLDER) -> dict[str, int]:
    """Stems of the names of all files, with the number of seeds of each."""
    stems = [path.name.rpartition("-seed")[0] for path in folder.glob("*-seed*.npz")]
    return {stem: stems.count(stem) for stem in sorted(set(stems))}


def packaged_references(model: Model, folder: Path = FOLDER) -> tuple[Sample, ...]:
    """References of `model`, by seed.

    Raises
    ------
    ConfigError
        If there are none.
    """
    found = _load(reference_stem(model), folder)
    if not found:
        raise ConfigError(_none(str(model), folder))
    return found


def packaged_like(sample: Sample, folder: Path = FOLDER) -> tuple[Sample, ...]:
    """References that `sample` may be compared with, of which it need not tell all.

    Raises
    ------
    ConfigError
        If there are none, or of several drives, of which `sample` tells none.
    """
    fitting = []
    for stem in packaged_models(folder):
        found = _load(stem, folder)
        try:
            check_kind(sample, found[0])
        except ConfigError:
            continue
        fitting.append(found)
    if not fitting:
        what = f"{sample.model} with {sum(sample.sizes):,} neurons over {sample.window}"
        raise ConfigError(_none(what, folder))
    if len(fitting) > 1:
        drives = ", ".join(str(found[0].model.drive) for found in fitting)
        msg = (
            f"{sample.name} does not tell its drive, and there are references of {drives}; "
            "say which with --drive"
        )
        raise ConfigError(msg)
    return fitting[0]


def _load(stem: str, folder: Path) -> tuple[Sample, ...]:
    paths = [p for p in folder.glob("*-seed*.npz") if p.name.rpartition("-seed")[0] == stem]
    found = [load_sample(path) for path in paths]
    return tuple(sorted(found, key=lambda sample: sample.seed or 0))


def _none(what: str, folder: Path) -> str:
    have = ", ".join(f"{name} ({n})" for name, n in packaged_models(folder).items())
    return (
        f"no reference of {what} comes with chipemu; there are, with their numbers of seeds: "
        f"{have}; give your own with --reference"
    )
