"""The experiment: design by design, then files, figure and sentences."""

from pathlib import Path

import host
from experiments.design_space import Options
from experiments.design_space.designs import all_designs, base_design, check_names
from experiments.design_space.figure import draw
from experiments.design_space.measure import Bench, Found
from experiments.design_space.report import short_table, write_tidy
from experiments.design_space.sentences import sentences
from experiments.running import Run
from host.experiments import Finding
from host.machines import check_emulable, load_machine
from host.progress import Progress

__all__ = ["run"]


def run(
    options: Options, *, progress: Progress, output: Path, run_network: Run | None = None
) -> Finding:
    """Find the smallest loss-free slow-down of each design, and its energy there.

    Parameters
    ----------
    options : Options
    progress : Progress
    output : Path
        Folder for ``design_space.csv``, which grows design by design, the figure, and the machine
        files and configurations of all designs, in ``designs``.
    run_network : callable, optional
        By default `host.run`.

    Raises
    ------
    HostError, FabricError
        If a design cannot be; as a rule before anything is written.
    """
    machine = load_machine(options.machine)
    check_emulable(machine)
    base = base_design(options, machine)
    designs = all_designs(options, base)
    check_names(designs, base)
    folder = output / "designs"
    bench = Bench(options, base, machine, folder, run_network or host.run)
    for design in designs:
        bench.check(design)
    folder.mkdir(exist_ok=True)
    for design in designs:
        bench.prepare(design)
    table = output / "design_space.csv"
    found: list[Found] = []
    with progress.phase("designs", len(designs)):
        for design in designs:
            found.append(bench.find(design, progress))
            write_tidy(table, options, found)
            progress.advance()
    columns, rows = short_table(options, found)
    return Finding(
        columns=columns,
        rows=rows,
        sentences=tuple(sentences(options, base, found)),
        files=(table, *draw(options, base, found, output)),
    )
