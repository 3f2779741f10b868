"""The folder in which the commands of a page are run: what the page takes for granted is there.

Files that a page shows, in a block whose first line is a comment with the file's name, are as the
page has them. The rest is made once, small, and copied where a command first names it.
"""

import re
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from unittest import mock

import host
from chipemu.recording import Recording
from host.analysis import sample_of_run, save_sample
from host.cli import main
from host.config import to_yaml
from host.runlog import RunLog
from tests.docs.pages import HELP, ROOT, tokens

__all__ = ["Library", "provide"]

CONFIG = {
    "network.scale": 0.005,
    "run.time_ms": 3.0,
    "run.warmup_ms": 1.0,
    "mapping.layout": "ensemble",
    "run.checkpoint_ms": 1.0,
}
SEEDS = {"RUN": 1, "A": 1, "B": 2, "runs/a": 1, "runs/b": 2, "runs/c": 3, "runs/d": 4} | {
    "runs/mine": 1,
    "runs/other": 2,
}
"""Runs that pages name, by their seed."""
NAMED = re.compile(r"#\s*(?P<name>[\w./-]+\.(?:ya?ml|toml|py))\s*$")
"""First line of a block that a page means to be a file."""
SWEEP = """
base: {network: {scale: 0.002}, run: {time_ms: 1, warmup_ms: 0}}
grid: {run.slowdown: [10, 20]}
"""
SCRIPT = """
import pyNN.spiNNaker as sim

sim.setup(1.0)
source = sim.Population(5, sim.SpikeSourcePoisson(rate=50.0))
target = sim.Population(5, sim.IF_curr_exp(), label="target")
sim.Projection(source, target, sim.OneToOneConnector(), sim.StaticSynapse(weight=2.0, delay=1.0))
target.record("spikes")
sim.run(20.0)
sim.end()
"""


class Library:
    """What pages take for granted, each made when it is first asked for, in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, name: str) -> Path | None:
        """File or folder called `name`; None if no page may take it for granted."""
        made = self.folder / name
        if made.exists():
            return made
        made.parent.mkdir(parents=True, exist_ok=True)
        if name in SEEDS or name.startswith("references/"):
            self._run(made, SEEDS.get(name) or int(made.name))
        elif name == "runs/long.unfinished":
            self._killed(made)
        elif name in MAKERS:
            MAKERS[name](made)
        else:
            return None
        return made

    @staticmethod
    def _run(folder: Path, seed: int) -> None:
        times = {"run.time_ms": 100.0, "run.warmup_ms": 500.0, "network.scale": 0.002}
        keys = times if folder.parent.name == "references" else CONFIG
        host.run(host.load_config(None, keys | {"run.seed": seed}), run_dir=folder)

    @staticmethod
    def _killed(folder: Path) -> None:
        """Leave a run as it is after its process was killed behind the first checkpoint."""
        take = RunLog._take

        def killed(log: RunLog, recording: Recording) -> None:
            take(log, recording)
            if log.tally.n_steps > 30:
                raise KeyboardInterrupt

        config = host.load_config(None, CONFIG | {"run.time_ms": 5.0})
        with (
            mock.patch.object(RunLog, "_take", killed),
            mock.patch("host.engines.STEPS_PER_CALL", 5),
        ):
            try:
                host.run(config, run_dir=folder.with_name(folder.stem))
            except KeyboardInterrupt:
                assert folder.exists()


def _write_config(path: Path) -> None:
    path.write_text(to_yaml(host.load_config(None, CONFIG)), encoding="utf-8")


def _write_spikes(path: Path) -> None:
    config = host.load_config(None, {"network.scale": 0.002, "run.time_ms": 100.0, "run.seed": 9})
    save_sample(sample_of_run(host.run(config)), path)


def _sweep(folder: Path) -> None:
    file = folder.with_name("sweep.yaml")
    file.write_text(SWEEP, encoding="utf-8")
    assert main(["sweep", str(file), "--output", str(folder), "--workers", "1", "--quiet"]) == 0


MAKERS: dict[str, Callable[[Path], object]] = {
    "sweep.yaml": lambda path: path.write_text(SWEEP, encoding="utf-8"),
    "runs/a-sweep": _sweep,
    "runs/sweep": _sweep,
    "my.yaml": _write_config,
    "spikes.npz": _write_spikes,
    "script.py": lambda path: path.write_text(SCRIPT, encoding="utf-8"),
    "SCRIPT": lambda path: path.write_text(SCRIPT, encoding="utf-8"),
    "mine.yaml": lambda path: shutil.copy(ROOT / "host/machines/template.yaml", path),
    "prices.yaml": lambda path: shutil.copy(ROOT / "host/energy/tables/template.yaml", path),
}


def files_of(page: str, folder: Path) -> None:
    """Write the files that a page shows to `folder`."""
    for token in [] if page == HELP else tokens(page):
        first, _, rest = token.content.partition("\n")
        if token.type in ("fence", "code_block") and (named := NAMED.search(first)):
            path = folder / named["name"]
            path.parent.mkdir(parents=True, exist_ok=True)
            text = small_yaml(rest) if "yaml" in token.info else rest
            path.write_text(f"{first}\n{text}", encoding="utf-8")


def small_yaml(text: str) -> str:
    """A configuration or a sweep that a page shows, for a small network and some milliseconds."""
    text = re.sub(r"\bscale: [\d.]+", "scale: 0.005", text)
    text = re.sub(r"\bwarmup_ms: [\d.]+( \w+)?", "warmup_ms: 1", text)
    return re.sub(r"\btime_ms: [\d.]+( \w+)?", "time_ms: 3", text)


def provide(words: list[str], page: str, folder: Path, library: Library) -> None:
    """Put into `folder` what `words` name and what is not there yet."""
    named = [word for before, word in pairwise(["", *words]) if before != "--output"]
    for name in {part for word in named for part in re.split(r"[=,]", word) if part}:
        here = folder / name
        if here.exists() or name.startswith(("/", "-", "..")):
            continue
        beside, in_project = (ROOT / page).parent / name, ROOT / name
        if (found := library.find(name)) is not None:
            _copy(found, here)
        elif beside.is_file() and "/" not in name:
            _copy(beside, here)
        elif "/" in name and in_project.exists() and not name.startswith("runs/"):
            here.parent.mkdir(parents=True, exist_ok=True)
            here.symlink_to(in_project)


def _copy(found: Path, here: Path) -> None:
    here.parent.mkdir(parents=True, exist_ok=True)
    if found.is_dir():
        shutil.copytree(found, here)
    else:
        shutil.copy(found, here)
