"""SONATA: what a simulator of the field leaves behind, in the layout of the developer guide.

==========================  ======================================================================
``spikes.h5``               spikes, the file of the run folder
``<variable>.h5``           samples of a variable, frame by frame: a report of one element per node
``nodes.h5``                the neurons of each population
``node_types.csv``          the model of each population
``circuit_config.json``     names the nodes
``simulation_config.json``  names time, time step and output
==========================  ======================================================================

Source: SONATA developer guide (github.com/AllenInstitute/sonata, docs/SONATA_DEVELOPER_GUIDE.md),
sections "Nodes", "Spike file", "Frame oriented, node element recordings", "Simulation
configuration"; Dai et al. 2020, PLoS Comput. Biol. 16:e1007696.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from host.datafiles import SPIKES, write_spikes
from host.export.columns import times_ms
from host.export.formats import copy_account
from host.export.neurons import Neurons, neurons_of
from host.results import Recording, Results

__all__ = ["write"]

MAGIC = 0x0A7A
"""Of all SONATA files in HDF5 ("Common HDF5 attributes")."""
VERSION = (0, 1)


def write(results: Results, folder: Path) -> None:
    """Write the files of a circuit and of its simulation to `folder`."""
    populations = neurons_of(results)
    _write_nodes(folder, populations)
    if results.spikes is not None:
        write_spikes(folder / SPIKES, [results.spikes])
    variables = dict.fromkeys(one.variable for one in results.recordings)
    for variable in variables:
        parts = [one for one in results.recordings if one.variable == variable]
        _write_report(folder / f"{variable}.h5", parts, results.config.run.dt_ms)
    _write_json(folder / "circuit_config.json", _circuit(populations))
    _write_json(folder / "simulation_config.json", _simulation(results, list(variables)))
    copy_account(results, folder)


def _file(path: Path) -> Any:
    file = h5py.File(path, "w")
    file.attrs["magic"] = np.uint32(MAGIC)
    file.attrs["version"] = np.array(VERSION, dtype=np.uint32)
    return file


def _write_nodes(folder: Path, populations: Sequence[Neurons]) -> None:
    lines = ["node_type_id model_type model_template population"]
    with _file(folder / "nodes.h5") as file:
        for index, own in enumerate(populations):
            group = file.create_group(f"nodes/{own.name}")
            ids = np.arange(own.size, dtype=np.uint64)
            group["node_id"] = ids
            group["node_type_id"] = np.full(own.size, index, dtype=np.uint64)
            group["node_group_id"] = np.zeros(own.size, dtype=np.uint64)
            group["node_group_index"] = ids
            group.create_group("0")
            lines.append(f"{index} point_neuron chipemu:{own.model} {own.name}")
    (folder / "node_types.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")


def _write_report(path: Path, parts: Sequence[Recording], dt_ms: float) -> None:
    with _file(path) as file:
        for one in parts:
            group = file.create_group(f"report/{one.population}")
            data = group.create_dataset("data", data=np.asarray(one.values, dtype=np.float32))
            data.attrs["units"] = one.unit
            mapping = group.create_group("mapping")
            ids = mapping.create_dataset("node_ids", data=one.members.astype(np.uint64))
            ids.attrs["sorted"] = np.uint8(1)
            n = one.members.size
            mapping["index_pointers"] = np.arange(n + 1, dtype=np.uint64)
            mapping["element_ids"] = np.ones(n, dtype=np.uint32)
            mapping["element_pos"] = np.ones(n, dtype=np.float32)
            time = mapping.create_dataset("time", data=_times(one, dt_ms))
            time.attrs["units"] = "ms"


def _times(recording: Recording, dt_ms: float) -> list[float]:
    """Start, stop (not reached) and interval of the samples (ms)."""
    steps = recording.steps
    every = int(steps[1] - steps[0]) if steps.size > 1 else 1
    first = int(steps[0]) if steps.size else 0
    stop = first + every * steps.size
    return [float(t) for t in times_ms(np.array([first, stop, every], dtype=np.int32), dt_ms)]


def _circuit(populations: Sequence[Neurons]) -> dict[str, Any]:
    nodes = {
        "nodes_file": "$BASE_DIR/nodes.h5",
        "node_types_file": "$BASE_DIR/node_types.csv",
        "populations": {own.name: {"type": "point_neuron"} for own in populations},
    }
    return {
        "version": 2,
        "manifest": {"$BASE_DIR": "."},
        "networks": {"nodes": [nodes], "edges": []},
    }


def _simulation(results: Results, variables: Sequence[str]) -> dict[str, Any]:
    run = results.config.run
    return {
        "version": 2,
        "manifest": {"$BASE_DIR": "."},
        "network": "$BASE_DIR/circuit_config.json",
        "run": {
            "tstop": round(run.warmup_ms + run.time_ms, 9),
            "dt": run.dt_ms,
            "random_seed": run.seed,
        },
        "output": {
            "output_dir": "$BASE_DIR",
            "spikes_file": SPIKES,
            "spikes_sort_order": "by_time",
        },
        "reports": {name: _report(results, name) for name in variables},
    }


def _report(results: Results, variable: str) -> dict[str, Any]:
    """Entry of a report: its file, and which samples are in it."""
    first = next(one for one in results.recordings if one.variable == variable)
    start_ms, stop_ms, every_ms = _times(first, results.config.run.dt_ms)
    return {
        "type": "compartment",
        "variable_name": variable,
        "sections": "soma",
        "unit": first.unit,
        "dt": every_ms,
        "start_time": start_ms,
        "end_time": stop_ms,
        "file_name": f"{variable}.h5",
    }


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
