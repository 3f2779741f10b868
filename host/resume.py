"""Going on with a run: one that was killed, from its last checkpoint, or a finished one, longer."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from host.atomic import share
from host.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from host.config import Config, load_config, to_yaml
from host.datafiles import RECORDINGS, SPIKES
from host.errors import ConfigError, OutputError
from host.keptmachine import kept_machine
from host.pipeline import run
from host.progress import Progress
from host.results import Results
from host.runfolder import CHECKPOINT, MANIFEST, unfinished_folder
from host.stopping import Stop
from host.unfinished import CONFIG, PARTS, Work, working_in
from mapping.spec import NetworkSpec

__all__ = ["resume"]

CHANGEABLE = ("run.time_ms", "run.threads")


def resume(
    folder: Path,
    *,
    changes: Mapping[str, object] | None = None,
    network: NetworkSpec | None = None,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> Results:
    """Go on with the run of `folder`; what comes out is that of a run without interruption.

    Parameters
    ----------
    folder : Path
        The run folder, finished or not. A run that was killed before its first checkpoint begins
        anew.
    changes : mapping of str to object, optional
        New values by dotted key: of ``"run.time_ms"``, the biological time that counts from the
        warm-up to the new end, which makes a finished run longer, and of ``"run.threads"``.
    network : NetworkSpec, optional
        The network, if the run was of one's own.
    progress : Progress, optional
        Told how far the run has come.
    stop : Stop, optional
        As of `host.run`.

    Returns
    -------
    Results

    Raises
    ------
    OutputError
        If there is no run in `folder`, if a file is damaged, if another version, network or
        configuration made the checkpoint, or if the run still goes on.
    ConfigError
        If the run is finished and no longer time is asked for, or if it has gone further than
        that; if something else is to change.
    """
    if not folder.is_dir() and not unfinished_folder(folder).is_dir():
        msg = f"there is no run {folder}"
        raise OutputError(msg)
    changes = dict(changes or {})
    if wrong := [key for key in changes if key not in CHANGEABLE]:
        msg = f"{wrong[0]}: a run that goes on can only change {' and '.join(CHANGEABLE)}"
        raise ConfigError(msg)
    is_finished = not (unfinished_folder(folder) / CONFIG).is_file()
    if is_finished:
        _check_finished(folder, is_longer="run.time_ms" in changes)
    with working_in(folder, keep=not is_finished) as path:
        config, start = _read(folder if is_finished else path, changes)
        machine = kept_machine(folder if is_finished else path)
        if is_finished and start is not None:
            start = _reopen(folder, path, start)
        work = Work(path, start)
        return run(
            config,
            network=network,
            machine=machine,
            progress=progress,
            run_dir=folder,
            work=work,
            stop=stop,
        )


def _read(folder: Path, changes: Mapping[str, object]) -> tuple[Config, Checkpoint | None]:
    """Configuration with `changes`, and checkpoint if there is one, of what lies in `folder`."""
    path = folder / CHECKPOINT
    start = read_checkpoint(path, load_config(folder / CONFIG)) if path.is_file() else None
    config = load_config(folder / CONFIG, changes)
    _check_time(config, start)
    return config, start


def _check_finished(folder: Path, *, is_longer: bool) -> None:
    """Check that the run of `folder` is finished, and can become longer."""
    if not (folder / MANIFEST).is_file():
        msg = f"{folder} is no run folder: it has no {MANIFEST}"
        raise OutputError(msg)
    if not is_longer:
        msg = f"the run {folder} is finished; to make it longer, give --time"
        raise ConfigError(msg)
    if not (folder / CHECKPOINT).is_file():
        msg = (
            f"the run {folder} has no checkpoint to go on from; runs with --checkpoint-every "
            "keep one"
        )
        raise OutputError(msg)


def _check_time(config: Config, start: Checkpoint | None) -> None:
    """Check that the run has not gone beyond its end."""
    run = config.run
    if start is not None and start.step > run.n_warmup_steps + run.n_steps:
        done_ms = (start.step - run.n_warmup_steps) * run.dt_ms
        msg = f"--time {run.time_ms:g} ms: the run has gone {done_ms:g} ms already; give more"
        raise ConfigError(msg)


def _reopen(folder: Path, path: Path, checkpoint: Checkpoint) -> Checkpoint:
    """Make the finished run of `folder` an unfinished one in `path`, all it recorded a part."""
    config = load_config(folder / CONFIG)
    (path / PARTS).mkdir()
    for name in (SPIKES, RECORDINGS):
        if (folder / name).is_file():
            share(folder / name, path / PARTS / f"{1:06d}.{name}")
    checkpoint = replace(checkpoint, n_parts=1)
    write_checkpoint(path / CHECKPOINT, checkpoint, config)
    (path / CONFIG).write_text(to_yaml(config), encoding="utf-8")  # last: now all is there
    return checkpoint
