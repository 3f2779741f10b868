"""The machine chip by chip: what the tables hold adds up to what the whole run tells."""

from fractions import Fraction

import numpy as np
import pytest

from host import settlement
from host.chips.energy import line_weights
from host.chips.losses import CAUSES
from host.config import load_config
from host.datatable import Table
from host.energy import default_table, price
from host.energy.vocabulary import Phase
from host.pipeline import run
from host.results import Results
from host.timing import LOSSES
from router.geometry import Link

BASE = {
    "network.scale": 0.02,
    "run.time_ms": 20.0,
    "run.warmup_ms": 5.0,
    "run.slowdown": 20.0,
    "mapping.layout": "ensemble",
    "mapping.neurons_per_core": 16,
    "record.spikes": False,
}
DENSE: dict[str, object] = {
    "network.name": "brunel",
    "network.scale": 0.1,
    "run.timing": "full",
    "run.slowdown": 2.0,
}
CASES: dict[str, dict[str, object]] = {
    "ideal": {},
    "ideal, homogeneous": {"mapping.layout": "homogeneous"},
    "ideal, boards": {"machine": "spinnaker1-3boards"},
    "ideal, overloaded": {"run.slowdown": 0.1},
    "full": {"run.timing": "full"},
    "full, lossy": {"run.timing": "full", "run.slowdown": 0.2},
    "full, dropping": DENSE | {"machine": "wait1_cycles: 0"},
    "full, reinjecting": DENSE
    | {"machine": "wait1_cycles: 0, is_reinjecting: true, reinject_queue: 1"},
}
APART = ("box", "frame_place", "frame_place_active")


@pytest.fixture(scope="module", params=CASES)
def results(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Results:
    changes = CASES[request.param]
    if ":" in (fabric := str(changes.get("machine", ""))):
        file = tmp_path_factory.mktemp("machine") / "slow.yaml"
        file.write_text(f"extends: spinnaker1\nfabric: {{{fabric}}}\n")
        changes = changes | {"machine": str(file)}
    return run(load_config(None, BASE | changes))


def column(table: Table, name: str) -> np.ndarray:
    return np.array([np.nan if v is None else v for v in table.columns[name]], float)


def test_there_is_a_row_for_each_place(results: Results) -> None:
    chips = results.tables["chips"]
    cores = column(chips, "cores_used")
    assert np.nansum(cores) == results.n_cores
    assert np.count_nonzero(cores > 0) == results.n_chips
    board = column(chips, "board")
    assert len(set(board[cores > 0])) == results.n_boards
    assert len(chips) % 48 == 0
    places = set(zip(chips.columns["x"], chips.columns["y"], strict=True))
    assert len(places) == len(chips)


def test_shares_are_the_cores_of_the_chips(results: Results) -> None:
    shares, chips = results.tables["shares"], results.tables["chips"]
    found = np.bincount(column(shares, "chip").astype(int), column(shares, "cores"), len(chips))
    assert found.tolist() == column(chips, "cores_used").tolist()
    assert results.network is not None
    populations = {p.name for p in results.network.populations}
    assert set(shares.columns["population"]) == populations


def test_energies_add_up_to_the_ledger(results: Results) -> None:
    chips, ledger = results.tables["chips"], results.tables["ledger"]
    lines = zip(*(ledger.columns[k] for k in ("phase", "action", "energy_j")), strict=True)
    running = [(str(action), float(str(j))) for phase, action, j in lines if phase == "running"]
    apart = sum(
        j for action, j in running if action in ("box", "frame_place", "frame_place_active")
    )
    energy = column(chips, "energy_j")
    assert apart > 0
    assert energy.sum() + apart == pytest.approx(sum(j for _, j in running), rel=1e-12)
    assert energy.sum() + apart == pytest.approx(results.energy["total_j"], rel=1e-12)
    parts = sum(column(chips, name) for name in ("standing_j", "waiting_j", "work_j"))
    np.testing.assert_allclose(parts, energy, rtol=1e-12)
    is_used = column(chips, "cores_used") > 0
    if not is_used.all():
        assert energy[is_used].min() > energy[~is_used].max()


def test_losses_add_up_to_those_of_the_run(results: Results) -> None:
    chips = results.tables["chips"]
    assert set(results.losses) - set(CAUSES) <= {"delay_clipped"}
    for cause in CAUSES:
        if cause in results.losses:
            assert column(chips, cause).sum() == results.losses[cause], cause
        else:
            assert set(chips.columns[cause]) == {None}
    if results.timing is not None and results.config.slowdown < 1:
        assert sum(results.losses[cause] for cause in LOSSES) > 0
    if results.config.machine.endswith(".yaml"):
        assert results.losses["router_dropped"] > 0


def test_packets_add_up_to_those_of_the_run(results: Results) -> None:
    chips, links = results.tables["chips"], results.tables["links"]
    packets = column(chips, "packets")
    assert packets.sum() == results.counters["router_passes"]
    wall_s = results.energy["wall_s"]
    came = column(links, "packets_hz") * wall_s
    sent = results.counters["packets_sent"]
    if not sum(results.losses.get(cause, 0) for cause in LOSSES):
        assert came.sum() + sent == pytest.approx(packets.sum(), abs=3)
    np.testing.assert_allclose(column(chips, "packets_hz") * wall_s, packets)


def test_links_lead_to_neighbours_and_back(results: Results) -> None:
    links = results.tables["links"]
    rows = list(zip(*(links.columns[k] for k in ("chip", "link", "neighbour")), strict=True))
    assert len(set(rows)) == len(rows)
    ways = {(chip, Link[str(link)]): there for chip, link, there in rows}
    for (chip, link), there in ways.items():
        assert ways[there, Link((link + 3) % 6)] == chip
    share, hz, most = (column(links, k) for k in ("share", "packets_hz", "capacity_hz"))
    np.testing.assert_allclose(share * most, hz)
    assert 0 < share.max() < 1
    board = results.tables["chips"].columns["board"]
    crosses = [board[int(str(a))] != board[int(str(b))] for a, _, b in rows]
    assert [bool(v) for v in links.columns["is_board_link"]] == crosses


def test_load_is_the_mean_over_the_cores_in_use(results: Results) -> None:
    chips = results.tables["chips"]
    used = column(chips, "cores_used")
    load, most = column(chips, "load"), column(chips, "load_max")
    assert np.isnan(load[used == 0]).all()
    assert (load[used > 0] <= most[used > 0] + 1e-12).all()
    if results.config.slowdown > 1:
        assert 0 < np.nanmax(most) < 1
    elif results.timing is None:
        assert np.nanmax(most) > 1  # more work than time
    else:
        assert np.nanmax(most) <= 1
    mean = float(np.nansum(load * used) / np.nansum(used))
    if np.nanmax(most) <= 1:
        assert mean == pytest.approx(_busy_share(results), rel=1e-9)
    else:  # cores are busy for no longer than they run
        assert mean > _busy_share(results)


def _busy_share(results: Results) -> float:
    """Of the cores in use, from the counts that are priced."""
    assert results.actions is not None
    (running,) = (p for p in results.actions.phases if p.phase is Phase.RUNNING)
    time: dict[str, int] = {"core_cycle": 0, "core": 0}
    for count in running.counts:
        if count.action in time:
            time[count.action] += count.n
    return time["core_cycle"] / sum(time.values())


@pytest.mark.parametrize("timing", ["ideal", "full"])
def test_lines_are_divided_by_their_own_counts(
    timing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is scaled to fit: what lines of the ledger count is what the chips have of it."""
    seen = []
    tables = settlement.machine_tables

    def spy(spec, placed, lines, losses, *, places, fabric):  # type: ignore[no-untyped-def]
        seen.append((placed, places))
        return tables(spec, placed, lines, losses, places=places, fabric=fabric)

    monkeypatch.setattr(settlement, "machine_tables", spy)
    found = run(load_config(None, BASE | {"run.timing": timing}))
    ((placed, places),) = seen
    assert found.actions is not None
    (running,) = (p for p in found.actions.phases if p.phase is Phase.RUNNING)
    ledger = price(found.actions, default_table())
    lines = {_key(line.action, line.what): line for line in ledger.lines if line.phase == "running"}
    checked = 0
    for action, what, n in running.counts:
        line = lines.get(_key(action, what))
        weight = None if line is None else line_weights(line, placed, places)
        if weight is not None and action not in ("board", "fpga"):
            scale = placed.wall_ps if action in ("chip", "sdram") else 1
            assert Fraction(int(weight.sum())) * scale == n, (action, what)
            checked += 1
    assert checked >= 12


def _key(action: str, what: str) -> tuple[str, str]:
    """Action and kind as they are counted: prices decide how cores of a role wait."""
    is_waiting = action in ("core_poll_cycle", "core_asleep") and what != "unused"
    return ("core" if is_waiting else action), what
