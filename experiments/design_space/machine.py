"""From a design to files that repeat it: a machine that extends the base, and a configuration."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from experiments.design_space import Options
from experiments.design_space.designs import PS_PER_US, Design
from host.config import (
    Config,
    CoresConfig,
    MappingConfig,
    NetworkConfig,
    RecordConfig,
    RunConfig,
    check_config,
)
from host.machines import MachineSpec

__all__ = ["DYNAMIC", "LINK_TIMES", "STANDING", "design_config", "machine_file", "write_machine"]

DYNAMIC = (
    "core_cycle",
    "core_poll_cycle",
    "router_bit",
    "link_bit",
    "board_link_bit",
    "sdram_byte",
    "synaptic_event",
    "neuron_update",
)
"""Entries of the energy table that `Design.process` multiplies."""
STANDING = ("chip", "sdram")
"""Entries that `Design.standing` multiplies."""
LINK_TIMES = {
    "link_rate": ("link_packet_ps", "link_payload_packet_ps"),
    "board_link_rate": (
        "board_link_packet_ps",
        "board_link_payload_packet_ps",
        "lane_packet_ps",
        "lane_payload_packet_ps",
    ),
}
"""Times of the fabric that each rate divides; latencies stay."""


def machine_file(options: Options, machine: MachineSpec, design: Design) -> dict[str, Any]:
    """Contents of the machine file of `design`: what differs from the base.

    Parameters
    ----------
    options : Options
    machine : MachineSpec
        That which ``options.machine`` names.
    design : Design

    Returns
    -------
    dict
        Sections as of `host.machines.MachineSpec`. Each price is written with its own source, since
        that of the base no longer holds.
    """
    sections = {
        "topology": _topology(options, machine),
        "cores": _cores(options, machine, design),
        "fabric": _fabric(machine, design),
        "energy": _energy(machine, design),
    }
    given = {name: section for name, section in sections.items() if section}
    return {"extends": _reference(options.machine)} | given


def _reference(name: str) -> str:
    """A preset by its name, a file by its full path: it is named from another folder."""
    is_file = "/" in name or Path(name).suffix in {".yaml", ".yml", ".json", ".gz"}
    return str(Path(name).resolve()) if is_file else name


def _topology(options: Options, machine: MachineSpec) -> dict[str, Any]:
    if options.boards == "base" or machine.topology.kind != "boards":
        return {}
    return {"boards": options.boards}


def _cores(options: Options, machine: MachineSpec, design: Design) -> dict[str, int | None]:
    cores = machine.cores
    section: dict[str, int | None] = {}
    if options.margin == "measured" and cores.margin_ps is not None:
        section["margin_ps"] = None
    cycle_ps = round(PS_PER_US / design.clock_mhz)
    if cycle_ps != cores.cycle_ps:
        section["cycle_ps"] = cycle_ps
    if design.sdram_rate != 1:
        section["sdram_byte_ps"] = round(cores.sdram_byte_ps / design.sdram_rate)
    return section


def _fabric(machine: MachineSpec, design: Design) -> dict[str, int]:
    return {
        name: max(1, round(getattr(machine.fabric, name) / getattr(design, axis)))
        for axis, names in LINK_TIMES.items()
        for name in names
        if getattr(design, axis) != 1
    }


def _energy(machine: MachineSpec, design: Design) -> dict[str, Any]:
    factors = dict.fromkeys(DYNAMIC, design.process) | dict.fromkeys(STANDING, design.standing)
    prices = {name: asdict(getattr(machine.energy, name)) for name in factors}
    return {
        name: _scaled(prices[name], factor, machine.name)
        for name, factor in factors.items()
        if factor != 1
    }


def _scaled(price: dict[str, Any], factor: float, base: str) -> dict[str, Any]:
    levels = {name: float(f"{price[name] * factor:.12g}") for name in ("low", "nominal", "high")}
    source = f"{factor:g} times that of {base}, an assumption ({price['source']})"
    return price | levels | {"basis": "estimated", "source": source}


def write_machine(path: Path, contents: dict[str, Any], remark: str) -> Path:
    """Write a machine file with `remark` above it; gives `path`."""
    yaml = YAML()
    yaml.default_flow_style = False
    with path.open("w", encoding="utf-8") as file:
        file.write(f"# {remark}\n")
        yaml.dump(contents, file)
    return path


def design_config(options: Options, design: Design, machine: Path, slowdown: float) -> Config:
    """Checked configuration of one run of `design`, whose machine file is `machine`."""
    config = Config(
        network=NetworkConfig(name="pd14", scale=options.scale, drive=options.drive),
        machine=str(machine),
        mapping=MappingConfig(
            layout="ensemble",
            neurons_per_core=design.neurons_per_core,
            synapse_cores=design.synapse_cores,
        ),
        run=RunConfig(
            time_ms=options.time_ms,
            warmup_ms=options.transient_ms,
            dt_ms=options.dt_ms,
            slowdown=slowdown,
            timing="full",
            engine=options.engine,
            seed=options.seed,
            threads=options.threads,
        ),
        cores=CoresConfig(costs=options.costs),
        record=RecordConfig(spikes=False),
    )
    return check_config(config)
