"""A network as a file that other simulators read, so that all of them run the same one.

    python -m benchmarks.peers.description FILE [--scale S] [--drive poisson|dc] [--dt MS]

writes the cortical microcircuit as `host.networks` builds it: sizes, numbers of synapses, weights,
delays, currents and rates stand in `host.networks.pd14` alone. Values that are drawn are described
by how: ``{"mu": .., "sigma": .., "low": .., "high": ..}``, a normal distribution that is redrawn
until the value lies between both bounds, either of which may be missing (null).
"""

import argparse
import json
import math
from pathlib import Path
from typing import Any

from host.networks.pd14 import pd14
from mapping.connectors import FixedTotalNumber, OneToOne
from mapping.distributions import ClippedNormal, Constant, Normal
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection, Receptor

__all__ = ["describe"]

PARAMETERS = {
    "cm": "cm_nf",
    "tau_m": "tau_m_ms",
    "tau_syn_E": "tau_syn_e_ms",
    "tau_syn_I": "tau_syn_i_ms",
    "tau_refrac": "tau_ref_ms",
    "v_rest": "v_rest_mv",
    "v_reset": "v_reset_mv",
    "v_thresh": "v_thresh_mv",
    "i_offset": "i_offset_na",
}
"""Our names, with units, of the parameters of a neuron."""


def describe(network: NetworkSpec, dt_ms: float) -> dict[str, Any]:
    """All that a simulator must know of a network.

    Parameters
    ----------
    network : NetworkSpec
        Neurons, fixed total numbers of synapses between them, and Poisson sources one to one.
    dt_ms : float
        Time step (ms).

    Returns
    -------
    dict
        ``populations``, ``projections`` and ``sources``; weights (nA) are negative if inhibitory.

    Raises
    ------
    ValueError
        If the network has what this form cannot hold.
    """
    neurons = [p for p in network.populations if p.kind is PopulationKind.NEURON]
    names = {p.name for p in neurons}
    recurrent = [p for p in network.projections if p.pre in names]
    external = [p for p in network.projections if p.pre not in names]
    return {
        "name": network.name,
        "dt_ms": dt_ms,
        "populations": [_population(p) for p in neurons],
        "projections": [_projection(p) for p in recurrent],
        "sources": [_source(network.population(p.pre), p) for p in external],
    }


def _population(population: Population) -> dict[str, Any]:
    values = {key: population.parameters[name] for name, key in PARAMETERS.items()}
    return {
        "name": population.name,
        "size": population.size,
        **values,
        "v_initial_mv": _drawn(population.initial["v"]),
    }


def _projection(projection: Projection) -> dict[str, Any]:
    match projection.connector:
        case FixedTotalNumber(n, allow_autapses=True, allow_multapses=True):
            pass
        case rule:
            msg = f"{projection.pre} -> {projection.post}: {rule} cannot be described"
            raise ValueError(msg)
    is_inhibitory = projection.receptor is Receptor.INHIBITORY
    return {
        "pre": projection.pre,
        "post": projection.post,
        "n_synapses": n,
        "weight_na": _drawn(projection.weight_na, negated=is_inhibitory),
        "delay_ms": _drawn(projection.delay_ms),
    }


def _source(source: Population, projection: Projection) -> dict[str, Any]:
    if source.kind is not PopulationKind.POISSON or projection.connector != OneToOne():
        msg = f"{source.name} -> {projection.post}: only Poisson sources, one to one"
        raise ValueError(msg)
    return {
        "post": projection.post,
        "rate_hz": source.parameters["rate"],
        "weight_na": projection.weight_na.mean,
        "delay_ms": projection.delay_ms.mean,
    }


def _drawn(values: object, *, negated: bool = False) -> dict[str, float | None]:
    match values:
        case ClippedNormal(mu, sigma, low, high):
            pass
        case Normal(mu, sigma):
            low, high = -math.inf, math.inf
        case Constant(mu):
            sigma, low, high = 0.0, -math.inf, math.inf
        case _:
            msg = f"{values}: only normal distributions can be described"
            raise ValueError(msg)
    if negated:
        mu, low, high = -mu, -high, -low
    return {"mu": mu, "sigma": sigma, "low": _finite(low), "high": _finite(high)}


def _finite(bound: float) -> float | None:
    return bound if math.isfinite(bound) else None


def main() -> None:
    """Write what the command line asks for."""
    parser = argparse.ArgumentParser(description="Describe the microcircuit in a file.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--drive", choices=("poisson", "dc"), default="poisson")
    parser.add_argument("--initial", choices=("population", "original"), default="population")
    parser.add_argument("--dt", type=float, default=0.1, help="ms")
    asked = parser.parse_args()
    network = pd14(asked.scale, asked.drive, asked.initial, asked.dt)
    asked.file.write_text(json.dumps(describe(network, asked.dt), indent=1) + "\n")


if __name__ == "__main__":
    main()
