"""What the figures say, in sentences: fastest, cheapest, and what each axis does."""

from collections.abc import Iterator, Sequence

from experiments.design_space import AXES, Options
from experiments.design_space.designs import UNITS, Design
from experiments.design_space.measure import Energy, Found
from experiments.design_space.report import fronts

__all__ = ["sentences"]


def sentences(options: Options, base: Design, found: Sequence[Found]) -> Iterator[str]:
    """Tell what was found.

    Parameters
    ----------
    options : Options
    base : Design
    found : sequence of Found
    """
    solved = [one for one in found if one.fastest is not None]
    yield _how(options, found)
    for one in found:
        if one.fastest is None:
            yield f"{one.label}: {_why_not(one)}"
    if not solved:
        return
    yield from _best(solved)
    yield from _front(found)
    for axis in AXES if options.vary == "one" else ():
        line = [one for one in solved if set(one.design.changes(base)) <= {axis}]
        if len(line) > 1:
            yield _axis(axis, line, options.tolerance)
    yield from _transient(solved)
    for one in solved:
        if one.threshold.free_below:
            odd = ", ".join(f"{s:g}" for s in one.threshold.free_below)
            yield f"{one.label}: not monotone: nothing is lost at {odd} either"
        if one.threshold.lossy_at is None:
            yield f"{one.label}: nothing is lost at any slow-down tried; the threshold is lower"


def _how(options: Options, found: Sequence[Found]) -> str:
    n_runs = sum(len(tries) for tries in {id(one.tries): one.tries for one in found}.values())
    after = "and" if options.count_transient else "after"
    return (
        f"Base {options.machine}, {options.scale:g} of the microcircuit, {options.drive} drive, "
        f"{options.time_ms:g} ms {after} {options.transient_ms:g} ms; {len(found)} designs, "
        f"{n_runs} runs; the slow-downs are at most {options.tolerance:.1%} too large, taking "
        "losses to fall with the slow-down."
    )


def _why_not(one: Found) -> str:
    if one.reason:
        return f"does not fit: {one.reason}"
    slowest = max(one.tries)
    return f"something lost or late up to {slowest:g}, mostly {one.tries[slowest].mostly_lost}"


def _best(solved: Sequence[Found]) -> Iterator[str]:
    fastest = min(solved, key=_slowdown)
    yield f"Fastest: {_told(fastest)}"
    priced = [one for one in solved if one.energy is not None]
    if priced:
        yield f"Least energy: {_told(min(priced, key=_energy))}"


def _slowdown(one: Found) -> float:
    return float("inf") if one.fastest is None else one.fastest.slowdown


def _energy(one: Found) -> float:
    return float("inf") if one.energy is None else one.energy.nominal


def _told(one: Found) -> str:
    energy = one.energy
    if energy is None:
        return f"{one.label}, q_RTF {_slowdown(one):.3g}, no synaptic events"
    return f"{one.label}, q_RTF {_slowdown(one):.3g}, {_split(energy)}"


def _split(energy: Energy) -> str:
    parts = {"work": energy.work, "waiting": energy.waiting, "standing": energy.standing}
    shares = ", ".join(f"{name} {share:.0%}" for name, share in _shares(parts).items())
    band = f"{energy.low:.3g} to {energy.high:.3g}"
    return f"{energy.nominal:.3g} uJ per synaptic event ({band}): {shares}"


def _shares(parts: dict[str, float]) -> dict[str, float]:
    total = sum(parts.values())
    return {name: part / total if total else 0.0 for name, part in parts.items()}


def _front(found: Sequence[Found]) -> Iterator[str]:
    on_front = fronts(found)
    for best, said in (("all", "Beaten by none"), ("prices", "Beaten only at other prices")):
        chosen = [one for one in found if on_front.get(one.design) == best]
        if chosen:
            names = "; ".join(one.label for one in sorted(chosen, key=_slowdown))
            yield f"{said}, from the fastest to the cheapest: {names}"


def _transient(solved: Sequence[Found]) -> Iterator[str]:
    n_lossy = sum(o.fastest is not None and o.fastest.transient_losses > 0 for o in solved)
    if n_lossy:
        yield (
            f"{n_lossy} of {len(solved)} designs lost something in the transient, or had it late; "
            "then the network may run another course than without losses (lost_in_transient)."
        )


def _axis(axis: str, line: Sequence[Found], tolerance: float) -> str:
    """What one axis does, from its smallest value to its largest."""
    name, unit = UNITS[axis]
    ordered = sorted(line, key=lambda one: getattr(one.design, axis))
    values = ", ".join(f"{getattr(one.design, axis):g}" for one in ordered)
    slowdowns = ", ".join(f"{_slowdown(one):.3g}" for one in ordered)
    speeds = [_slowdown(one) for one in ordered]
    quiet = " (within the tolerance)" if max(speeds) <= min(speeds) * (1 + tolerance) else ""
    energies = ""
    if all(one.energy is not None for one in ordered):
        energies = "; E_syn " + ", ".join(f"{_energy(one):.3g}" for one in ordered) + " uJ"
    return f"{name} {values}{unit}: q_RTF {slowdowns}{quiet}{energies}"
