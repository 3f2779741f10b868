"""The command ``chipemu traffic``: options, tables, JSON, trace, and a line for every mistake."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from host.cli import main
from host.errors import ConfigError, ExitCode
from host.machines import build_topology, load_machine
from host.traffic.experiment import FOREVER
from host.traffic.request import parse_request
from host.units import parse_number
from router.packets import SendPolicy

Command = Callable[..., tuple[int, str, str]]

SMALL = ("--engine", "reference", "--machine", "square.yaml", "--time", "100 us")
SQUARE = "topology: {kind: mesh, width: 2, height: 2, cores: 5}\n"


@pytest.fixture
def traffic(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Command:
    monkeypatch.chdir(tmp_path)
    Path("square.yaml").write_text(f"extends: spinnaker1\n{SQUARE}", encoding="utf-8")

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(["traffic", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_tables_have_a_row_per_group(traffic: Command) -> None:
    code, out, err = traffic(*SMALL, "--sinks", "3", "--rate", "1e5,2 MHz", "--wait1", "240,inf")
    assert (code, out) == (ExitCode.DONE, "")
    for text in ("100 kHz", "2 MHz", "inf", "arrived", "4 chips of 1 board; 12 cores send", "4: "):
        assert text in err
    assert "blocked" in err


def test_json_is_one_object_with_network_testers_words(traffic: Command) -> None:
    code, out, _ = traffic(
        *SMALL, "--sinks", "2", "--rate", "5e4", "--timestep", "10", "--wait1", "inf", "--json"
    )
    assert code == ExitCode.DONE
    account = json.loads(out)
    assert account["n_senders"] == 12
    asked = [account[name] for name in ("pattern", "machine", "seed", "engine")]
    assert asked == ["uniform", "square", 1, "reference"]
    (group,) = account["groups"]
    assert (group["wait1"], group["wait2"]) == (None, 0)
    assert group["probability"] == 0.5
    names = "sent blocked received local_multicast external_multicast dropped_multicast"
    names += " reinjected reinject_overflow reinject_missed"
    assert all(isinstance(group[name], int) for name in names.split())
    assert group["sent"] > 0
    assert group["received"] <= group["wanted"] == 2 * group["offered"]


def test_quiet_says_nothing(traffic: Command) -> None:
    assert traffic(*SMALL, "--pattern", "all-to-all", "--quiet") == (ExitCode.DONE, "", "")


def test_the_trace_opens(traffic: Command) -> None:
    chosen = ("--trace-keys", "0,0x1", "--trace-chips", "0,0 0,1", "--trace-window", "10:60")
    code, _, _ = traffic(
        *SMALL, "--sinks", "2", "--rate", "1e5", "--trace", "trace.json", *chosen, "--quiet"
    )
    assert code == ExitCode.DONE
    events = json.loads(Path("trace.json").read_text(encoding="utf-8"))["traceEvents"]
    stretches = [event for event in events if event["ph"] == "X"]
    assert stretches
    assert {event["args"]["key"] for event in stretches} <= {"0x00000000", "0x00000001"}
    assert all(10 <= event["ts"] < 60 for event in stretches)
    _, _, err = traffic(*SMALL, "--rate", "1e5", "--trace", "trace.json")
    assert re.search(r"^trace trace.json: [\d,]+ stretches and 0 losses$", err, re.MULTILINE)
    _, out, err = traffic(*SMALL, "--trace", "trace.json", "--trace-keys", "0x999", "--json")
    assert "trace is empty: trace.json has none of the keys" in err
    assert json.loads(out)["n_chips"] == 4
    names = {event["args"]["name"] for event in events if event["name"] == "process_name"}
    assert names <= {"chip (0, 0)", "chip (0, 1)"}


def test_a_network_is_mapped_and_driven(traffic: Command) -> None:
    options = ("--scale", "0.01", "--mapping", "ensemble", "--bursty", "0.1", "--time", "5")
    code, out, _ = traffic("--pattern", "pd14", "--engine", "reference", *options, "--json")
    assert code == ExitCode.DONE
    account = json.loads(out)
    (group,) = account["groups"]
    assert account["n_boards"] == 1
    assert group["policy"] == "wait"
    assert group["offered"] > 0
    assert group["received"] + group["in_flight"] == group["wanted"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--pattern", "unifrom"), "pd14; did you mean 'uniform'?"),
        (("--rate", "fast"), "--rate should be a number or a quantity in one of Hz, kHz"),
        (("--time", "inf"), "--time should be a finite number, got 'inf'"),
        (("--rate", "1e6", "--timestep", "10"), "more than one packet in a timestep of 10 us"),
        (("--sinks", "0"), "at least 1 other, got 0 sinks"),
        (("--sinks", "some"), "--sinks should be a whole number from 0, got 'some'"),
        (("--wait1", "soon"), "numbers of cycles or inf, got 'soon'"),
        (("--wait1", "241"), "no time-out register holds 241 cycles"),
        (("--policy", "drop"), "--policy should be one of skip, wait, got 'drop'"),
        (("--engine", "fast"), "--engine should be one of auto, compiled, reference, got 'fast'"),
        (("--boards", "2"), "is not sized by boards; leave out --boards"),
        (("--scale", "0.1"), "--scale has no meaning for pattern 'uniform'"),
        (("--mapping", "ensemble"), "--mapping has no meaning for pattern 'uniform'"),
        (("--pattern", "pd14", "--rate", "3"), "--rate has no meaning for pattern 'pd14'"),
        (("--pattern", "pd14", "--bursty", "2"), "share of a step, in 0.0001 to 1, got 2"),
        (("--trace-keys", "1"), "--trace-keys needs a file to write to; add --trace FILE"),
        (("--trace", "a.json", "--trace-keys", "one"), "--trace-keys takes keys such as 0x10"),
        (("--trace", "a.json", "--trace-chips", "0"), "--trace-chips takes chips such as '0,0 1"),
        (("--trace", "a.json", "--trace-window", "3"), "--trace-window takes START:END in us"),
        (("--trace-window", "3:2", "--trace", "a.json"), "should end after it starts"),
        (("--trace-window", "-3:2", "--trace", "a.json"), "within 0 to 1e+10 us; got '-3:2'"),
        (("--trace", "a.json", "--trace-keys", "0x100000000"), "a key has 32 bits"),
        (("--trace", "a.json", "--trace-keys", "-1"), "0 to 0xffffffff; got -0x1"),
        (("--trace", "a.json", "--trace-chips", " "), "--trace-chips takes one chip or more"),
        (("--trace", ""), "--trace takes a file to write to, got ''"),
        (("--trace", "."), "--trace takes a file to write to, got '.'"),
        (("--trace", "no/a.json"), "--trace no/a.json: there is no folder no; make it first"),
        (("--time", "0"), "--time should be in 1e-09 to 5e+06 ms, got 0 ms"),
        (("--time", "1e300"), "--time should be in 1e-09 to 5e+06 ms, got 1e+300 ms"),
        (("--warmup", "-1"), "--warmup should be in 0 to 5e+06 ms, got -1 ms"),
        (("--timestep", "0"), "--timestep should be in 0.005 to 1e+10 us, got 0 us"),
        (("--receive", "-1"), "--receive should be in 0 to 1e+06 us, got -1 us"),
        (("--receive", "2e6"), "--receive should be in 0 to 1e+06 us, got 2e+06 us"),
        (("--rate", "1e4,-1"), "--rate should be in 0 to 1e+09 Hz, got -1"),
        (("--pattern", "all-to-all", "--sinks", "5"), "--sinks has no meaning for pattern 'all-"),
        (("--trace", "a.json", "--rate", "1,2"), "a trace is of one group"),
    ],
)
def test_a_mistake_is_answered_in_one_line(
    traffic: Command, arguments: tuple[str, ...], message: str
) -> None:
    code, out, err = traffic(*SMALL, *arguments)
    assert (code, out) == (ExitCode.USER, "")
    assert message in err.splitlines()[-1]


def test_options_become_groups_and_a_machine() -> None:
    given: dict[str, Any] = {
        "machine": "spinnaker1",
        "boards": "3",
        "rate": "1e4,2e4",
        "wait1": "240, inf",
        "wait2": "inf",
        "reinject": True,
        "receive": "1.1",
        "time": "2",
        "warmup": "500 us",
        "policy": "wait",
        "seed": "7",
        "scale": None,
    }
    request = parse_request(given)
    assert request.machine.topology.boards == 3
    assert [(g.rate_hz, g.wait1) for g in request.groups] == [
        (1e4, 240),
        (1e4, FOREVER),
        (2e4, 240),
        (2e4, FOREVER),
    ]
    group = request.groups[0]
    assert (group.wait2, group.reinject_packets, group.receive_ps) == (FOREVER, True, 1_100_000)
    assert (group.duration_ps, group.warmup_ps) == (2 * 10**9, 5 * 10**8)
    assert (group.policy, request.seed, request.n_sinks) == (SendPolicy.WAIT, 7, 8)


def test_bursts_have_the_period_of_a_step_on_the_machine() -> None:
    (group,) = parse_request({"pattern": "pd14", "bursty": "0.2", "slowdown": "5"}).groups
    assert (group.burst_period_ps, group.burst_duty) == (5 * 10**8, 0.2)
    (group,) = parse_request({"pattern": "pd14"}).groups
    assert group.burst_period_ps == 0


def test_a_machine_file_says_what_its_fabric_is_made_of(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "extends: spinn5\nfabric: {wait1_cycles: null, receive_ps: 1.1 us}\n", encoding="utf-8"
    )
    fabric = load_machine(str(file)).fabric
    assert (fabric.wait1_cycles, fabric.receive_ps) == (None, 1_100_000)
    assert (fabric.lane_packet_ps, fabric.link_packet_ps) == (16_667, 139_000)
    for text, message in (
        ("wait1_cycles: 241", r"mine\.yaml.*no time-out register holds 241 cycles"),
        ("receive_ps: 2 s", r"mine\.yaml:2.*fabric\.receive_ps should be less than or equal"),
        (
            "link_packet_ps: 0.5 ps",
            r"mine\.yaml:2.*fabric\.link_packet_ps should be a whole number",
        ),
        ("receive_us: 3", r"mine\.yaml:2.*unknown key 'receive_us' in fabric; did you mean"),
    ):
        file.write_text(f"extends: spinn5\nfabric: {{{text}}}\n", encoding="utf-8")
        with pytest.raises(ConfigError, match=message):
            load_machine(str(file))


def test_the_board_of_four_chips_has_the_links_of_the_real_one() -> None:
    board = build_topology(load_machine("spinn3").topology)
    assert board.n_chips == 4
    assert board.cores.tolist() == [18] * 4
    living = {tuple(xy): board.is_link_alive[i].tolist() for i, xy in enumerate(board.xy.tolist())}
    west, east = [1, 1, 1, 0, 0, 1], [0, 0, 1, 1, 1, 1]
    assert living == {(0, 0): west, (0, 1): west, (1, 0): east, (1, 1): east}


@pytest.mark.parametrize("text", ["nan", "inf", "-inf"])
def test_numbers_are_finite(text: str) -> None:
    with pytest.raises(ConfigError, match="finite number"):
        parse_number(text, "us")
