"""What the map says, in words."""

from collections.abc import Iterator, Mapping

import numpy as np

from experiments.balanced_network.measure import Outcome, Point, expected_rate_hz

__all__ = ["sentences"]

REFRACTORY_LIMIT_HZ = 1000.0 / 2.1
"""One spike in 2 ms and the step of 0.1 ms in which the threshold is crossed again."""


def sentences(found: Mapping[Point, Outcome]) -> Iterator[str]:
    """Sentences by size of the network."""
    for n_neurons in dict.fromkeys(point.n_neurons for point in found):
        own = {point: out for point, out in found.items() if point.n_neurons == n_neurons}
        for said in (_rates, _saturation, _time, _lost):
            for sentence in said(own):
                yield f"{n_neurons:,} neurons: {sentence}"


def _rates(own: Mapping[Point, Outcome]) -> Iterator[str]:
    fastest = max(own, key=lambda point: own[point].rate_hz)
    yield (
        f"fastest at g {fastest.g:g}, eta {fastest.eta:g}: {own[fastest].rate_hz:.0f} spikes/s, "
        f"limit {REFRACTORY_LIMIT_HZ:.0f}"
    )
    ratios = {
        point: out.rate_hz / rate
        for point, out in own.items()
        if (rate := expected_rate_hz(point.g, point.eta))
    }
    if ratios:
        least, most = min(ratios, key=ratios.__getitem__), max(ratios, key=ratios.__getitem__)
        yield (
            "where inhibition balances, rates over (eta - 1) nu_thr / (g/4 - 1): median "
            f"{np.median(list(ratios.values())):.2f}, {ratios[least]:.2f} (g {least.g:g}, eta "
            f"{least.eta:g}) to {ratios[most]:.2f} (g {most.g:g}, eta {most.eta:g})"
        )


def _saturation(own: Mapping[Point, Outcome]) -> Iterator[str]:
    saturated = [point for point, out in own.items() if out.saturations > 0]
    if not saturated:
        yield "no ring buffer saturates"
        return
    slowest = min(saturated, key=lambda point: own[point].rate_hz)
    clean = [out.rate_hz for out in own.values() if out.saturations == 0]
    yield (
        f"ring buffers saturate at {len(saturated)} of {len(own)} points, the slowest at "
        f"{own[slowest].rate_hz:.1f} spikes/s (g {slowest.g:g}, eta {slowest.eta:g}); without "
        f"saturation up to {max(clean, default=0.0):.1f} spikes/s"
    )


def _time(own: Mapping[Point, Outcome]) -> Iterator[str]:
    least = min(own, key=lambda point: own[point].needed_slowdown)
    most = max(own, key=lambda point: own[point].needed_slowdown)
    slow = sum(out.load > 1 for out in own.values())
    yield (
        f"cores' mean work fills the time at a slow-down of {own[least].needed_slowdown:.2f} "
        f"(g {least.g:g}, eta {least.eta:g}) to {own[most].needed_slowdown:.1f} (g {most.g:g}, eta "
        f"{most.eta:g}); at that of the run, {own[most].slowdown:g}, {slow} of {len(own)} points "
        "have more work than time"
    )


def _lost(own: Mapping[Point, Outcome]) -> Iterator[str]:
    if lost := [point for point, out in own.items() if out.n_lost]:
        slowest = min(lost, key=lambda point: own[point].rate_hz)
        yield (
            f"spikes are lost or late at {len(lost)} of {len(own)} points, the slowest at "
            f"{own[slowest].rate_hz:.1f} spikes/s (g {slowest.g:g}, eta {slowest.eta:g})"
        )
