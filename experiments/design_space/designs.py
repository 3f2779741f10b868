"""Designs: one value for each axis, around a base or in all combinations."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from experiments.design_space import AXES, Options
from host.errors import ConfigError
from host.machines import MachineSpec

__all__ = ["PRICES", "UNITS", "Design", "all_designs", "base_design", "check_names"]

PRICES = ("process", "standing")
"""Axes that change prices alone, so that they need no run of their own."""
UNITS = {
    "clock_mhz": ("clock", " MHz"),
    "synapse_cores": ("synapse cores", ""),
    "neurons_per_core": ("neurons per core", ""),
    "link_rate": ("links", " x"),
    "board_link_rate": ("board links", " x"),
    "sdram_rate": ("SDRAM", " x"),
    "process": ("process", " x"),
    "standing": ("standing", " x"),
}
"""Name and unit of each axis for people."""
PS_PER_US = 10**6


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """A machine and a mapping; the attributes are those of `Options` of the same names."""

    clock_mhz: float
    synapse_cores: int
    neurons_per_core: int
    link_rate: float = 1.0
    board_link_rate: float = 1.0
    sdram_rate: float = 1.0
    process: float = 1.0
    standing: float = 1.0

    @property
    def prices(self) -> tuple[float, ...]:
        """Values of the axes that change prices alone."""
        return tuple(getattr(self, axis) for axis in PRICES)

    @property
    def timing(self) -> "Design":
        """The design with the prices of the base: all that a run depends on."""
        return replace(self, process=1.0, standing=1.0)

    def changes(self, base: "Design") -> dict[str, float]:
        """Axes in which this design differs from `base`, with their values."""
        values = {axis: getattr(self, axis) for axis in AXES}
        return {axis: value for axis, value in values.items() if value != getattr(base, axis)}

    def file_name(self, base: "Design") -> str:
        """Such as "clock_mhz-300"; "base" for the base."""
        changes = self.changes(base).items()
        return "_".join(f"{axis}-{value:g}" for axis, value in changes) or "base"

    def label(self, base: "Design") -> str:
        """Such as "clock 300 MHz"; "base" for the base."""
        named = ((*UNITS[axis], value) for axis, value in self.changes(base).items())
        return ", ".join(f"{name} {value:g}{unit}" for name, unit, value in named) or "base"


def base_design(options: Options, machine: MachineSpec) -> Design:
    """Design that the others vary: the clock is that of `machine`."""
    return Design(
        clock_mhz=PS_PER_US / machine.cores.cycle_ps,
        synapse_cores=options.base_synapse_cores,
        neurons_per_core=options.base_neurons_per_core,
    )


def all_designs(options: Options, base: Design) -> tuple[Design, ...]:
    """Designs that `options` ask for, by axis or in all combinations; none twice.

    Varied one at a time, `base` comes first; an empty list leaves its axis at the base's value.
    """
    values: dict[str, tuple[Any, ...]] = {axis: getattr(options, axis) for axis in AXES}
    if options.vary == "one":
        single = (replace(base, **{axis: value}) for axis in AXES for value in values[axis])
        return tuple(dict.fromkeys((base, *single)))
    choices = (values[axis] or (getattr(base, axis),) for axis in AXES)
    found = (Design(**dict(zip(AXES, chosen, strict=True))) for chosen in product(*choices))
    return tuple(dict.fromkeys(found))


def check_names(designs: Sequence[Design], base: Design) -> None:
    """Check that no two designs have one name, since names are of files and have six digits.

    Raises
    ------
    ConfigError
    """
    named: dict[str, Design] = {}
    for design in designs:
        name = design.file_name(base)
        other = named.setdefault(name, design)
        if other != design:
            axis = next(iter(design.changes(other)))
            values = f"{getattr(other, axis)!r} and {getattr(design, axis)!r}"
            msg = (
                f"{axis} of {values} would both be design {name!r}, whose values have six digits; "
                "choose values that differ within these"
            )
            raise ConfigError(msg)
