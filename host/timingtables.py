"""What full timing found, as short tables for people."""

from collections.abc import Iterable, Mapping

from rich.console import Group, RenderableType
from rich.table import Table

from host.timing import LOSSES, Margins, StretchTiming, Timing

__all__ = ["timing_tables", "verdict"]

TITLES = {"warmup": "warm-up", "run": "run"}
SHOWN = (*LOSSES, "overruns")


def timing_tables(timing: Timing) -> RenderableType:
    """Losses by cause, margins by role, and the verdict in one line."""
    run = timing.stretches["run"]
    return Group(
        _losses(timing.stretches, timing),
        "",
        _margins(run.margins, timing.step_us),
        *_tightest_cores(run.margins),
        "",
        verdict(timing),
    )


def verdict(timing: Timing) -> str:
    """One line that says whether anything was lost in the time that counts, and what most of.

    Examples
    --------
    "loss-free: every spike was processed in its step; 3.1 us to spare at the tightest"
    """
    run = timing.stretches["run"]
    if not run.is_loss_free:
        return f"NOT loss-free: {_causes(run)}"
    before = timing.stretches.get("warmup")
    after = ""
    if before is not None and not before.is_loss_free:
        after = f" after the warm-up, which had {_causes(before)}"
    if run.losses.overruns:
        late = f"{run.losses.overruns:,} {_plural(run.losses.overruns, 'update')} began late"
        return f"nothing lost or late{after}, but {late}{_tightest(run)}"
    told = after or ": every spike was processed in its step"
    return f"loss-free{told}{_tightest(run)}"


def _causes(stretch: StretchTiming) -> str:
    counts = ((getattr(stretch.losses, name), name) for name in LOSSES)
    return ", ".join(f"{count:,} {_words(name)}" for count, name in counts if count)


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"


def _tightest(run: StretchTiming) -> str:
    """How the closest core stood to its deadline, to be appended to a verdict."""
    slacks = [m.smallest_us for m in run.margins.values() if m.smallest_us is not None]
    smallest = min(slacks, default=None)
    if smallest is None:
        return ""
    if smallest < 0:
        return f"; the tightest core ended {-smallest:,.1f} us past its deadline"
    return f"; {smallest:,.1f} us to spare at the tightest"


def _losses(stretches: Mapping[str, StretchTiming], timing: Timing) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("lost or late")
    for name in stretches:
        table.add_column(TITLES[name], justify="right")
    for cause in SHOWN:
        counts = (getattr(stretch.losses, cause) for stretch in stretches.values())
        table.add_row(_words(cause), *(f"{count:,}" for count in counts))
    dropped = {fate for stretch in stretches.values() for fate, n in stretch.dropped.items() if n}
    for fate in sorted(dropped):
        counts = (stretch.dropped[fate] for stretch in stretches.values())
        table.add_row(f"  of router dropped: {fate}", *(f"{count:,}" for count in counts))
    for name, count in _whole_run(timing):
        if count:
            table.add_row(name, *[""] * (len(stretches) - 1), f"{count:,}")
    return table


def _whole_run(timing: Timing) -> Iterable[tuple[str, int]]:
    yield "saturated slots (whole run)", timing.saturated
    yield "delays clipped (expected)", timing.delay_clipped
    yield "copies under way at the end", timing.in_flight
    yield "packets unprocessed at the end", timing.unprocessed
    yield "undelivered (cores, whole run)", timing.undelivered


def _margins(margins: Mapping[str, Margins], step_us: float) -> Table:
    """Slack by role; "smallest" is that of all cores, "5 %" of the tightest twentieth of them."""
    table = Table(box=None, pad_edge=False)
    table.add_column(f"slack of {step_us:g} us", no_wrap=True)
    for title in ("cores", "smallest", "5 %", "mean", "busy", "busiest"):
        table.add_column(title, justify="right")
    for role, found in margins.items():
        table.add_row(
            role,
            f"{found.n_cores:,}",
            _number(found.smallest_us),
            _number(found.smallest_of_core_us.get("p5")),
            _number(found.mean_of_core_us.get("p50")),
            f"{found.busy_mean:.0%}",
            f"{found.busy_max:.0%}",
        )
    return table


def _tightest_cores(margins: Mapping[str, Margins]) -> Iterable[str]:
    """A line for each role that names its core with the smallest slack."""
    for found in margins.values():
        if found.worst_core is not None:
            yield f"tightest: {found.worst_core}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.1f}"


def _words(name: str) -> str:
    return name.replace("_", " ")
