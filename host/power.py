"""What the machine's parts draw: the figures that energy is settled with after a run."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, FiniteFloat

__all__ = ["PowerTable"]

NotNegative = Annotated[FiniteFloat, Field(ge=0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerTable:
    """Power (W) and energy (pJ) of a machine of SpiNNaker boards.

    The defaults are the constants of the SpiNNMachine package (``version_spin1.py``,
    ``version_5.py``, 2024 to 2026), which measured them on 48-chip boards and 24-board frames;
    the router's 25 pJ per bit is from Painkras et al. 2013 (IEEE J. Solid-State Circuits 48).

    Attributes
    ----------
    idle_board_w : float
        48-chip board that does nothing, with its FPGAs and regulators.
    frame_idle_w, frame_active_w : float
        What a frame of 24 boards adds (switch, cooling, supplies), idle and busy.
    boxed_board_overhead_w : float
        What the box of a single board adds.
    active_core_w : float
        What one busy core adds: a board drew 31.88 W idle and 59.38 W with 806 busy cores.
    idle_chip_w : float
        One chip that does nothing; already part of `idle_board_w`.
    router_packet_pj, router_payload_packet_pj : float
        One packet of 40 or 72 bits through one router.
    """

    idle_board_w: NotNegative = 26.84
    frame_idle_w: NotNegative = 117.0
    frame_active_w: NotNegative = 154.16
    boxed_board_overhead_w: NotNegative = 5.04
    active_core_w: NotNegative = 0.034
    idle_chip_w: NotNegative = 0.35
    router_packet_pj: NotNegative = 1000.0
    router_payload_packet_pj: NotNegative = 1800.0
