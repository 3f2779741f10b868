"""Figures of a fabric: which are refused, and how."""

from dataclasses import fields

import pytest

from router.errors import FabricError
from router.params import LONGEST_PS, FabricParams
from router.registers import wait_byte, wait_cycles

DURATIONS = [
    "router_cycle_ps",
    "link_packet_ps",
    "link_payload_packet_ps",
    "board_link_packet_ps",
    "board_link_payload_packet_ps",
    "lane_packet_ps",
    "lane_payload_packet_ps",
    "core_link_packet_ps",
    "core_link_payload_packet_ps",
    "reinject_tick_ps",
    "dump_interrupt_ps",
    "reinject_packet_ps",
]
LATENCIES = ["link_latency_ps", "board_latency_ps", "receive_ps", "phase_ps"]
BOUNDS = {
    **dict.fromkeys(DURATIONS, (1, LONGEST_PS)),
    **dict.fromkeys(LATENCIES, (0, LONGEST_PS)),
    **dict.fromkeys(["input_packets", "output_packets", "board_input_packets"], (1, 4096)),
    "pipeline_cycles": (0, 64),
    "reinject_queue": (1, 4095),
}


def test_every_figure_is_bounded():
    unbounded = {"wait1_cycles", "wait2_cycles", "is_reinjecting"}
    assert {field.name for field in fields(FabricParams)} == BOUNDS.keys() | unbounded


@pytest.mark.parametrize(("name", "bounds"), BOUNDS.items())
def test_bounds(name, bounds):
    for value in bounds:
        assert getattr(FabricParams(**{name: value}), name) == value
    for value in (bounds[0] - 1, bounds[1] + 1):
        with pytest.raises(
            FabricError, match=rf"fabric {name} should be .*, got {value}"
        ) as caught:
            FabricParams(**{name: value})
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["wait1_cycles", "wait2_cycles"])
def test_waits_are_those_of_the_registers(name):
    for byte in (0x00, 0x01, 0x1F, 0x40, 0x4F, 0x50, 0xFE, 0xFF):
        cycles = wait_cycles(byte)
        assert wait_byte(getattr(FabricParams(**{name: cycles}), name)) == byte
    for cycles in (-1, 241, 10**9):
        with pytest.raises(
            FabricError, match=f"fabric {name}: no time-out register holds {cycles}"
        ):
            FabricParams(**{name: cycles})


def test_rates_that_were_measured():
    """network_tester: 7.2 million packets/s on a board, 2.8 between boards, to a hundredth."""
    params = FabricParams()
    assert 1e12 / params.link_packet_ps == pytest.approx(7.2e6, rel=0.01)
    assert 1e12 / params.board_link_packet_ps == pytest.approx(2.8e6, rel=0.01)


def test_long_packets_take_their_symbols_longer():
    """Application note 7: 18 symbols and the end mark instead of 10 and the end mark."""
    params = FabricParams()
    for name in ("link", "board_link", "core_link"):
        short = getattr(params, f"{name}_packet_ps")
        assert getattr(params, f"{name}_payload_packet_ps") == pytest.approx(
            short * 19 / 11, rel=0.002
        )


def test_the_pipeline_is_that_many_router_cycles():
    assert FabricParams(pipeline_cycles=3, router_cycle_ps=7).pipeline_ps == 21
    assert FabricParams(pipeline_cycles=0).pipeline_ps == 0
