"""A machine as its file describes it."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from chipemu.cores import CoreParams
from host.energy import EnergyTable, default_table
from host.loading.params import LoadingParams
from host.validation import FieldError
from mapping.machine import Budgets
from mapping.place.fill import MOST_BOARDS
from router.params import FabricParams
from router.topology import MOST_CORES

__all__ = ["KEYS_OF_KIND", "MOST_BOARDS", "Housing", "MachineSpec", "TopologySection"]

Index = Annotated[int, Field(ge=0)]
Direction = Annotated[int, Field(ge=0, le=5)]
Boards = Annotated[int, Field(ge=1, le=MOST_BOARDS)]
Side = Annotated[int, Field(ge=1, le=256)]

KEYS_OF_KIND = {
    "boards": ("boards",),
    "mesh": ("width", "height", "wrap", "cores"),
    "json": ("file",),
}
"""Keys of a topology that have a meaning for one kind alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopologySection:
    """Which chips there are.

    Attributes
    ----------
    kind : {"boards", "mesh", "json"}
        Boards of 48 chips, a plain rectangle of chips, or those that a file of the SpiNNaker tool
        chain lists.
    boards : int or "auto"
        Of kind "boards": their number; "auto": the smallest number that the network fits.
    width, height, wrap, cores : int, int, bool, int
        Of kind "mesh": chips along x and y, whether opposite sides are joined, cores per chip.
    file : str
        Of kind "json": path of the file, in a machine file relative to it (docs/interchange.md).
    dead_chips : tuple of (x, y)
    dead_links : tuple of (x, y, link)
        `link` 0 to 5 is E, NE, N, W, SW, S; the link is dead in both directions.
    dead_cores : tuple of (x, y, core)
    """

    kind: Literal["boards", "mesh", "json"] = "boards"
    boards: Boards | Literal["auto"] = "auto"
    width: Side = 8
    height: Side = 8
    wrap: bool = False
    cores: Annotated[int, Field(ge=1, le=MOST_CORES)] = 18
    file: str = ""
    dead_chips: tuple[tuple[Index, Index], ...] = ()
    dead_links: tuple[tuple[Index, Index, Direction], ...] = ()
    dead_cores: tuple[tuple[Index, Index, Index], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Housing:
    """What the chips are mounted on and in, as far as it draws power.

    Attributes
    ----------
    chips_per_board : int
        Boards are counted so if the topology is not made of boards; 0: there are none.
    fpgas_per_board : int
    enclosure : {"frames", "none"}
        Frames, in which each board has its place (a single board: a box), or none of these.
    powered_from : {"mapping", "loading"}
        When chips and boards are switched on: before the network is mapped, or before it is loaded.
        Frames are on all the time.

    Raises
    ------
    FieldError
        If there are frames without boards.
    """

    chips_per_board: Annotated[int, Field(ge=0, le=65_536)] = 48
    fpgas_per_board: Annotated[int, Field(ge=0, le=1000)] = 3
    enclosure: Literal["frames", "none"] = "frames"
    powered_from: Literal["mapping", "loading"] = "mapping"

    def __post_init__(self) -> None:
        if self.enclosure == "frames" and not self.chips_per_board:
            msg = "'frames' hold boards, and chips_per_board is 0; set that, or enclosure to none"
            raise FieldError(("enclosure",), msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineSpec:
    """A machine: its chips, what mapping may use of each, their links and cores, what they draw.

    Attributes
    ----------
    name : str
    description : str
        One line for lists.
    source : str
        Where the figures come from.
    topology : TopologySection
    budgets : Budgets
    fabric : FabricParams
    cores : CoreParams
        In a file the costs stand in a section of their own, ``costs``: the name of a table
        (`host.costtables`) or a mapping, which may extend one.
    housing : Housing
    energy : EnergyTable
        In a file, the name of a table (`host.energy.table`) or a mapping, which may extend one.
    loading : LoadingParams
        Of the host's program and the host link (docs/loading.md).
    """

    name: Annotated[str, Field(min_length=1)]
    description: str = ""
    source: str = ""
    topology: TopologySection = field(default_factory=TopologySection)
    budgets: Budgets = field(default_factory=Budgets)
    fabric: FabricParams = field(default_factory=FabricParams)
    cores: CoreParams = field(default_factory=CoreParams)
    housing: Housing = field(default_factory=Housing)
    energy: EnergyTable = field(default_factory=default_table)
    loading: LoadingParams = field(default_factory=LoadingParams)
