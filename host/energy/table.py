"""Energy tables: the price of each action, with its uncertainty, its basis and its source.

A table is a YAML file with an entry for every action, or one that ``extends`` another and says
what differs. Machine files name theirs in the section ``energy``. After Accelergy's energy
reference tables (Wu et al. 2019, ICCAD): counts are taken once, and priced with any table.
"""

from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, get_args, get_type_hints

from pydantic import Field, FiniteFloat

from host.energy.vocabulary import Action, Kind, Per
from host.errors import ConfigError
from host.namedtables import NamedTables
from host.validation import FieldError, build
from host.yamlfile import Document

__all__ = [
    "ACTIONS",
    "ROLES",
    "TABLES",
    "Basis",
    "EnergyTable",
    "Price",
    "default_table",
    "load_table",
]

TABLES = NamedTables("energy", Path(__file__).parent / "tables")
DEFAULT = "spinnaker1"

NotNegative = Annotated[FiniteFloat, Field(ge=0, le=1e12)]
Basis = Literal["measured", "derived", "estimated"]
Watts = Literal["uW", "mW", "W", "kW"]
Joules = Literal["aJ", "fJ", "pJ", "nJ", "uJ", "mJ", "J"]
RoleName = Literal["combined", "neuron", "synapse", "poisson", "source", "delay"]

_MICRO, _NANO, _PICO = Fraction(1, 10**6), Fraction(1, 10**9), Fraction(1, 10**12)
SCALES = {
    "uW": _MICRO,
    "mW": Fraction(1, 1000),
    "W": Fraction(1),
    "kW": Fraction(1000),
    "aJ": _PICO * _MICRO,
    "fJ": _PICO / 1000,
    "pJ": _PICO,
    "nJ": _NANO,
    "uJ": _MICRO,
    "mJ": Fraction(1, 1000),
    "J": Fraction(1),
}
"""Each unit in W or J."""
ROLES: tuple[RoleName, ...] = get_args(RoleName)
"""Roles of cores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one action costs.

    Attributes
    ----------
    low, nominal, high : float
        In `unit`; the truth is thought to lie between `low` and `high`.
    unit : str
        Of power for what is paid by the second, else of energy.
    basis : {"measured", "derived", "estimated"}
        Read off a meter, worked out from such readings, or neither.
    source : str
        Where the figures come from, or why they were chosen.

    Raises
    ------
    ValueError
        If they are out of order, or no source is given.
    """

    low: NotNegative
    nominal: NotNegative
    high: NotNegative
    unit: Watts | Joules
    basis: Basis
    source: str

    def __post_init__(self) -> None:
        if not self.low <= self.nominal <= self.high:
            figures = f"low {self.low:g}, nominal {self.nominal:g}, high {self.high:g}"
            msg = f"should have low <= nominal <= high, got {figures}"
            raise FieldError((), msg)
        if not self.source.strip():
            msg = f"should say where the figures come from, got {self.source!r}"
            raise FieldError(("source",), msg)

    def exact(self, level: Literal["low", "nominal", "high"]) -> Fraction:
        """One of the three figures in W or J, as the decimal number that the table has."""
        return Fraction(repr(float(getattr(self, level)))) * SCALES[self.unit]


_S, _STANDING, _WAITING, _WORK = Per.SECOND, Kind.STANDING, Kind.WAITING, Kind.WORK


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyTable:
    """Price of every action; each is annotated with the `Action` that it is the price of.

    Attributes
    ----------
    description : str
        One line.
    polling_roles : tuple of str
        Roles of cores that stay awake while they wait; the others sleep.
    chip : Price
        A chip whose cores sleep, without its SDRAM.
    sdram : Price
        The SDRAM of a chip, without transfers.
    board : Price
        What a board draws besides its chips and FPGAs (regulators, their losses, clocks).
    fpga : Price
    frame_place : Price
        A board's share of a frame's supplies, cooling and switch.
    frame_place_active : Price
        What is added to that while the machine is at work: from loading on.
    box : Price
        What the box of a single board adds, instead of a frame.
    host : Price
        The host computer, while it is needed.
    core_asleep : Price
        What a core that sleeps draws, if not in the price of the chip.
    core_cycle, core_poll_cycle : Price
        A clock cycle of a core, while it works and while it looks for work.
    router_bit, link_bit, board_link_bit : Price
        A bit of a packet through a router, over a link within a board and between boards.
    sdram_byte : Price
        A byte between a core and SDRAM.
    synaptic_event, neuron_update : Price
        What these cost besides the cycles of cores: for machines that have circuits for them.
    """

    description: str = ""
    polling_roles: tuple[RoleName, ...] = ()
    chip: Annotated[Price, Action("chips", _S, _STANDING)]
    sdram: Annotated[Price, Action("SDRAM, idle", _S, _STANDING)]
    board: Annotated[Price, Action("boards", _S, _STANDING)]
    fpga: Annotated[Price, Action("FPGAs", _S, _STANDING)]
    frame_place: Annotated[Price, Action("frames", _S, _STANDING)]
    frame_place_active: Annotated[Price, Action("frames, active", _S, _STANDING)]
    box: Annotated[Price, Action("box", _S, _STANDING)]
    host: Annotated[Price, Action("host", _S, _STANDING)]
    core_asleep: Annotated[Price, Action("cores asleep", _S, _STANDING)]
    core_cycle: Annotated[Price, Action("cores busy", Per.CYCLE, _WORK)]
    core_poll_cycle: Annotated[Price, Action("cores polling", Per.CYCLE, _WAITING)]
    router_bit: Annotated[Price, Action("routers", Per.BIT, _WORK)]
    link_bit: Annotated[Price, Action("links", Per.BIT, _WORK)]
    board_link_bit: Annotated[Price, Action("links between boards", Per.BIT, _WORK)]
    sdram_byte: Annotated[Price, Action("SDRAM transfers", Per.BYTE, _WORK)]
    synaptic_event: Annotated[Price, Action("synaptic events", Per.EVENT, _WORK)]
    neuron_update: Annotated[Price, Action("neuron updates", Per.UPDATE, _WORK)]

    def __post_init__(self) -> None:
        for name, action in ACTIONS.items():
            allowed = get_args(Watts) if action.per is Per.SECOND else get_args(Joules)
            unit = getattr(self, name).unit
            if unit not in allowed:
                msg = f"should be one of {', '.join(allowed)}, paid per {action.per}, got {unit!r}"
                raise FieldError((name, "unit"), msg)


def _actions() -> dict[str, Action]:
    hints = get_type_hints(EnergyTable, include_extras=True)
    return {
        field.name: hint.__metadata__[0]
        for field in fields(EnergyTable)
        if isinstance(getattr(hint := hints[field.name], "__metadata__", (None,))[0], Action)
    }


ACTIONS = _actions()
"""What each price is the price of, by the name of its entry, in the order of a ledger."""


def load_table(name: str) -> EnergyTable:
    """Energy table called `name`, or in the file of this name.

    Parameters
    ----------
    name : str
        A table of ours, or the path of a YAML file, which may extend one of ours.

    Raises
    ------
    UnknownNameError
        If there is none.
    ConfigError
        If an entry is missing or wrong: names its file, line and key.
    """
    whole = TABLES.expand(Document({"energy": name}), Path())
    if not whole.data["energy"]:
        msg = f"{name} is empty; copy a table to begin with: chipemu machines --energy template"
        raise ConfigError(msg)
    lines = {at[1:]: line for at, line in whole.lines.items() if at[0] == "energy"}
    return build(EnergyTable, Document(whole.data["energy"], lines))


@cache
def default_table() -> EnergyTable:
    """Table of SpiNNaker 1."""
    return load_table(DEFAULT)
